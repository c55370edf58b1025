"""Every example in a docstring and every Python block of the README runs as it stands, in an empty folder."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import fastcurate
import pytest
from conftest import ROOT

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


def test_readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks are one session: a later one may use the names and files of an earlier one."""
    blocks = re.findall(
        r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), flags=re.DOTALL | re.MULTILINE
    )
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for number, block in enumerate(blocks, start=1):
        exec(compile(block, f"README.md, Python block {number}", "exec"), names)
