# What `fastcurate` has, for type checkers; __init__.py imports each when it is asked for.

from fastcurate import datasets
from fastcurate._core import __version__
from fastcurate.chat import ChatTemplate, count_chat_tokens, load_chat_template
from fastcurate.cleaning import normalize, repair_mojibake
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
from fastcurate.explain import explain_normalize
from fastcurate.lengths import bucket_by_length, compare_packing, length_report, pack
from fastcurate.messages import ChatReport, Messages, from_messages, to_messages, validate_chat
from fastcurate.quality import filter_quality, plan_filter, quality
from fastcurate.redact import find_personal_data, redact
from fastcurate.truncate import split_long, truncate
from fastcurate.wordlist import filter_words, find_words

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
    "filter_quality",
    "filter_words",
    "find_personal_data",
    "find_words",
    "fingerprint",
    "from_messages",
    "length_report",
    "load_chat_template",
    "minhash",
    "minhash_similarity",
    "normalize",
    "pack",
    "plan_deduplicate",
    "plan_filter",
    "quality",
    "redact",
    "repair_mojibake",
    "simhash",
    "similarity",
    "split_long",
    "to_messages",
    "truncate",
    "validate_chat",
]
