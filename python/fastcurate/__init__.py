"""Raw text in, a set worth fine-tuning on out.

Columns: `normalize`, `fingerprint`, `minhash`, `simhash`, `similarity`, `count_tokens`. Tables: `deduplicate`,
`bucket_by_length`, `pack`. The job: `curate`.
"""

from fastcurate._core import __version__
from fastcurate.chat import ChatTemplate, count_chat_tokens, load_chat_template
from fastcurate.columns import (
    count_tokens,
    fingerprint,
    minhash,
    minhash_similarity,
    normalize,
    simhash,
    similarity,
)
from fastcurate.curate import Curated, curate
from fastcurate.dedup import Deduplicated, deduplicate
from fastcurate.lengths import bucket_by_length, compare_packing, pack
from fastcurate.truncate import split_long, truncate

__all__ = [
    "ChatTemplate",
    "Curated",
    "Deduplicated",
    "__version__",
    "bucket_by_length",
    "compare_packing",
    "count_chat_tokens",
    "count_tokens",
    "curate",
    "deduplicate",
    "fingerprint",
    "load_chat_template",
    "minhash",
    "minhash_similarity",
    "normalize",
    "pack",
    "simhash",
    "similarity",
    "split_long",
    "truncate",
]
