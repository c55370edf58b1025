"""Token lengths: rows into buckets of little padding, rows into packs of one capacity, and what a length would cost.

All of it looks at lengths only, so that a run can be planned before a single token is moved. A null or negative length
is an error that names the row; what a length of 0 means is said with each function.
"""

from fastcurate.lengths.buckets import BucketResult, PaddingWaste, bucket_by_length
from fastcurate.lengths.comparison import PackComparison, compare_packing
from fastcurate.lengths.packs import PackResult, pack
from fastcurate.lengths.report import LengthReport, length_report

__all__ = [
    "BucketResult",
    "LengthReport",
    "PackComparison",
    "PackResult",
    "PaddingWaste",
    "bucket_by_length",
    "compare_packing",
    "length_report",
    "pack",
]
