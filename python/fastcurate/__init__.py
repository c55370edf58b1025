"""Raw text in, a set worth fine-tuning on out.

Columns: `normalize`, `fingerprint`, `minhash`, `simhash`, `similarity`, `count_tokens`. Tables: `deduplicate`,
`bucket_by_length`, `pack`. The job: `curate`.
"""

from fastcurate._core import __version__
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
from fastcurate.lengths import bucket_by_length, pack
from fastcurate.quality import filter_quality, plan_filter, quality
from fastcurate.redact import find_personal_data, redact
from fastcurate.wordlist import filter_words, find_words

__all__ = [
    "Curated",
    "Deduplicated",
    "__version__",
    "bucket_by_length",
    "count_tokens",
    "curate",
    "deduplicate",
    "filter_quality",
    "filter_words",
    "find_personal_data",
    "find_words",
    "fingerprint",
    "minhash",
    "minhash_similarity",
    "normalize",
    "pack",
    "plan_filter",
    "quality",
    "redact",
    "simhash",
    "similarity",
]
