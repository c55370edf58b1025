"""Every example in a docstring and every Python block of README and site runs as it stands, in an empty folder."""

import doctest
import importlib
import os
import pkgutil
import re
import shlex
import sys
from pathlib import Path

import fastcurate
import pytest
from conftest import ROOT
from fastcurate.cli import RUNS
from fastcurate.cli.parser import parser_of

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def _examples() -> list[doctest.DocTest]:
    modules = [info.name for info in pkgutil.walk_packages(fastcurate.__path__, "fastcurate.")]
    names = [name for name in ["fastcurate", *modules] if not name.endswith(".__main__")]
    loaded = [importlib.import_module(name) for name in names]
    tests = [test for module in loaded for test in doctest.DocTestFinder().find(module) if test.examples]
    return list({test.name: test for test in tests}.values())


@pytest.mark.parametrize("example", _examples(), ids=lambda test: test.name)
def test_docstring(example: doctest.DocTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said: list[str] = []
    failed, _ = doctest.DocTestRunner(optionflags=FLAGS).run(example, out=said.append)
    assert not failed, "".join(said)


PAGES = ["README.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))]
BLOCKS = {
    page: re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text(), flags=re.DOTALL | re.MULTILINE)
    for page in PAGES
}


ELSEWHERE = {"docs/cookbook/trl.md"}  # needs torch: tests/trainers runs it


@pytest.mark.parametrize(
    "page", [page for page, blocks in BLOCKS.items() if blocks and page not in ELSEWHERE]
)
def test_page(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks are one session: a later one may use the names and files of an earlier one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    names: dict[str, object] = {}
    for number, block in enumerate(BLOCKS[page], start=1):
        exec(compile(block, f"{page}, Python block {number}", "exec"), names)


COMMANDS = [
    (page, line.removeprefix("$ "))
    for page in PAGES
    for line in (ROOT / page).read_text().splitlines()
    if line.startswith("$ fastcurate ")
]


@pytest.mark.parametrize(("page", "command"), COMMANDS)
def test_a_command_line_is_one_that_the_parser_takes(page: str, command: str) -> None:
    parse = parser_of(RUNS).parse_args
    assert callable(parse(shlex.split(command.partition("#")[0])[1:]).run), page
