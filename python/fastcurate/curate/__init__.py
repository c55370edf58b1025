"""The job: raw rows in, a set to train on out, with a reason for every row that went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastcurate.curate.result import Curated

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from fastcurate.curate.job import JobProgress, Tools
    from fastcurate.curate.part import Part
    from fastcurate.frames import Frame
    from fastcurate.on import On
    from fastcurate.recipe import Recipe

__all__ = ["Curated", "curate"]


def curate(
    data: Any,
    *,
    recipe: str | os.PathLike[str] | Recipe = "sft",
    recipe_folders: Sequence[str | os.PathLike[str]] = (),
    on: On = None,
    tokenizer: Any = None,
    chat_template: Any = None,
    on_error: str = "raise",
    memory: int | str | None = None,
    work: str | os.PathLike[str] | None = None,
    threads: int | None = None,
    progress: JobProgress | bool | None = None,
) -> Curated:
    """Turn raw rows into a set to train on, by a recipe.

    The recipe `sft` cleans the compared columns, removes null and empty rows, exact duplicates, rows that are
    too long and near duplicates, and plans length buckets and packs; `fastcurate recipe sft` prints it. A row
    is null where all its compared columns are, and empty where its prompt or its answer has no text. The
    length of a row is the tokens of its compared columns added up, without special tokens, or those of a
    conversation as the chat template renders it (of all its contents where there is no template, which the
    summary then says). Without a tokenizer the steps that need lengths are left out,
    and the summary says so.

    Args:
        data: A Polars DataFrame or LazyFrame, a pyarrow Table or RecordBatchReader, a Hugging Face Dataset or
            DatasetDict (each split is a job of its own), a pandas DataFrame, or paths, globs and URLs of JSONL
            (plain, .gz, .zst), Parquet, CSV or Arrow files.
        recipe: The name of a built-in recipe, the path of a TOML file, or a `Recipe`. The files that a TOML file names
            (`against`, `banned_files` ...) count from its own folder and must be in it.
        recipe_folders: Other folders that a TOML file may read from.
        on: The columns that are compared, as in `deduplicate`; by default the first that is there of
            `messages`; `text`; `[["instruction", "input"], "output"]`; `["prompt", "completion"]` or
            `["prompt", "response"]`; `["question", "answer"]`.
        tokenizer: A tokenizer file, folder or a built-in name, as in `count_tokens`.
        chat_template: What conversations are counted with, as in `count_tokens`; by default the template that
            comes with the tokenizer, if it is a folder.
        on_error: `"skip"` moves lines that cannot be parsed to the removed rows; `"raise"` stops at the
            first.
        memory: For files, about how much memory the job may take: `"2GiB"`, `"500MB"`, or a number of bytes; by
            default half of what is free. Files that need more are read piece by piece; the verdicts are the same. Then
            `kept` and `removed` are read from the files again when they are asked for, and `save` writes them as it
            reads.
        work: For files, a folder for what a job that is done piece by piece leaves behind, so that one that was stopped
            goes on where it was; it is for one job at a time, and may be deleted when the job is done. Where it is
            given, the job is always done piece by piece; by default such a job has one that is gone afterwards.
        threads: Threads to use; all cores by default. The result does not depend on it.
        progress: Called with a step's name, the rows it has done, and the rows it has to do. True shows a bar, in a
            terminal or in a notebook.

    Returns:
        A `Curated` with `kept`, `removed`, `plan`, `summary()` and `save("out/")`.

    Raises:
        TypeError: Data of another type, or a compared column that holds neither text nor conversations.
        ValueError: A column that is not there, a recipe or a file with a mistake in it.
        FileNotFoundError: A file that is not there.

    Examples:
        >>> rows = {"prompt": ["Say hi.", "Say hi.", "Wave."], "completion": ["Hi!", "Hi!", ""]}
        >>> c = curate(rows)
        >>> c.kept.to_pydict()
        {'prompt': ['Say hi.'], 'completion': ['Hi!']}
        >>> c.removed.select(["row", "kept_row", "reason"]).to_pylist()[0]
        {'row': 1, 'kept_row': 0, 'reason': 'exact_duplicate'}
        >>> c.summary()["removed"]
        {'empty': 1, 'exact_duplicate': 1}
    """
    from fastcurate.chat import load_chat_template
    from fastcurate.curate.inputs import input_files, tokenizer_used
    from fastcurate.curate.job import Tools
    from fastcurate.external.run import streaming
    from fastcurate.frames import open_frame
    from fastcurate.recipe import load_recipe

    steps = load_recipe(recipe, folders=recipe_folders)
    report = _report(progress)
    tools = Tools(
        tokenizer=_loaded(tokenizer),
        chat_template=load_chat_template(tokenizer, chat_template),
        threads=threads,
        progress=report,
    )
    old = [path for step in steps.steps for path in _listed(step.options.get("against"))]
    how = streaming(data, memory, work, old)
    if how is not None:
        from fastcurate.external.run import curate_files

        return curate_files(
            data, how, steps, on, tools, on_error=on_error, tokenizer=tokenizer_used(tokenizer)
        )
    if report is not None:
        report("read", 0, 0)
    opened = open_frame(data, on_error=on_error)
    frames: dict[str | None, Frame] = dict(opened.items()) if isinstance(opened, dict) else {None: opened}
    inputs = [file for frame in frames.values() for file in input_files(frame)]
    parts = {split: _curate(frame, steps, on, tools) for split, frame in frames.items()}
    return Curated(parts=parts, inputs=inputs, recipe=steps, tokenizer=tokenizer_used(tokenizer))


def _listed(paths: Any) -> list[Any]:
    return paths if isinstance(paths, list) else []


def _report(progress: JobProgress | bool | None) -> JobProgress | None:
    if not isinstance(progress, bool):
        return progress
    if not progress:
        return None
    from fastcurate.notebook import shown

    return shown()


def _curate(frame: Frame, recipe: Recipe, on: On, tools: Tools) -> Part:
    from fastcurate.curate.job import Job
    from fastcurate.curate.part import Part
    from fastcurate.curate.steps import run
    from fastcurate.on import resolve_on

    job = Job.start(tools, frame, resolve_on(on, frame.types), _more_columns(recipe))
    run(job, recipe.steps)
    part = Part(source=frame, job=job, recipe=recipe)
    part.check()
    return part


def _more_columns(recipe: Recipe) -> list[str]:
    """Columns that steps read beside the texts: of `within`, `signatures`, and of `best:` and `prefer:`."""
    named = ("within", "signatures")
    within = [str(step.options[name]) for step in recipe.steps for name in named if name in step.options]
    policies = [str(step.options.get("keep", "")) for step in recipe.steps]
    return within + [
        policy.partition(":")[2].partition("=" if policy.startswith("prefer:") else "\0")[0]
        for policy in policies
        if policy.startswith(("best:", "prefer:"))
    ]


def _loaded(tokenizer: Any) -> Any:
    """The tokenizer, before any row is read: its mistakes show at once."""
    if tokenizer is None:
        return None
    from fastcurate.tokenizer import load_tokenizer

    return load_tokenizer(tokenizer)
