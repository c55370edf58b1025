"""Raw text in, a set worth fine-tuning on out.

Columns: `normalize`, `fingerprint`, `minhash`, `simhash`, `similarity`, `count_tokens`. Tables: `deduplicate`,
`plan_deduplicate`, `bucket_by_length`, `pack`. Chats: `to_messages`, `validate_chat`. The job:
`curate`. For the `.map` of Hugging Face datasets: `fastcurate.datasets`.
"""

from fastcurate import datasets
from fastcurate._core import __version__
from fastcurate.chat import ChatTemplate, count_chat_tokens, load_chat_template
from fastcurate.cleaning import explain_normalize, normalize, repair_mojibake
from fastcurate.columns import (
    count_tokens,
    fingerprint,
    minhash,
    minhash_similarity,
    simhash,
    similarity,
)
from fastcurate.curate import Curated, curate
from fastcurate.dedup import (
    Deduplicated,
    DeduplicationPlan,
    DuplicateIndex,
    Groups,
    deduplicate,
    plan_deduplicate,
)
from fastcurate.lengths import bucket_by_length, compare_packing, pack
from fastcurate.messages import ChatReport, Messages, to_messages, validate_chat

__all__ = [
    "ChatReport",
    "ChatTemplate",
    "Curated",
    "Deduplicated",
    "DeduplicationPlan",
    "DuplicateIndex",
    "Groups",
    "Messages",
    "__version__",
    "bucket_by_length",
    "compare_packing",
    "count_chat_tokens",
    "count_tokens",
    "curate",
    "datasets",
    "deduplicate",
    "explain_normalize",
    "fingerprint",
    "load_chat_template",
    "minhash",
    "minhash_similarity",
    "normalize",
    "pack",
    "plan_deduplicate",
    "repair_mojibake",
    "simhash",
    "similarity",
    "to_messages",
    "validate_chat",
]
