"""The output folder: data, plan, removed rows, manifest and summary, whole or not at all.

Nothing in it tells when or how fast it was made, so the same input gives the same bytes.
"""

from __future__ import annotations

import json
import os
import platform
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from fastcurate import _core
from fastcurate.curate.inputs import sha256_of
from fastcurate.files import new_folder, write_rows
from fastcurate.files.paths import data_files

if TYPE_CHECKING:
    from fastcurate.curate.result import Curated

SPLIT = re.compile(r"\w[\w.-]*")
"""Names of splits that are names of folders as well, inside the one that is written."""

TAKEN = ("summary.json", "manifest.json")

FORMATS = ("jsonl", "jsonl.gz", "jsonl.zst", "csv", "parquet", "arrow")


def save(
    curated: Curated,
    out: str | os.PathLike[str],
    *,
    overwrite: bool,
    format: str | None,  # noqa: A002 - the word for it
    shard_size: int | str | None = None,
) -> None:
    """Write the folder; see `Curated.save`."""
    if format is not None and format not in FORMATS:
        raise ValueError(f"format must be one of {', '.join(FORMATS)}, got {format!r}")
    try:
        _write(curated, os.fspath(out), overwrite=overwrite, format=format, shard_size=shard_size)
    except OSError as error:
        if error.errno is None or error.filename is not None:
            raise
        # A write that failed, for a full disk most of all: it does not say by itself where that was.
        raise OSError(
            error.errno, f"{os.strerror(error.errno)}; nothing was written", os.fspath(out)
        ) from error


def _write(
    curated: Curated,
    out: str,
    *,
    overwrite: bool,
    format: str | None,  # noqa: A002
    shard_size: int | str | None,
) -> None:
    from fastcurate.external.memory import size_of
    from fastcurate.external.output import write_part
    from fastcurate.external.part import StreamedPart
    from fastcurate.external.progress import Stages

    size = None if shard_size is None else size_of("shard_size", shard_size)
    for split in curated.parts:
        if split is not None and (split in TAKEN or not SPLIT.fullmatch(split)):
            raise ValueError(
                f"the split {split!r} cannot be the name of a folder; rename it to letters, digits, '_', '-' "
                f"and '.', and to none of {', '.join(TAKEN)}"
            )
    inputs = [file.path for file in curated.inputs]
    with new_folder(out, overwrite=overwrite, inputs=inputs) as folder:
        outputs = []
        for split, part in curated.parts.items():
            place = folder if split is None else folder / split
            place.mkdir(exist_ok=True)
            kind = format or str(getattr(part.source, "format", "parquet"))
            if isinstance(part, StreamedPart):
                outputs += write_part(part, place, kind, size, Stages(part.job.tools.progress))
                continue
            if size is not None:
                raise ValueError(
                    "shard_size is for files that are read piece by piece: pass memory= or work="
                )
            tables = {
                f"data.{kind}": (part.kept_table(), kind),
                "plan.parquet": (part.plan(), "parquet"),
                "removed.parquet": (part.removed_table(), "parquet"),
            }
            for name, (table, written) in tables.items():
                write_rows(table, place / name, written)
                outputs.append(_file(place / name, folder, table.num_rows))
        _write_json(folder / "summary.json", curated.summary())
        outputs.append(_file(folder / "summary.json", folder, None))
        _write_json(folder / "manifest.json", _manifest(curated, outputs))


def _manifest(curated: Curated, outputs: list[dict[str, Any]]) -> dict[str, Any]:
    inputs: list[dict[str, Any]] = [
        {"file": str(file.path), "sha256": file.sha256(), "rows": file.rows} for file in curated.inputs
    ]
    if not inputs:
        inputs = [
            {"split": split, "rows": part.rows_in} if split is not None else {"rows": part.rows_in}
            for split, part in curated.parts.items()
        ]
    steps = (step.options.get("against") for step in curated.recipe.steps)
    old = dict.fromkeys(file for paths in steps if paths for file in data_files(paths))
    return {
        "inputs": inputs,
        **({"against": [{"file": str(file), "sha256": sha256_of(file)} for file in old]} if old else {}),
        "outputs": outputs,
        "recipe": curated.recipe.as_dict(),
        "on": curated.on,
        "tokenizer": curated.tokenizer,
        "seed": None,  # no step draws lots
        "versions": {
            "fastcurate": _core.__version__,
            "pyarrow": pa.__version__,
            "python": platform.python_version(),
        },
    }


def _file(path: Path, folder: Path, rows: int | None) -> dict[str, Any]:
    return {"file": path.relative_to(folder).as_posix(), "sha256": sha256_of(path), "rows": rows}


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
