"""What each step of a recipe does to a job. One function a step, named in `STEPS`; options are as the recipe has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from fastcurate.curate.job import Job, Tools
from fastcurate.curate.texts import all_null, map_texts, row_sums, without_text
from fastcurate.on import ChatEntry
from fastcurate.recipe import NEED_TOKENS, Step

Options = dict[str, Any]


def run(job: Job, steps: tuple[Step, ...], tools: Tools) -> None:
    """Do the steps in their order; without a tokenizer those that need token counts are left out and noted."""
    for step in steps:
        if tools.tokenizer is None and (step.name in NEED_TOKENS or step.name == "count_tokens"):
            job.skipped.append(step.name)
            continue
        if tools.progress is not None:
            tools.progress(step.name, 0, len(job.rows))
        STEPS[step.name](job, dict(step.options), tools)
    job.settle()


def normalize(job: Job, options: Options, tools: Tools) -> None:
    """Clean the compared columns, of conversations all contents. Nothing else of the rows changes."""
    from fastcurate.columns import normalize

    names = job.text_columns()
    job.replace(
        {
            name: map_texts(job.columns[name], lambda text: normalize(text, **options, threads=tools.threads))
            for name in names
            if not pa.types.is_null(job.columns[name].type)
        }
    )


def drop_null(job: Job, options: Options, tools: Tools) -> None:
    """Remove rows whose compared columns are all null."""
    job.remove(all_null([job.columns[name] for name in job.text_columns()]), "null")


def drop_empty(job: Job, options: Options, tools: Tools) -> None:
    """Remove rows of which any entry of `on`, prompt or answer, has no text."""
    job.remove(np.logical_or.reduce([without_text(entry, job.columns) for entry in job.entries]), "empty")


def deduplicate(job: Job, options: Options, tools: Tools) -> None:
    """Remove exact or near duplicates; whole conversations take `threshold_messages` where the recipe gives it."""
    from fastcurate.dedup import deduplicate

    whole_chats = any(isinstance(entry, ChatEntry) and entry.part == "messages" for entry in job.entries)
    for_chats = options.pop("threshold_messages", None)
    if whole_chats and for_chats is not None:
        options["threshold"] = for_chats
    found = deduplicate(
        pa.table(job.columns),
        on=[entry.spec for entry in job.entries],
        threads=tools.threads,
        **_progress(job, "deduplicate", tools),
        **options,
    )
    stands = np.asarray(found.representative, dtype=np.int64)
    exact = options.get("method") == "exact"
    job.remove(
        stands != np.arange(len(stands)),
        "exact_duplicate" if exact else "near_duplicate",
        stands,
        np.asarray(found.similarity, dtype=np.float64),
    )
    job.facts["exact_duplicates" if exact else "near_duplicates"] = found.summary()


def count_tokens(job: Job, options: Options, tools: Tools) -> None:
    """Measure every row: the tokens of its compared columns added up, or of all contents of a conversation."""
    from fastcurate.columns import count_tokens

    def count(text: pa.ChunkedArray) -> Any:
        return count_tokens(text, tokenizer=tools.tokenizer, threads=tools.threads, **options)

    job.lengths = np.full(job.frame.num_rows, -1, dtype=np.int64)
    job.lengths[job.rows] = np.sum([row_sums(job.columns[name], count) for name in job.text_columns()], axis=0)


def max_tokens(job: Job, options: Options, tools: Tools) -> None:
    """Remove rows with more tokens than `max_tokens`."""
    job.remove(_lengths(job) > options["max_tokens"], "too_long")


def bucket_by_length(job: Job, options: Options, tools: Tools) -> None:
    """Give every row the number of its bucket."""
    from fastcurate.lengths import bucket_by_length

    found = bucket_by_length(_lengths(job), **options)
    _plan(job, "bucket", np.asarray(found.bucket, dtype=np.int64))
    job.facts["buckets"] = {
        "boundaries": [int(edge) for edge in found.boundaries],
        "padding_waste": float(found.padding_waste),
    }


def pack(job: Job, options: Options, tools: Tools) -> None:
    """Give every row the number of its pack and its position in it; rows without tokens are in none."""
    from fastcurate.lengths import pack

    found = pack(_lengths(job), **options)
    number, position = np.full((2, len(job.rows)), -1, dtype=np.int64)
    for bin_, rows in enumerate(found.bins):
        number[rows] = bin_
        position[rows] = np.arange(len(rows))
    _plan(job, "pack", number)
    _plan(job, "position", position)
    job.facts["packs"] = found.summary()


STEPS: dict[str, Callable[[Job, Options, Tools], None]] = {
    "normalize": normalize,
    "drop_null": drop_null,
    "drop_empty": drop_empty,
    "deduplicate": deduplicate,
    "count_tokens": count_tokens,
    "max_tokens": max_tokens,
    "bucket_by_length": bucket_by_length,
    "pack": pack,
}


def _lengths(job: Job) -> Any:
    assert job.lengths is not None  # the recipe has count_tokens before every step that asks
    return job.lengths[job.rows]


def _plan(job: Job, name: str, values: Any) -> None:
    job.plan[name] = np.full(job.frame.num_rows, -1, dtype=np.int64)
    job.plan[name][job.rows] = values


def _progress(job: Job, name: str, tools: Tools) -> Options:
    progress, count = tools.progress, len(job.rows)
    return {} if progress is None else {"progress": lambda done: progress(name, done, count)}
