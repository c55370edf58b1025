"""What each step of a recipe does to a job: one function a step, with the options of the recipe."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fastcurate.curate.texts import all_null, map_texts, without_text
from fastcurate.frames.arrow import gather, plain
from fastcurate.frames.broken import input_rows
from fastcurate.on import ChatEntry
from fastcurate.recipe import NEED_TOKENS

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from fastcurate.curate.job import Job
    from fastcurate.recipe import Step


def run(job: Job, steps: tuple[Step, ...]) -> None:
    """Do the steps in their order; without a tokenizer those that need lengths are left out and noted."""
    for step in steps:
        if job.tools.tokenizer is None and (step.name in NEED_TOKENS or step.name == "count_tokens"):
            job.skipped.append(step.name)
            continue
        if job.tools.progress is not None:
            job.tools.progress(step.name, 0, len(job.rows))
        try:
            STEPS[step.name](job, **step.options)
        except (ValueError, TypeError) as error:
            raise type(error)(_of_input(str(error), job)) from error
    job.settle()


def normalize(job: Job, **options: Any) -> None:
    """Clean the compared columns, of conversations all contents. Nothing else of the rows changes."""
    from fastcurate.cleaning import normalize

    names = job.text_columns()
    job.replace(
        {
            name: map_texts(
                job.columns[name], lambda text: normalize(text, **options, threads=job.tools.threads)
            )
            for name in names
            if not pa.types.is_null(job.columns[name].type)
        }
    )


def redact(job: Job, **options: Any) -> None:
    """Replace personal data in the compared columns, of conversations in all contents; count what was found."""
    from fastcurate.redact import find_personal_data

    counts: Counter[str] = Counter()

    def replaced(text: Any) -> Any:
        found = find_personal_data(text, **options, threads=job.tools.threads)
        counts.update(found.counts)
        return found.text

    names = [name for name in job.text_columns() if not pa.types.is_null(job.columns[name].type)]
    job.replace({name: map_texts(job.columns[name], replaced) for name in names})
    job.facts["redacted"] = dict(counts)


def quality(job: Job, *, rules: list[str] | None = None) -> None:
    """Remove the rows that break a rule; `sft` by default."""
    from fastcurate.frames.arrow import ArrowFrame
    from fastcurate.quality import judge
    from fastcurate.rule import load_rules

    loaded = load_rules(["sft"] if rules is None else rules)
    frame = ArrowFrame(pa.table(job.columns))
    verdicts = judge(frame, job.entries, loaded, job.tools.threads)
    counts = Counter(verdicts.reasons[number] for number in verdicts.number if number >= 0)
    job.facts["quality"] = dict(counts.most_common())
    job.judge(verdicts, "quality")


def words(job: Job, **options: Any) -> None:
    """Remove the rows that have a banned word, or none of the required ones."""
    from fastcurate.frames.arrow import ArrowFrame
    from fastcurate.wordlist import judge, lists_of

    banned, required = lists_of(**options)
    frame = ArrowFrame(pa.table(job.columns))
    job.judge(judge(frame, job.entries, banned, required, threads=job.tools.threads), "words")


def drop_null(job: Job) -> None:
    """Remove rows whose compared columns are all null."""
    job.remove(all_null([job.columns[name] for name in job.text_columns()]), "null")


def drop_empty(job: Job) -> None:
    """Remove rows of which any entry of `on`, prompt or answer, has no text."""
    job.remove(np.logical_or.reduce([without_text(entry, job.columns) for entry in job.entries]), "empty")


def deduplicate(job: Job, *, threshold_messages: float | None = None, **options: Any) -> None:
    """Remove exact or near duplicates; whole conversations take `threshold_messages` if it is given."""
    from fastcurate.dedup import deduplicate

    whole_chats = any(isinstance(entry, ChatEntry) and entry.part == "messages" for entry in job.entries)
    if whole_chats and threshold_messages is not None:
        options["threshold"] = threshold_messages
    found: Any = deduplicate(
        pa.table(job.columns),
        on=[entry.spec for entry in job.entries],
        threads=job.tools.threads,
        **_progress(job, "deduplicate"),
        **options,
    )
    stands = np.asarray(found.representative, dtype=np.int64)
    old = np.asarray(found.kept_in) == "against"
    exact = options.get("method") == "exact"
    job.remove(
        old | (stands != np.arange(len(stands))),
        "exact_duplicate" if exact else "near_duplicate",
        stands,
        np.asarray(found.similarity, dtype=np.float64),
        old,
    )
    job.facts["exact_duplicates" if exact else "near_duplicates"] = found.summary()


def count_tokens(job: Job, *, length_column: str | None = None, **options: Any) -> None:
    """Count the tokens of every row: of its compared columns, or of a conversation as it is rendered."""
    from fastcurate.columns import count_tokens

    if any(isinstance(entry, ChatEntry) for entry in job.entries):
        template = job.tools.chat_template
        job.facts["chat_template"] = template.origin if template else "none: contents only"
    total = np.zeros(len(job.rows), dtype=np.int64)
    columns = [
        job.columns[name] for name in job.text_columns() if not pa.types.is_null(job.columns[name].type)
    ]
    for number, column in enumerate(columns):
        counts = count_tokens(
            column,
            tokenizer=job.tools.tokenizer,
            chat_template=job.tools.chat_template or False,
            threads=job.tools.threads,
            **options,
            **_progress(job, "count_tokens", part=number, parts=len(columns)),
        )
        total += pc.fill_null(counts, 0).to_numpy()
    job.lengths = np.full(job.frame.num_rows, -1, dtype=np.int64)
    job.lengths[job.rows] = total
    job.length_column = length_column


def max_tokens(job: Job, *, max_tokens: int) -> None:
    """Remove rows with more tokens than `max_tokens`."""
    job.remove(_lengths(job) > max_tokens, "too_long")


def bucket_by_length(job: Job, **options: Any) -> None:
    """Give every row the number of its bucket."""
    from fastcurate.lengths import bucket_by_length

    found = bucket_by_length(_lengths(job), **options)
    _plan(job, "bucket", np.asarray(found.bucket, dtype=np.int64))
    job.facts["buckets"] = found.summary()


def pack(job: Job, **options: Any) -> None:
    """Give every row the number of its pack and its position in it; rows without tokens are in none."""
    from fastcurate.lengths import pack

    for name in {"together", "apart"} & options.keys():
        options[name] = gather(plain(job.frame.arrow(options[name])), job.rows)
    found = pack(_lengths(job), **options)
    number, position = np.full((2, len(job.rows)), -1, dtype=np.int64)
    starts = found.bins.offsets.to_numpy()
    sizes, rows = np.diff(starts), found.bins.values.to_numpy()
    number[rows] = np.repeat(np.arange(len(sizes)), sizes)
    position[rows] = np.arange(len(rows)) - np.repeat(starts[:-1], sizes)
    _plan(job, "pack", number)
    _plan(job, "position", position)
    job.facts["packs"] = found.summary()


STEPS: dict[str, Callable[..., None]] = {
    "normalize": normalize,
    "redact": redact,
    "quality": quality,
    "words": words,
    "drop_null": drop_null,
    "drop_empty": drop_empty,
    "deduplicate": deduplicate,
    "count_tokens": count_tokens,
    "max_tokens": max_tokens,
    "bucket_by_length": bucket_by_length,
    "pack": pack,
}


def _of_input(message: str, job: Job) -> str:
    """A message about a row of those still there, with the row's number in the whole input."""
    found = re.match(r"row (\d+): ", message)
    if found is None or int(found[1]) >= len(job.rows):
        return message
    row = input_rows(job.frame)[job.rows[int(found[1])]]
    return f"row {row}: {message[found.end() :]}"


def _lengths(job: Job) -> npt.NDArray[np.int64]:
    if job.lengths is None:
        raise AssertionError("recipes have count_tokens before every step that needs lengths")
    return job.lengths[job.rows]


def _plan(job: Job, name: str, values: Any) -> None:
    job.plan[name] = np.full(job.frame.num_rows, -1, dtype=np.int64)
    job.plan[name][job.rows] = values


def _progress(job: Job, name: str, *, part: int = 0, parts: int = 1) -> dict[str, Any]:
    """The caller's progress as kernels take it, `part` being the number of the column of `parts` that runs."""
    progress, count = job.tools.progress, len(job.rows)
    if progress is None:
        return {}

    def report(done: int) -> None:
        # Some passes count a row once for each entry of `on`; people expect no more rows than there are.
        progress(name, (part * count + min(done, count)) // parts, count)

    return {"progress": report}
