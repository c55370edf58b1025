"""Raw text in, a set worth fine-tuning on out.

Columns: `normalize`, `fingerprint`, `minhash`, `simhash`, `similarity`, `count_tokens`. Tables: `deduplicate`,
`plan_deduplicate`, `bucket_by_length`, `pack`. The job: `curate`.
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
from fastcurate.dedup import (
    Deduplicated,
    DeduplicationPlan,
    DuplicateIndex,
    Groups,
    deduplicate,
    plan_deduplicate,
)
from fastcurate.lengths import bucket_by_length, compare_packing, pack

__all__ = [
    "Curated",
    "Deduplicated",
    "DeduplicationPlan",
    "DuplicateIndex",
    "Groups",
    "__version__",
    "bucket_by_length",
    "compare_packing",
    "count_tokens",
    "curate",
    "deduplicate",
    "fingerprint",
    "minhash",
    "minhash_similarity",
    "normalize",
    "pack",
    "plan_deduplicate",
    "simhash",
    "similarity",
]
