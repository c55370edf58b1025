"""Removed rows beside the rows that stand for them, as text and as HTML."""

import html
import re

import fastcurate as fc
import numpy as np
import polars as pl
import pytest
from fastcurate.cli import main
from fastcurate.examples import spread
from hypothesis import given
from hypothesis import strategies as st

TEXTS = [
    "one two three four",
    "ONE two three four!",
    "five six seven eight nine <b>ten",
    "five six seven eight nine <i>ten",
    None,
    "one two three five",
]


@given(st.lists(st.floats(0, 1), max_size=30), st.integers(0, 40))
def test_the_chosen_are_spread_from_the_lowest_on(values, limit):
    chosen = spread(np.array(values), limit).tolist()
    assert len(chosen) == len(set(chosen)) == min(limit, len(values))
    found = [values[at] for at in chosen]
    assert found == sorted(found)
    assert not found or found[0] == min(values)


def test_examples_tell_the_same_as_removed():
    d = fc.deduplicate({"text": TEXTS}, threshold=0.3)
    removed = {line["row"]: line for line in d.removed.to_pylist()}
    examples = d.examples(10)
    assert {each.row for each in examples} == set(removed) == {1, 3, 5}
    for each in examples:
        line = removed[each.row]
        assert (each.kept_row, each.similarity, each.reason) == (
            line["kept_row"],
            line["similarity"],
            line["reason"],
        )
        assert (each.removed, each.kept) == (TEXTS[each.row], TEXTS[each.kept_row])
        assert each.removed in str(each)
        assert each.kept in str(each)


def test_rows_of_against_are_shown_by_their_own_text():
    d = fc.deduplicate(
        pl.DataFrame({"text": ["new", "old one, again!"]}),
        against=pl.DataFrame({"text": ["x", "old one again"]}),
    )
    (only,) = d.examples()
    assert (only.row, only.kept_row, only.removed, only.kept) == (1, 1, "old one, again!", "old one again")


def test_conversations_show_all_their_turns():
    chat = [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": None},
    ]
    (only,) = fc.deduplicate({"messages": [chat, chat]}).examples()
    assert only.removed == only.kept == "be brief\nhi"


def test_curate_shows_what_came_in_and_not_what_went_for_its_own_sake():
    c = fc.curate({"prompt": ["say  it", "say it", "", "x"], "completion": ["yes  sir", "yes sir", "", "y"]})
    (only,) = c.examples()
    assert (only.row, only.kept_row, only.reason) == (1, 0, "exact_duplicate")
    assert (only.removed, only.kept) == ("say it\n\nyes sir", "say  it\n\nyes  sir")
    assert "say<mark>  </mark>it" in c._repr_html_()


def test_html_is_escaped_and_says_both_texts():
    shown = fc.deduplicate({"text": TEXTS}, threshold=0.3)._repr_html_()
    assert "<b>" not in shown
    cells = [
        html.unescape(re.sub(r"</?mark>", "", cell))
        for cell in re.findall(r"<td[^>]*>(.*?)</td>", shown, re.DOTALL)
    ]
    assert {TEXTS[2], TEXTS[3]} <= set(cells)
    assert "<mark>i</mark>" in shown


def test_nothing_to_show():
    assert repr(fc.deduplicate({"text": ["a", None]}).examples()) == "no row went for another"
    with pytest.raises(ValueError, match="limit must not be negative, got -1"):
        fc.deduplicate({"text": ["a", "a"]}).examples(-1)


def test_the_command_shows_them(tmp_path, capsys):
    source = tmp_path / "raw.jsonl"
    source.write_text('{"text": "one two three"}\n{"text": "One, two, three"}\n')
    assert main(["dedup", str(source), "-o", str(tmp_path / "out"), "--show", "3"]) == 0
    out = capsys.readouterr().out
    assert "row 1 went: near_duplicate of row 0, similarity 1.000" in out
    assert re.search(r"One, two, three +\| one two three\n", out)
