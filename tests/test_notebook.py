"""The bar of a job in a notebook: one output that changes, without IPython as a dependency."""

import sys
from types import ModuleType, SimpleNamespace

import fastcurate as fc
import pytest
from fastcurate import notebook
from fastcurate.terminal import Bar


class Output:
    """IPython's `display`, and the handle that it gives."""

    def __init__(self):
        self.shown, self.calls = [], 0

    def __call__(self, thing, *, display_id):
        assert display_id is True
        self.calls += 1
        self.update(thing)
        return self

    def update(self, thing):
        self.shown.append((repr(thing), thing._repr_html_()))


@pytest.fixture
def output(monkeypatch):
    """A notebook, as far as anybody can tell."""
    output = Output()
    ipython, display = ModuleType("IPython"), ModuleType("IPython.display")
    ipython.get_ipython = lambda: SimpleNamespace(kernel=object())
    display.display = output
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    return output


def test_one_output_is_drawn_anew():
    output = Output()
    ticks = iter([0.0, 0.0, 0.0, 1.0, 1.0, 1.1, 1.1, 2.0, 2.0])
    bar = notebook.NotebookBar(output, clock=lambda: next(ticks))
    for done in (0, 50, 60, 100):
        bar("scan", done, 100)
    assert output.calls == 1
    texts, pages = zip(*output.shown, strict=True)
    assert len(texts) == 3, "what came 0.1 s after the last drawing is not drawn"
    assert texts[1].startswith("[############------------] reading and judging 50/100 rows, 1 s, about ")
    assert pages[-1].startswith('<progress max="1" value="1.0000"></progress> reading and judging 100/100')


def test_true_shows_it_where_there_is_a_notebook(output, tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "a b c"}\n' * 50)
    fc.curate(path, work=tmp_path / "work", progress=True)
    assert output.calls == 1
    said = " ".join(text for text, _ in output.shown)
    assert "reading and judging 50/50 rows" in said


def test_without_a_notebook_it_is_the_bar_of_the_terminal(monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert type(notebook.shown()) is Bar
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    assert type(notebook.shown()) is Bar
    fc.curate({"text": ["a", "a"]}, progress=True)
    fc.curate({"text": ["a", "a"]}, progress=False)
    assert capsys.readouterr() == ("", "")
