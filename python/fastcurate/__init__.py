"""Raw text in, a set worth fine-tuning on out.

Columns: `normalize`, `fingerprint`, `minhash`, `simhash`, `similarity`, `count_tokens`. Tables: `deduplicate`,
`bucket_by_length`, `pack`. The job: `curate`.
"""

from fastcurate._core import __version__
from fastcurate.columns import fingerprint, minhash, minhash_similarity, simhash, similarity
from fastcurate.dedup import Deduplicated, deduplicate

__all__ = [
    "Deduplicated",
    "__version__",
    "deduplicate",
    "fingerprint",
    "minhash",
    "minhash_similarity",
    "simhash",
    "similarity",
]
