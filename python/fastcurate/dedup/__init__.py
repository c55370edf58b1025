"""Tables without their duplicates: which rows go, and which kept row stands for each.

The kept set is defined, not approximate. Rows are put in the order of the keep policy; a row goes if and only if a row
that is already kept has a similarity of at least the threshold to it. Of those, the most similar stands for it. There
are no chains: every removed row really is that similar to the row that stands for it.
"""

from fastcurate.dedup.deduplicate import deduplicate
from fastcurate.dedup.groups import Groups
from fastcurate.dedup.index import DuplicateIndex
from fastcurate.dedup.plan import DeduplicationPlan, plan_deduplicate
from fastcurate.dedup.result import Deduplicated

__all__ = [
    "Deduplicated",
    "DeduplicationPlan",
    "DuplicateIndex",
    "Groups",
    "deduplicate",
    "plan_deduplicate",
]
