"""The whole job on text that every machine has: the functions of Python's own standard library.

A function's source without its docstring becomes the prompt, its docstring the answer: some thousands of
rows, with true duplicates among them, since modules copy from each other. They are written to demo/raw.jsonl
and curated into demo/curated/. Run it with `make demo`, or with any Python that has fastcurate: `python
examples/stdlib_instructions.py`.
"""

from __future__ import annotations

import ast
import json
import platform
import sysconfig
import textwrap
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import fastcurate as fc
from fastcurate.terminal import Bar, table

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path("demo")
LEFT_OUT = {"site-packages", "dist-packages", "test", "tests", "idle_test", "__pycache__"}
"""Not the library itself, or missing from some installations."""


def functions(source: str) -> Iterator[tuple[str, str, str]]:
    """Name, source without docstring, and docstring of every function that has one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # old escapes in string literals
        tree = ast.parse(source)
    lines = source.split("\n")
    for node in ast.walk(tree):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        answer = ast.get_docstring(node)
        docstring = node.body[0]
        if not answer or docstring.lineno == node.lineno or len(node.body) == 1:
            continue
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
        kept = lines[first : docstring.lineno - 1] + lines[docstring.end_lineno : node.end_lineno]
        yield node.name, textwrap.dedent("\n".join(kept)), answer


def rows() -> Iterator[dict[str, str]]:
    """An instruction for every documented function of the standard library, in the order of file names."""
    library = Path(sysconfig.get_path("stdlib"))
    for file in sorted(library.rglob("*.py"), key=lambda path: path.as_posix()):
        place = file.relative_to(library)
        if LEFT_OUT.isdisjoint(place.parts):
            try:
                found = list(functions(file.read_text(encoding="utf-8")))
            except (SyntaxError, UnicodeDecodeError):  # some files are there to be wrong
                continue
            for name, prompt, answer in found:
                yield {"prompt": prompt, "completion": answer, "file": place.as_posix(), "function": name}


def main() -> None:
    """Make the rows, curate them, show what happened."""
    FOLDER.mkdir(exist_ok=True)
    raw = FOLDER / "raw.jsonl"
    with raw.open("w", encoding="utf-8") as file:
        count = sum(file.write(json.dumps(row, ensure_ascii=False) + "\n") > 0 for row in rows())
    print(f"{raw}: {count:,} functions of the standard library of Python {platform.python_version()}")
    print(f"$ fastcurate curate {raw} -o {FOLDER / 'curated'} --tokenizer gpt2 --overwrite\n")

    bar = Bar()
    curated = fc.curate(raw, tokenizer="gpt2", progress=bar)
    bar.clear()
    curated.save(FOLDER / "curated", overwrite=True)
    print(table(curated.summary()))
    print(f"written  {FOLDER / 'curated'}\n")

    # A near duplicate that is least alike, and one in the middle.
    print(curated.examples(2))


if __name__ == "__main__":
    main()
