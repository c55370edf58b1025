"""`redact`: planted data and near-misses, spans, pseudonyms, shared buffers, every layout, hostile text, bad
arguments."""

import json
import random
import re
from typing import Any

import fastcurate as fc
import polars as pl
import pyarrow as pa
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from reference.redact import PLANTED, iban, luhn

CASES = [json.loads(line) for line in (ROOT / "tests/golden/redact.jsonl").read_text("utf-8").splitlines()]
EVERYTHING = ["email", "url", "ip", "private_ip", "phone", "iban", "card", "secret"]
FILL = ["The cat sat.", "中文 文本", "in 1999,", "x = y + 2", "\n", "é", "a-b", "(see)", "3.14", "No. 7"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_golden(case: dict[str, Any]) -> None:
    assert fc.redact([case["text"]]).to_pylist() == [case["expected"]]


@given(
    st.lists(
        st.sampled_from(FILL) | st.sampled_from(sorted(PLANTED)).map(lambda kind: f"\0{kind}"), max_size=20
    ),
    st.randoms(),
)
def test_planted_data_is_found_where_it_is(pieces: list[str], rng: random.Random) -> None:
    text, expected = "", []
    for piece in pieces:
        planted = PLANTED[piece[1:]](rng) if piece[0] == "\0" else None
        if planted is not None:
            expected.append((len(text), len(text) + len(planted), piece[1:]))
        text += (planted or piece) + " ; "
    found = fc.find_personal_data([text], kinds=EVERYTHING).spans.to_pylist()
    assert [(span["start"], span["end"], span["kind"]) for span in found] == expected


@given(st.lists(st.none() | st.text(max_size=40), max_size=8), st.integers(1, 3))
def test_spans_rebuild_the_text(rows: list[str | None], threads: int) -> None:
    planted = [None if row is None else f"{row} a@b.org {row}" for row in rows]
    found = fc.find_personal_data(pa.array(planted, pa.string()), kinds=EVERYTHING, threads=threads)
    out = list(planted)
    for span in reversed(found.spans.to_pylist()):
        text = out[span["row"]]
        assert text is not None
        out[span["row"]] = text[: span["start"]] + span["replacement"] + text[span["end"] :]
    assert found.text.to_pylist() == out


def test_check_digits_decide() -> None:
    rng = random.Random(5)
    for make, kind in ((luhn, "card"), (iban, "iban")):
        right = [make(rng) for _ in range(50)]
        wrong = [text[:-1] + str((int(text[-1]) + 1) % 10) for text in right]
        assert set(fc.redact(right).to_pylist()) == {f"[{kind.upper()}]"}
        assert fc.redact(wrong, kinds=[kind]).to_pylist() == wrong


def test_pseudonyms_are_consistent_and_seeded() -> None:
    rows = ["a@b.org c@d.org", "a@b.org"]
    one = fc.redact(rows, replace="pseudonym", seed=1).to_pylist()
    first, second = one[0].split()
    assert first == one[1] != second
    assert re.fullmatch(r"\[EMAIL_[0-9a-f]{8}\]", first)
    assert fc.redact(rows, replace="pseudonym", seed=1).to_pylist() == one
    assert fc.redact(rows, replace="pseudonym", seed=2).to_pylist() != one


def test_own_patterns_and_kinds() -> None:
    text = ["see https://example.org/a_(b), AB-1234 and a@b.org."]
    patterns = {"ticket": "[A-Z]{2}-[0-9]{4}"}
    assert fc.redact(text, patterns=patterns).to_pylist() == [
        "see https://example.org/a_(b), [TICKET] and [EMAIL]."
    ]
    assert fc.redact(text, kinds=["url"]).to_pylist() == ["see [URL], AB-1234 and a@b.org."]
    assert fc.redact(["10.0.0.1 fe80::1"], kinds=["private_ip"]).to_pylist() == ["[PRIVATE_IP] [PRIVATE_IP]"]
    assert fc.find_personal_data(text, patterns=patterns).counts == {"ticket": 1, "email": 1}


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())], ids=str
)
def test_layouts_and_shared_buffers(kind: pa.DataType) -> None:
    clean = pa.array(["nothing here, in a row longer than a view", None, "12"], pa.string()).cast(kind)
    dirty = pa.array(["a@b.org and a text that is longer than a view", None, "clean"], pa.string()).cast(kind)
    out = fc.redact(pa.chunked_array([clean, dirty.slice(0, 2), dirty.slice(2)], kind))
    assert out.to_pylist() == [
        *clean.to_pylist(),
        "[EMAIL] and a text that is longer than a view",
        None,
        "clean",
    ]
    same = fc.redact(clean)
    assert same.type == kind
    assert [b and b.address for b in same.buffers()] == [b and b.address for b in clean.buffers()]


def test_what_goes_in_comes_out() -> None:
    out = fc.redact(pl.Series("t", ["a@b.org", None]))
    assert isinstance(out, pl.Series)
    assert (out.name, out.to_list()) == ("t", ["[EMAIL]", None])
    assert fc.redact([]).to_pylist() == []
    assert fc.redact(pa.nulls(2)).to_pylist() == [None, None]


@pytest.mark.parametrize(
    "piece",
    [
        "@",
        "a@",
        "1.",
        "1",
        "1 ",
        "::",
        "a:",
        "+1 ",
        "(",
        "http://",
        "-----BEGIN ",
        "eyJ",
        "eyJ.",
        "DE",
        "sk-",
        "4111 ",
    ],
)
def test_hostile_text_ends(piece: str) -> None:
    # Quadratic time would take hours here, and pytest's watchdog two minutes.
    text = piece * (2_000_000 // len(piece))
    found = fc.find_personal_data([text], kinds=EVERYTHING, threads=1)
    spans = found.spans.to_pylist()
    assert len(found.text.to_pylist()[0]) == len(text) + sum(
        len(span["replacement"]) - (span["end"] - span["start"]) for span in spans
    )


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match=r'^kinds must be names of kinds \(email, .*secret\), got "mail"$'):
        fc.redact(["a"], kinds=["mail"])
    with pytest.raises(TypeError, match="kinds must be a list"):
        fc.redact(["a"], kinds="email")
    with pytest.raises(ValueError, match="replace must be 'label' or 'pseudonym'"):
        fc.redact(["a"], replace="stars")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'x' is not one|\"x\" is not one"):
        fc.redact(["a"], patterns={"x": "("})
    with pytest.raises(ValueError, match="matches the empty text"):
        fc.redact(["a"], patterns={"x": "a*"})
    with pytest.raises(ValueError, match="names of their own"):
        fc.redact(["a"], patterns={"email": "a"})
    with pytest.raises(ValueError, match="seed"):
        fc.redact(["a"], seed=-1)
    with pytest.raises(TypeError, match="text"):
        fc.redact(pa.array([1]))
