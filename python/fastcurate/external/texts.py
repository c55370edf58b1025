"""Rows with the texts that the steps which change texts make of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from fastcurate.curate.job import Job, Tools
from fastcurate.curate.steps import STEPS
from fastcurate.external.scan import CHANGES_TEXT
from fastcurate.frames.arrow import ArrowFrame

if TYPE_CHECKING:
    from fastcurate.on import Entry


def changed_texts(steps: Any, entries: list[Entry], table: pa.Table, tools: Tools) -> pa.Table:
    """The rows with the texts that the steps which change texts make of them."""
    job = Job.start(replace(tools, progress=None), ArrowFrame(table), entries, [])
    for step in steps:
        if step.name in CHANGES_TEXT:
            STEPS[step.name](job, **step.options)
    frame = job.frame
    return pa.table({name: frame.arrow(name) for name in frame.columns})
