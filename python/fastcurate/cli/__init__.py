"""The command `fastcurate`: `curate`, its steps one by one, and `recipe`.

Every command is a recipe run by `curate`, so they all read the same files and write the same folder. Exit
codes: 0 done; 1 the data or the run is at fault, with one line on standard error; 2 a mistake in the command
    itself; 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastcurate.cli.parser import parser_of
from fastcurate.forecast import Log
from fastcurate.recipe import Recipe, load_recipe, recipe_text
from fastcurate.terminal import Bar, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FAULT, INTERRUPTED = 1, 130

FAULTS = (ValueError, TypeError, OSError, MemoryError, OverflowError, RuntimeError, ImportError)
"""What is said in one line; `RuntimeError` covers what Arrow has not implemented, and links in a circle."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: What follows the command's name; by default that of this process.

    Returns:
        The exit code; for mistakes in the arguments `SystemExit(2)` is raised, as argparse does.
    """
    options = parser_of(RUNS).parse_args(arguments)
    try:
        options.run(options)
        sys.stdout.flush()
    except KeyboardInterrupt as stop:
        return _complain("; ".join(["stopped; nothing was written", *map(str, stop.args)]), INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output has enough, as in `fastcurate recipe sft | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except FAULTS as error:
        return _complain(_as_typed(_one_line(error), vars(options)), FAULT)
    return 0


def _curate(options: argparse.Namespace) -> None:
    _run(options, load_recipe(options.recipe, folders=options.recipe_folder))


def _dedup(options: argparse.Namespace) -> None:
    similar = options.method == "similar"
    step = {
        "method": options.method,
        "keep": options.keep,
        "threshold": options.threshold if similar else None,
        "shingle": options.shingle if similar else None,
        "distinct_numbers": options.distinct_numbers if similar else None,
        "measure": options.measure,
        "idf": options.idf or None,
        "signatures": options.signatures,
        "against": options.against,
        "target_rows": options.target_rows,
        "within": options.within,
        "system_turns": options.system_turns,
    }
    _run(options, Recipe.of("dedup", ("deduplicate", step)))


def _normalize(options: argparse.Namespace) -> None:
    given: dict[str, Any] = dict(setting.split("=", 1) for setting in options.set)
    step = {"preset": options.preset} | given
    _run(options, Recipe.of("normalize", ("normalize", step)))


def _redact(options: argparse.Namespace) -> None:
    step = {"kinds": options.kinds, "replace": options.replace, "seed": options.seed}
    _run(options, Recipe.of("redact", ("redact", step)))


def _quality(options: argparse.Namespace) -> None:
    rules = options.rules or ["sft"]
    if options.plan:
        from fastcurate.quality import plan_filter

        print(plan_filter(options.files, on=_on(options.on), rules=rules, threads=options.threads))
    if options.language:
        from fastcurate.language import count_languages

        print(count_languages(options.files, on=_on(options.on), threads=options.threads))
    if options.plan or options.language:
        return
    _run(options, Recipe.of("quality", ("quality", {"rules": rules})))


def _tokens(options: argparse.Namespace) -> None:
    step = {"add_special_tokens": options.add_special_tokens, "length_column": options.length_column}
    _run(options, Recipe.of("tokens", ("count_tokens", step)))


def _lengths(options: argparse.Namespace) -> None:
    from fastcurate.lengths import length_report
    from fastcurate.lengths.report import MAX_LENGTHS

    report = length_report(
        options.files,
        tokenizer=options.tokenizer,
        chat_template=options.chat_template,
        on=_on(options.on),
        source=options.source,
        max_lengths=options.max_length or MAX_LENGTHS,
        threads=options.threads,
    )
    print(json.dumps(report.summary(), indent=2) if options.json else report)


def _pack(options: argparse.Namespace) -> None:
    names = ("capacity", "overflow", "max_rows", "together", "apart")
    packing = {name: getattr(options, name) for name in names}
    buckets = {"buckets": options.buckets}
    _run(options, Recipe.of("pack", ("count_tokens", {}), ("bucket_by_length", buckets), ("pack", packing)))


def _recipe(options: argparse.Namespace) -> None:
    print(recipe_text(options.name), end="")


def _run(options: argparse.Namespace, recipe: Recipe) -> None:
    """Every command that reads rows: the recipe, the table, the folder."""
    from fastcurate.curate import curate

    if options.out is not None:
        _refuse(options.out, overwrite=options.overwrite)
    bar = _bar(options)
    work = _work(options)
    try:
        done = curate(
            options.files,
            recipe=recipe,
            on=_on(options.on),
            tokenizer=options.tokenizer,
            chat_template=options.chat_template,
            on_error=options.on_error,
            memory=options.memory,
            work=work,
            threads=options.threads,
            progress=bar,
        )
        if options.out is not None:
            bar("save", 0, 0)
            done.save(
                options.out, overwrite=options.overwrite, format=options.format, shard_size=options.shard_size
            )
        done.forget()
    except KeyboardInterrupt:
        if work is not None and Path(work).exists():
            raise KeyboardInterrupt("the same command goes on where this one was") from None
        raise
    finally:
        bar.clear()
    print(table(done.summary()))
    if options.show:
        print(f"\n{done.examples(options.show)}\n")
    if options.out is not None:
        print(f"written  {options.out}")


def _bar(options: argparse.Namespace) -> Bar | Log:
    if options.log is None:
        return Bar()
    from fastcurate.files.paths import data_files

    size = sum(file.stat().st_size for file in data_files(options.files))
    return Log(sys.stderr, size, as_json=options.log == "json")


def _work(options: argparse.Namespace) -> str | None:
    """Where a job that does not fit into memory goes on after it was stopped: beside its output."""
    from fastcurate.external.run import streaming
    from fastcurate.files.remote import is_url, local

    if options.work is not None or options.out is None or is_url(options.out):
        return None if options.work is None else str(options.work)
    out = Path(local(options.out)).resolve()
    work = out.with_name(f".{out.name}.work")
    needed = (
        work.exists()
        or streaming(options.files, options.memory, None, getattr(options, "against", None)) is not None
    )
    return str(work) if needed else None


def _refuse(place: str, *, overwrite: bool) -> None:
    """Say at once what saving would say after all the work."""
    from fastcurate.files.remote import Remote, is_url, local

    if is_url(place):
        if not overwrite and Remote.of(place).below():
            raise FileExistsError(
                f"{place} exists and is not empty; name another folder, or pass --overwrite"
            )
        return
    out = Path(local(place))
    if out.is_dir() and any(out.iterdir()) and not overwrite:
        raise FileExistsError(f"{out} exists and is not empty; name another folder, or pass --overwrite")
    if out.exists() and not out.is_dir():
        raise NotADirectoryError(f"{out} is a file; name another folder for the output")


def _on(given: list[str] | None) -> Any:
    if given is None:
        return None
    return [name.split("+") if "+" in name else name for name in given]


def _one_line(error: BaseException) -> str:
    text = str(error)
    if isinstance(error, OSError) and error.strerror:
        text = f"{error.filename}: {error.strerror}" if error.filename is not None else error.strerror
    return " ".join(text.split()) or type(error).__name__


def _as_typed(text: str, options: Iterable[str]) -> str:
    """A message with arguments as they are typed here, `--on-error skip` and not `on_error="skip"`."""

    def typed(found: re.Match[str]) -> str:
        name, value = "--" + found[1].replace("_", "-"), found[2].strip("[]\"'")
        return name if value in ("", "True") else f"{name} {value}"

    names = "|".join(map(re.escape, options))
    return re.sub(rf"(?<![^\s(])({names})s?=(\[[^\]]*\]|\"[^\"]*\"|'[^']*'|[\w.:]*\w|)", typed, text)


def _complain(message: str, code: int) -> int:
    print(f"fastcurate: {message}", file=sys.stderr)
    return code


RUNS = {
    "curate": _curate,
    "dedup": _dedup,
    "normalize": _normalize,
    "redact": _redact,
    "quality": _quality,
    "tokens": _tokens,
    "lengths": _lengths,
    "pack": _pack,
    "recipe": _recipe,
}
