"""`quality`: known answers, the oracle, every layout, families, errors; rules and filters; peers' own filters."""

import sys
from math import isclose
from pathlib import Path
from typing import Any

import fastcurate as fc
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference.quality import quality

PIECES = [
    *["the", "The", "answer", "is", "42", "of", "and", "be", " ", "  ", "\n", "\n\n", "\t", "\r\n"],
    *[".", "...", "…", "!", "?", "- ", "• ", "# ", "## x", "1. ", "> ", "|a|b|", "```", "~~~"],
    *["def f():", "x = 1;", "import os", "<b>", "</p>", "<", ">", "{", "}", "[", "]", "(", ")"],
    *['{"a": [1, 2]}', "as an AI language model", "I'm sorry, but I can't", "privacy policy"],
    *["lorem ipsum", "JavaScript", "Äpfel", "naïve", "ΑΒΓ", "слово", "Слово", "中文", "。", "の"],
    *["ひらがな", "ไทย", "กำ", "한국어", "العربية", "עברית", "हिन्दी में", "e\u0301", "\u0301"],
    *["👍🏽", "½", "٣", "\u00a0", "\u3000", "a b c d e f ", "aaaa", "--------", "[1]", "[edit]"],
    *['"', "”", "\u2028", "\x00", "ß", "ǅ", "İ", "x" * 70, "word " * 12],
]
TEXTS = st.lists(
    st.sampled_from(PIECES) | st.text(st.characters(max_codepoint=127), max_size=9), max_size=40
).map("".join)
FAMILIES = sorted(
    {
        "length",
        "characters",
        "scripts",
        "words",
        "lines",
        "markup",
        "phrases",
        "stop_words",
        "repetition",
        "compression",
    }
)


def same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert isclose(found[name], value, rel_tol=1e-9, abs_tol=1e-9), (name, found[name], value)


@given(st.lists(st.none() | TEXTS, max_size=6), st.integers(1, 3))
def test_it_is_the_oracle(rows: list[str | None], threads: int) -> None:
    found = fc.quality(pa.array(rows, pa.string()), threads=threads).to_pylist()
    for row, text in zip(found, rows, strict=True):
        assert (row is None) == (text is None)
        if text is not None:
            same(row, quality(text))


def test_the_corpora(corpus: list[str | None]) -> None:
    found = fc.quality(pa.array(corpus, pa.string())).to_pylist()
    for row, text in zip(found, corpus, strict=True):
        if text is not None:
            same(row, quality(text))


@given(st.lists(TEXTS, max_size=3), st.lists(st.sampled_from(FAMILIES), min_size=1, unique=True))
def test_a_family_alone_measures_the_same(rows: list[str], families: list[str]) -> None:
    everything = fc.quality(rows).to_pylist()
    some = fc.quality(rows, families=families).to_pylist()
    assert some == [{name: row[name] for name in found} for row, found in zip(everything, some, strict=True)]


LAYOUTS = [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())]


@pytest.mark.parametrize("kind", LAYOUTS, ids=str)
def test_every_layout_and_chunking(kind: pa.DataType) -> None:
    rows = ["The answer is 42.", None, "", "a row that is longer than a view holds inline", "日本語"]
    array = pa.array(rows, pa.string()).cast(kind)
    expected = fc.quality(rows).to_pylist()
    for cut in range(6):
        chunked = pa.chunked_array([array.slice(0, cut), array.slice(cut)], kind)
        assert fc.quality(chunked).to_pylist() == expected
    assert fc.quality(array.slice(2)).to_pylist() == expected[2:]


def test_what_goes_in_comes_out() -> None:
    series = fc.quality(pl.Series("t", ["a b", None]), signals=["words", "json"])
    assert isinstance(series, pl.Series)
    assert (series.name, series.to_list()[0]) == ("t", {"words": 2, "json": False})
    chat = [[{"role": "user", "content": "a b"}, {"role": "assistant", "content": "c"}], None]
    assert fc.quality(chat, signals=["words"]).to_pylist() == [{"words": 3}, None]
    assert fc.quality([], signals=["words"]).to_pylist() == []


def test_signals_by_hand() -> None:
    found = fc.quality(["One. Two!\n\n- three…\n- three…"]).to_pylist()[0]
    expected = {"words": 4, "lines": 3, "paragraphs": 2, "sentences": 4, "bullet_line_fraction": 2 / 3}
    expected |= {"ellipsis_line_fraction": 2 / 3, "duplicate_line_fraction": 1 / 3, "word_entropy": 1.5}
    expected |= {"duplicate_line_character_fraction": 8 / 25, "terminal_line_fraction": 1 / 3}
    assert {name: found[name] for name in expected} == pytest.approx(expected)
    assert fc.quality(["x y x y z"], signals=["top_2_gram_character_fraction"]).to_pylist() == [
        {"top_2_gram_character_fraction": 0.8}
    ]


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match=r'^signals must be names of signals \(bytes, .*\), got "wrods"$'):
        fc.quality(["a"], signals=["wrods"])
    with pytest.raises(ValueError, match="families must be names of families .length, "):
        fc.quality(["a"], families=["size"])
    with pytest.raises(ValueError, match="at least one signal"):
        fc.quality(["a"], signals=[])
    with pytest.raises(TypeError, match="lists of names"):
        fc.quality(["a"], signals="words")
    with pytest.raises(TypeError, match="text"):
        fc.quality(pa.array([1]))


HOSTILE = [
    *["a " * 2_500_000, "e" + "\u0301" * 1_000_000, "(" * 2_000_000, "\n" * 2_000_000, "<a" * 1_000_000],
    *[". " * 1_000_000, "ab\n" * 800_000, "[[" * 500_000, "cannot " * 300_000, "中" * 700_000],
    *["x" * 10_000_000, "```\n" * 500_000],
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:8]))
def test_hostile_rows_end(text: str) -> None:
    # Quadratic time would take hours here, and pytest's watchdog two minutes.
    found = fc.quality([text], threads=1).to_pylist()[0]
    assert found["characters"] == len(text)
    assert 0 <= found["top_2_gram_character_fraction"] <= 1
    assert 0 < found["compression_ratio"] <= 1


def test_real_text(data: Path) -> None:
    import pyarrow.parquet as pq

    rows = pq.read_table(data / "raw/raw_mixed_sample.parquet", columns=["text"])["text"].to_pylist()[::160]
    short = [row[:1500] for row in rows]
    for found, text in zip(fc.quality(short).to_pylist(), short, strict=True):
        same(found, quality(text))


def test_the_numbers_of_edges() -> None:
    rows = [
        "a" * length + tail for length in (62, 63, 64, 65, 127, 128) for tail in ("", " ", ".", "中", "é b")
    ]
    for found, text in zip(fc.quality(rows).to_pylist(), rows, strict=True):
        same(found, quality(text))


def test_languages_are_those_of_the_texts() -> None:
    texts = [
        "The cat sat on the mat and looked out of the window at the rain.",
        "Der Hund läuft durch den Garten und bellt die Nachbarn an.",
        "Le chat dort sur le canapé pendant que la pluie tombe dehors.",
        "今天天气很好，我们一起去公园散步吧。",
    ]
    found = fc.quality([*texts, None, "", "12 + 30 = 42"], signals=["words"], language=True).to_pylist()
    assert [row["language"] for row in found[:4]] == ["en", "de", "fr", "zh"]
    assert all(0.5 < row["language_probability"] <= 1 for row in found[:4])
    assert found[4] is None
    assert found[5] == {"words": 0, "language": None, "language_probability": None}
    assert found[6] == {"words": 3, "language": None, "language_probability": None}


def test_the_language_of_a_conversation_is_that_of_its_turns() -> None:
    chat = [
        {"role": "system", "content": "You are a helpful assistant who answers in German at all times."},
        {"role": "user", "content": "Wie wird das Wetter morgen in Hamburg?"},
        {"role": "assistant", "content": "Morgen regnet es am Vormittag, am Nachmittag scheint die Sonne."},
    ]
    found = fc.quality(pa.array([chat]), signals=["words"], language=True).to_pylist()
    assert found[0]["language"] == "de"
    assert found[0]["words"] == 17


def test_without_its_library_the_language_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    from fastcurate import language

    monkeypatch.setitem(sys.modules, "py3langid.langid", None)
    language._identifier.cache_clear()
    with pytest.raises(ImportError, match=r"fastcurate\[language\]"):
        fc.quality(["text"], language=True)
