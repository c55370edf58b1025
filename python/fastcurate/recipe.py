"""Recipes: the steps of a job and their options, as a TOML file that anybody can copy and change.

A recipe is a list of `[[steps]]`, each with the name of a `step` and that step's options, done in the order
of the file. Names and types are checked against `STEPS`; whether a value makes sense is asked of the function
that will do the step, on no rows, so that a mistake shows before the first row is read. The built-in recipes
are the files in `recipes/`.
"""

from __future__ import annotations

import inspect
import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, TypeAlias

Option: TypeAlias = str | int | float | bool | list[str]

STEPS: dict[str, dict[str, type]] = {
    "normalize": {},
    "redact": {"kinds": list, "replace": str, "seed": int},
    "drop_null": {},
    "drop_empty": {},
    "quality": {"rules": list},
    "words": {"banned": list, "required": list, "banned_files": list, "required_files": list},
    "deduplicate": {
        "method": str,
        "threshold": float,
        "threshold_messages": float,
        "shingle": str,
        "keep": str,
        "distinct_numbers": bool,
        "measure": str,
        "idf": bool,
        "signatures": str,
        "within": str,
        "against": list,
        "target_rows": int,
        "system_turns": bool,
    },
    "count_tokens": {"add_special_tokens": bool, "length_column": str},
    "max_tokens": {"max_tokens": int},
    "bucket_by_length": {"buckets": int, "edges": str},
    "pack": {
        "capacity": int,
        "strategy": str,
        "overflow": str,
        "max_rows": int,
        "together": str,
        "apart": str,
    },
}
"""The steps there are and the types of their options. Those of `normalize` are the function's own,
checked by it. A single text stands for a list of one.
"""

REQUIRED = {"max_tokens": "max_tokens", "pack": "capacity"}
"""Options without a default."""

NEED_TOKENS = frozenset({"max_tokens", "bucket_by_length", "pack"})
"""Steps that must come after `count_tokens`, and are skipped with it where there is no tokenizer."""

CHANGE_TEXT = ("normalize", "redact")
"""Steps that exchange the text, and so come before all that judge it."""

ONCE = frozenset({"normalize", "redact", "count_tokens", "bucket_by_length", "pack"})

_TYPES = {
    object: "a string, a number or true or false",
    str: "a string",
    float: "a number",
    int: "a whole number",
    bool: "true or false",
    list: "a list of texts",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name in `STEPS` and the options that the recipe gives."""

    name: str
    options: dict[str, Option]


@dataclass(frozen=True, slots=True)
class Recipe:
    """Steps in their order, checked.

    Attributes:
        name: The built-in's name or the file as it was given.
        steps: What is done, in order.
    """

    name: str
    steps: tuple[Step, ...]

    @classmethod
    def of(cls, name: str, *steps: tuple[str, Mapping[str, Option | None]]) -> Recipe:
        """A recipe written in Python; options that are None are left to their defaults.

        Args:
            name: What error messages and the manifest call it.
            steps: Pairs of a step's name and its options.

        Examples:
            >>> Recipe.of("short", ("max_tokens", {"max_tokens": 9})).steps[0].options
            Traceback (most recent call last):
                ...
            ValueError: recipe short, step 1 (max_tokens): needs token counts; put a count_tokens step before
                it
        """
        given = [
            {"step": step, **{key: value for key, value in options.items() if value is not None}}
            for step, options in steps
        ]
        return _checked(name, {"steps": given})

    def as_dict(self) -> dict[str, Any]:
        """Name and steps as plain data."""
        return {"name": self.name, "steps": [{"step": step.name, **step.options} for step in self.steps]}


def built_in() -> list[str]:
    """The names of the built-in recipes."""
    files = resources.files("fastcurate").joinpath("recipes").iterdir()
    return sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml"))


def recipe_text(recipe: str | os.PathLike[str]) -> str:
    """A recipe as it is written, with its comments.

    Args:
        recipe: The name of a built-in recipe, or the path of a TOML file.

    Returns:
        The text of the file.

    Raises:
        FileNotFoundError: Neither a built-in recipe nor a file.
        ValueError: The file is not UTF-8.

    Examples:
        >>> "near_duplicate" in recipe_text("sft")
        True
    """
    if recipe in built_in():
        file = resources.files("fastcurate").joinpath("recipes", f"{recipe}.toml")
        return file.read_text(encoding="utf-8")
    try:
        return Path(recipe).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"recipe {recipe}: not UTF-8 text ({error.reason} at byte {error.start})") from None
    except FileNotFoundError:
        names = ", ".join(built_in())
        raise FileNotFoundError(
            f"recipe must be a built-in recipe ({names}) or the path of a TOML file, "
            f"got {os.fspath(recipe)!r}, which is neither; `fastcurate recipe sft` prints one to start from"
        ) from None


def load_recipe(
    recipe: str | os.PathLike[str] | Recipe, *, folders: Sequence[str | os.PathLike[str]] = ()
) -> Recipe:
    """Read and check a recipe.

    Args:
        recipe: The name of a built-in recipe, the path of a TOML file, or a recipe, which is returned as it
            is. The files that a TOML file names count from its own folder, and must be in it.
        folders: Other folders that a TOML file may read from.

    Returns:
        The recipe.

    Raises:
        FileNotFoundError: Neither a built-in recipe nor a file.
        ValueError: Not TOML, an unknown step or key, a missing one, a value that the step does not accept, or a path
            that leads out of the folders.
        TypeError: A value of the wrong type.

    Examples:
        >>> [step.name for step in load_recipe("sft").steps][:3]
        ['normalize', 'drop_null', 'drop_empty']
    """
    if isinstance(recipe, Recipe):
        return recipe
    if not isinstance(recipe, (str, os.PathLike)):
        raise TypeError(
            f"recipe must be a name, a path or a Recipe, got {recipe!r} ({type(recipe).__name__})"
        )
    name = os.fspath(recipe)
    text = recipe_text(recipe)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"recipe {name}: not TOML: {error}") from None
    if name not in built_in():
        from fastcurate.recipe_paths import with_paths_of

        content = with_paths_of(name, content, folders)
    return _checked(name, content)


def _checked(name: str, content: Mapping[str, Any]) -> Recipe:
    where = f"recipe {name}"
    for key in content:
        if key != "steps":
            raise ValueError(f"{where}: unknown key {key!r}; accepted at the top is only [[steps]]")
    given = content.get("steps", [])
    if not isinstance(given, list) or not all(isinstance(step, Mapping) for step in given):
        raise TypeError(f"{where}: steps must be a list of tables, each beginning with [[steps]]")
    if not given:
        raise ValueError(f"{where}: no steps; begin each with [[steps]] and step = one of {', '.join(STEPS)}")
    steps = tuple(_step(f"{where}, step {number}", step) for number, step in enumerate(given, start=1))
    _check_order(where, steps)
    return Recipe(name, steps)


def _step(where: str, given: Mapping[str, Any]) -> Step:
    if "step" not in given:
        raise ValueError(f"{where}: the key 'step' is missing; it is one of {', '.join(STEPS)}")
    name = given["step"]
    if not isinstance(name, str) or name not in STEPS:
        raise ValueError(f"{where}: step = {name!r} is not known; accepted are {', '.join(STEPS)}")
    where = f"{where} ({name})"
    accepted = STEPS[name] or _OWN_OPTIONS.get(name, dict)()
    options = {}
    for key, value in given.items():
        if key == "step":
            continue
        if key not in accepted:
            listed = ", ".join(accepted) or "none but step"
            raise ValueError(f"{where}: unknown key {key!r}; accepted are {listed}")
        options[key] = _typed(f"{where}: {key}", value, accepted[key])
    if (needed := REQUIRED.get(name)) is not None and needed not in options:
        raise ValueError(f"{where}: the key {needed!r} is missing")
    try:
        _TRY.get(name, _nothing)(options)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{where}: {error}") from None
    return Step(name, options)


def _typed(where: str, value: object, expected: type) -> Option:
    if expected is float and type(value) is int:
        return float(value)
    if expected is list and type(value) is str:
        return [value]
    if expected is object and isinstance(value, str | int | float | bool):
        return value
    if type(value) is not expected:
        raise TypeError(f"{where} must be {_TYPES[expected]}, got {value!r} ({type(value).__name__})")
    if isinstance(value, list) and not all(isinstance(item, str) for item in value):
        raise TypeError(f"{where} must be {_TYPES[expected]}, got {value!r}")
    return value  # type: ignore[return-value]


def _check_order(where: str, steps: tuple[Step, ...]) -> None:
    seen: dict[str, Step] = {}
    for number, step in enumerate(steps, start=1):
        here = f"{where}, step {number} ({step.name})"
        if step.name in NEED_TOKENS and "count_tokens" not in seen:
            raise ValueError(f"{here}: needs token counts; put a count_tokens step before it")
        if step.name in ONCE and step.name in seen:
            raise ValueError(f"{here}: can be done only once, and an earlier step does it")
        if step.name in CHANGE_TEXT and (before := [name for name in seen if name not in CHANGE_TEXT]):
            raise ValueError(f"{here}: comes after {before[0]}, which judges the text; put it before")
        planned = "pack" if "pack" in seen else "bucket_by_length" if "bucket_by_length" in seen else None
        if planned is not None and step.name not in ("pack", "bucket_by_length"):
            raise ValueError(f"{here}: comes after {planned}, which plans the rows that stay; put it before")
        if step.name == "pack" and "max_tokens" in seen and step.options.get("overflow", "error") == "error":
            longest, capacity = seen["max_tokens"].options["max_tokens"], step.options["capacity"]
            if longest > capacity:  # type: ignore[operator]
                raise ValueError(
                    f"{here}: capacity must be at least max_tokens, which is {longest}, got {capacity}; "
                    "or choose overflow = 'truncate' or 'drop'"
                )
        seen[step.name] = step


def _normalize_options() -> dict[str, type]:
    from fastcurate.cleaning import normalize

    parameters = inspect.signature(normalize).parameters.values()
    ours = {"threads", "progress", "changed"}
    names = [each.name for each in parameters if each.kind is each.KEYWORD_ONLY and each.name not in ours]
    return {name: object if name in {"max_blank_lines", "code"} else str for name in names}


def _try_normalize(options: dict[str, Any]) -> None:
    from fastcurate.cleaning import normalize

    normalize([], **options)


def _try_deduplicate(options: dict[str, Any]) -> None:
    import pyarrow as pa

    from fastcurate.dedup import deduplicate

    options = dict(options)
    nothing = pa.table({"text": pa.array([], pa.string())})
    keep = str(options.get("keep", "first"))
    if keep.startswith(("best:", "prefer:")):
        del options["keep"]  # needs the user's columns; checked where they are known
    options.pop("within", None)  # as above
    options.pop("signatures", None)
    if "against" in options:
        options["against"] = nothing  # the files are looked for when they are read
    for_chats = options.pop("threshold_messages", None)
    if options.get("target_rows") is not None and for_chats is not None:
        raise ValueError("target_rows chooses the threshold: give it or threshold_messages")
    deduplicate(nothing, on="text", **options)
    if for_chats is not None:
        try:
            deduplicate(nothing, on="text", **options | {"threshold": for_chats})
        except ValueError as error:
            raise ValueError(str(error).replace("threshold", "threshold_messages", 1)) from None


def _try_redact(options: dict[str, Any]) -> None:
    from fastcurate.redact import redact

    redact([], **options)


def _try_quality(options: dict[str, Any]) -> None:
    from fastcurate.rule import load_rules

    load_rules(options.get("rules", ["sft"]))


def _try_words(options: dict[str, Any]) -> None:
    from fastcurate.wordlist import lists_of

    lists_of(**options)


def _try_max_tokens(options: dict[str, Any]) -> None:
    if int(options["max_tokens"]) < 1:
        raise ValueError(f"max_tokens must be at least 1, got {options['max_tokens']}")


def _try_bucket_by_length(options: dict[str, Any]) -> None:
    import numpy as np

    from fastcurate.lengths import bucket_by_length

    bucket_by_length(np.array([1], dtype=np.int32), **options)


def _try_pack(options: dict[str, Any]) -> None:
    import numpy as np

    from fastcurate.lengths import pack

    if options.get("strategy", "bfd") != "bfd":
        raise ValueError(
            f"strategy must be 'bfd', got {options['strategy']!r}: the plan gives every row one pack; "
            "for strategies that split rows call fastcurate.pack on the plan's lengths"
        )
    # Columns are looked for in the data; here it matters only whether both are named.
    nothing: Any = np.array([], dtype=np.int32)
    given = {name: nothing if name in {"together", "apart"} else value for name, value in options.items()}
    pack(nothing, **given)


def _nothing(options: dict[str, Any]) -> None:
    """A step whose options have no values to check."""


_OWN_OPTIONS: dict[str, Callable[[], dict[str, type]]] = {"normalize": _normalize_options}
_TRY: dict[str, Callable[[dict[str, Any]], None]] = {
    "normalize": _try_normalize,
    "redact": _try_redact,
    "quality": _try_quality,
    "words": _try_words,
    "deduplicate": _try_deduplicate,
    "max_tokens": _try_max_tokens,
    "bucket_by_length": _try_bucket_by_length,
    "pack": _try_pack,
}
