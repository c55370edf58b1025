"""`normalize`: known answers, the oracle, Unicode's own test, every layout, shared buffers, bad arguments."""

import itertools
import json
import sys
import unicodedata
from pathlib import Path
from typing import Any

import fastcurate as fc
import polars as pl
import pyarrow as pa
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from reference.normalize import DEFAULTS, normalize

CASES = [json.loads(line) for line in (ROOT / "tests/golden/normalize.jsonl").read_text().splitlines()]
FORMS = ["NFC", "NFD", "NFKC", "NFKD"]
ACTIONS = {
    "whitespace": "collapse",
    "controls": "remove",
    "line_ends": "lf",
    "zero_width": "remove",
    "bidi": "remove",
    "soft_hyphens": "remove",
    "byte_order_marks": "remove",
    "variation_selectors": "remove",
    "quotes": "ascii",
    "dashes": "ascii",
    "ellipses": "ascii",
    "full_width": "ascii",
    "spaces": "ascii",
    "trim": "both",
    "repeated_punctuation": "limit",
    "case": "fold",
    "accents": "remove",
    "entities": "decode",
}
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "form": st.sampled_from([*FORMS, "keep"]),
        "max_blank_lines": st.sampled_from(["0", "1", "2", "3", "keep"]),
        "code": st.sampled_from(["fenced", "False"]),
        **{option: st.sampled_from([action, "keep"]) for option, action in ACTIONS.items()},
    },
)
KNOWN = [chr(c) for c in range(sys.maxunicode + 1) if unicodedata.category(chr(c)) not in {"Cn", "Cs"}]
MEETING = [
    *[" ", "  ", "\t", "\n", "\r", "\r\n", "\n\n\n", "\x00", "\f", "\x7f", "\x85", "\xa0", "\xad", "\xa8"],
    *["\u200b", "\u200d", "\u200f", "\u2066", "\ufeff", "\ufe0f", "\U000e0100", "\u2019", "\u201e", "\u2014"],
    *["\u2212", "\ufe58", "\u2026", "\ufe19", "\uff0d", "\uff1c", "\u3000", "\u2028", "a", "e", "<", "A "],
    *[
        "\u0301",
        "\u0323",
        "\u0338",
        "\u0344",
        "\u034f",
        "\u1e69",
        "\u212b",
        "\u1100",
        "\u1161",
        "\u11a8",
        "가",
    ],
    *[
        "```",
        "```\n",
        "\n```",
        "\n~~~~ \n",
        "`",
        "\u1fef",
        "\uff40\uff40",
        "\uff5e\uff5e\uff5e\n",
        "!!!!!",
        ".....",
    ],
    *[
        "&amp;",
        "&#65;",
        "&",
        "lt;",
        "#96;",
        "&#x60;",
        "ß",
        "İ",
        "\u0345",
        "\u1f80",
        "ǰ",
        "É",
        "\r\x00\n",
        "\n \n\t\n",
    ],
    *["\u09c7", "\u09be", "\u05bc", "\ufb1d", "\u094d", "\ufdfa", "\U0002f800", "\U00020000", "\U0001d15e"],
]
TEXTS = st.lists(st.sampled_from(MEETING) | st.sampled_from(KNOWN), max_size=30).map("".join)
COLUMNS = st.lists(
    st.none() | TEXTS | st.just("a clean row that is longer than a view holds inline"), max_size=12
)


def expected(column: list[str | None], **options: str) -> list[str | None]:
    return [None if text is None else normalize(text, **options) for text in column]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_golden(case: dict[str, Any]) -> None:
    assert normalize(case["text"], **case["options"]) == case["expected"], "the oracle"
    out = fc.normalize([case["text"], case["expected"]], **case["options"])
    assert out.to_pylist() == [case["expected"], case["expected"]], case["comment"]


@given(COLUMNS, OPTIONS, st.integers(1, 3))
def test_it_is_the_oracle_and_idempotent(
    column: list[str | None], options: dict[str, Any], threads: int
) -> None:
    out = fc.normalize(pa.array(column, pa.string()), **options, threads=threads)
    assert out.to_pylist() == expected(column, **options)
    assert fc.normalize(out, **options).to_pylist() == out.to_pylist()


def test_every_character_alone_and_behind_a_letter() -> None:
    behind = [f"{c}a{c}e\u0323" for c in KNOWN]
    column: list[str | None] = ["".join(behind[first : first + 64]) for first in range(0, len(behind), 64)]
    everything: dict[str, Any] = {**ACTIONS, "form": "NFKC", "code": "False"}
    options: dict[str, Any]
    for options in ({}, *({"form": form} for form in FORMS), everything, {**everything, "form": "NFC"}):
        assert fc.normalize(column, **options).to_pylist() == expected(column, **options), options


def test_the_corpora(corpus: list[str | None]) -> None:
    out = fc.normalize(pa.array(corpus, pa.string()))
    assert out.to_pylist() == expected(corpus)


LAYOUTS = {
    "string": pa.string(),
    "large_string": pa.large_string(),
    "string_view": pa.string_view(),
    "dictionary": pa.dictionary(pa.int8(), pa.string()),
    "dictionary of large": pa.dictionary(pa.int32(), pa.large_string()),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@given(column=COLUMNS, cuts=st.lists(st.integers(0, 12), max_size=3), skip=st.integers(0, 3))
def test_every_layout_chunking_and_slice(
    layout: str, column: list[str | None], cuts: list[int], skip: int
) -> None:
    kind = LAYOUTS[layout]
    whole = pa.array(column, pa.string()).dictionary_encode() if "dict" in layout else pa.array(column, kind)
    whole = whole.cast(kind)
    edges = [0, *sorted(min(cut, len(column)) for cut in cuts), len(column)]
    pieces = [whole.slice(a, b - a) for a, b in itertools.pairwise(edges)]
    chunked = pa.chunked_array(pieces, kind).slice(skip)
    out = fc.normalize(chunked)
    assert out.to_pylist() == expected(column[skip:])
    assert out.type == (kind.value_type if pa.types.is_dictionary(kind) else kind)
    out.validate(full=True)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_a_chunk_in_which_no_row_changes_shares_its_buffers(kind: pa.DataType) -> None:
    clean = pa.array(["clean", None, "", "Ünïcode in NFC, 日本語, ไทย, हिन्दी and more\n\n  indented"], kind)
    loose = pa.array(["not  clean", None], kind)
    out = fc.normalize(pa.chunked_array([clean, loose]))
    assert addresses(out.chunk(0)) == addresses(clean)
    assert addresses(fc.normalize(clean)) == addresses(clean)
    assert addresses(fc.normalize(clean.slice(1, 3)))[2:] == addresses(clean)[2:]
    assert addresses(out.chunk(1)) != addresses(loose)


def addresses(array: pa.Array) -> list[int | None]:
    return [None if buffer is None else buffer.address for buffer in array.buffers()]


def test_what_goes_in_comes_out() -> None:
    series = fc.normalize(pl.Series("t", ["a  b", None]))
    assert series.to_list() == ["a b", None]
    assert (series.name, series.dtype) == ("t", pl.String)
    assert fc.normalize([]).to_pylist() == []
    empty = fc.normalize(pa.chunked_array([], pa.large_string()))
    assert (len(empty), empty.type) == (0, pa.large_string())
    assert fc.normalize(pa.nulls(2)).to_pylist() == [None, None]


@pytest.mark.parametrize("option", ["form", "mojibake", *ACTIONS])
def test_an_unknown_value_is_an_error_that_lists_the_known(option: str) -> None:
    odd: dict[str, Any] = {option: "odd"}
    with pytest.raises(ValueError, match=rf'^{option} must be one of .*"keep", got "odd"$'):
        fc.normalize(["a"], **odd)


def test_other_bad_arguments() -> None:
    with pytest.raises(TypeError, match="text"):
        fc.normalize(pa.array([1, 2]))
    with pytest.raises(ValueError, match="threads"):
        fc.normalize(["a"], threads=0)
    with pytest.raises(ValueError, match='^max_blank_lines must be a number of lines.*got "few"$'):
        fc.normalize(["a"], max_blank_lines="few")
    with pytest.raises(ValueError, match='^code must be one of "fenced", "True", "False", got "yes"$'):
        fc.normalize(["a"], code="yes")
    with pytest.raises(
        ValueError, match='^preset must be one of "sft", "web", "match", or None, got "best"$'
    ):
        fc.normalize(["a"], preset="best")


def test_hostile_rows() -> None:
    rows = [
        "a" + "\u0301" * 1_000_000,
        "\u0323\u0301" * 500_000,
        " \n" * 1_000_000,
        "x " * 5_000_000,
        "e\u0301" * 1_000_000,
        "\x00" * 1_000_000,
    ]
    out = fc.normalize(rows)
    assert fc.normalize(out).equals(out)
    assert out.to_pylist()[2:4] == ["\n\n", rows[3][:-1]]
    assert out.to_pylist()[4:] == ["é" * 1_000_000, ""]


def test_unicodes_own_normalization_test(data: Path) -> None:
    """Columns of NormalizationTest.txt: source, NFC, NFD, NFKC, NFKD; its header says which equals which."""
    columns: list[list[str]] = [[], [], [], [], []]
    for line in (data / "acceptance/ucd/NormalizationTest.txt").read_text("utf-8").splitlines():
        if line and line[0] not in "#@":
            for column, field in zip(columns, line.split(";"), strict=False):
                column.append("".join(chr(int(code, 16)) for code in field.split()))
    assert len(columns[0]) > 18_000
    _, nfc, nfd, nfkc, nfkd = columns
    for form, canonical, compatible in (
        ("NFC", nfc, nfkc),
        ("NFD", nfd, nfkd),
        ("NFKC", nfkc, nfkc),
        ("NFKD", nfkd, nfkd),
    ):
        for position, column in enumerate(columns):
            out = fc.normalize(column, form=form, whitespace="keep", controls="keep")
            assert out.to_pylist() == (canonical if position < 3 else compatible), (form, position)


def test_real_text(data: Path) -> None:
    """Real rows of many scripts against the oracle, but for those with characters newer than CPython's."""
    import pyarrow.parquet as pq

    rows = pq.read_table(data / "raw/raw_mixed_sample.parquet", columns=["text"])["text"].to_pylist()[::64]
    known = set(KNOWN)
    rows = [row for row in rows if known.issuperset(row)]
    assert len(rows) > 450
    everything: dict[str, Any] = {**DEFAULTS, **ACTIONS}
    options: dict[str, Any]
    for options in ({}, everything, {**everything, "form": "NFKD", "code": "False"}):
        assert fc.normalize(rows, **options).to_pylist() == expected(rows, **options)
