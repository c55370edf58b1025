"""The files that a recipe file names: beside it or below, nowhere else unless the caller allows it.

Anybody may have written a recipe. What it could read would be copied, by rows or words, into what the job writes.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fastcurate.files.remote import is_url, local

NAMES = {
    "deduplicate": ("against",),
    "words": ("banned_files", "required_files"),
    "quality": ("rules",),
}
"""The options that name files, by step."""


def with_paths_of(
    recipe: str | os.PathLike[str], content: Mapping[str, Any], folders: Sequence[str | os.PathLike[str]]
) -> dict[str, Any]:
    """The recipe with paths that count from its own folder as whole ones.

    Args:
        recipe: The file.
        content: What it says.
        folders: Other folders that it may read from.

    Raises:
        ValueError: A path leads out of all these folders.
    """
    steps = content.get("steps")
    if not isinstance(steps, list):
        return dict(content)
    own = Path(recipe).resolve().parent
    allowed = [own, *(Path(local(os.fspath(folder))).expanduser().resolve() for folder in folders)]
    stores = [f"{os.fspath(folder)}".rstrip("/") + "/" for folder in folders if is_url(folder)]

    def step_of(number: int, step: Any) -> Any:
        if not isinstance(step, Mapping) or not isinstance(name := step.get("step"), str):
            return step
        where = f"recipe {recipe}, step {number} ({name})"
        return {
            key: _whole(f"{where}: {key}", value, allowed, stores) if key in NAMES.get(name, ()) else value
            for key, value in step.items()
        }

    return {**content, "steps": [step_of(number, step) for number, step in enumerate(steps, start=1)]}


def _whole(where: str, value: Any, allowed: list[Path], stores: list[str]) -> Any:
    if isinstance(value, list):
        return [_whole(where, each, allowed, stores) for each in value]
    if not isinstance(value, str) or (where.endswith("rules") and not _is_file(value)):
        return value
    if is_url(value):
        if ".." not in value and value.startswith(tuple(stores)):
            return value
        raise ValueError(
            f"{where}: {value!r} leads out of the recipe's folder, {allowed[0]}; allow it with "
            f"recipe_folders=[{value.rpartition('/')[0]!r}], on the command line --recipe-folder "
            f"{value.rpartition('/')[0]}"
        )
    value = local(value)
    try:
        path = allowed[0] / Path(value).expanduser()
        matches = [Path(match) for match in glob.glob(str(path), recursive=True)]  # noqa: PTH207 - may be absolute
        inside = [child for found in [path, *matches] if found.is_dir() for child in found.iterdir()]
        for found in [path, *matches, *inside]:
            place = found.resolve()
            if not any(place.is_relative_to(folder) for folder in allowed):
                raise ValueError(
                    f"{where}: {value!r} leads out of the recipe's folder, {allowed[0]}, to {place}. Put the file "
                    f"there, or allow its folder: recipe_folders=[{str(place.parent)!r}], on the command line "
                    f"--recipe-folder {place.parent}"
                )
    except (OSError, RuntimeError) as error:
        raise ValueError(f"{where}: {value!r} cannot be looked up: {error}") from None
    return str(path)


def _is_file(rule: str) -> bool:
    """Whether a rule is neither the name of a built-in set nor a rule itself."""
    from fastcurate.rule import LINE, built_in_rules

    return rule not in built_in_rules() and LINE.match(rule) is None
