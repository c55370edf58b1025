"""Mojibake: known answers, every way to spoil a sentence and back, and text that is right."""

import codecs
from collections.abc import Iterator
from pathlib import Path

import fastcurate as fc
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

ENCODINGS = [
    "cp1252",
    "latin-1",
    "cp1251",
    "cp1250",
    "cp1253",
    "cp1254",
    "cp1257",
    "iso8859-2",
    "mac-roman",
    "cp437",
    "cp850",
    "koi8-r",
]
SENTENCES = {
    "French": "Là-bas, l’été déjà passé, le garçon naïf mangeait une crème brûlée à Noël.",
    "German": "Über größere Straßen läuft ein süßer Äffchen-Zoo – „schön“, oder?",
    "Spanish": "¿Dónde está el niño? ¡Mañana comerá piñas y jalapeños en el balcón!",
    "Portuguese": "A informação não está disponível: você já avançou até São João.",
    "Polish": "Zażółć gęślą jaźń; wąski łyk źródlanej wody, śnieg i chłód.",
    "Hungarian": "Árvíztűrő tükörfúrógép, őszi szőlő.",
    "Turkish": "Şişli’de ığdır çiçeği, güneş ve İstanbul’un ağaçları.",
    "Vietnamese": "Tiếng Việt rất đẹp, được nhiều người yêu thích.",
    "Russian": "Привет, мир! Съешь же ещё этих мягких французских булок, да выпей чаю.",
    "Ukrainian": "Їжак і ґава, щастя й мрії — це «все».",
    "Greek": "Καλημέρα κόσμε, τι κάνεις σήμερα;",
    "Hebrew": "שלום עולם, מה שלומך היום?",
    "Arabic": "مرحبا بالعالم، كيف حالك اليوم؟",
    "Hindi": "नमस्ते दुनिया, आप कैसे हैं?",
    "Thai": "สวัสดีชาวโลก สบายดีไหม",
    "Chinese": "你好，世界！今天天气很好。",
    "Japanese": "こんにちは、世界。元気ですか？",
    "Korean": "안녕하세요 세계, 잘 지내세요?",
    "emoji": "Great job 😀👍🏽 ❤️ and 🎉!",
    "quotes": "“Don’t”, she said — ‘it’s 5€’… • ™ © 2020",
    "symbols": "25 °C ± 2 µm, £5, §3, ½ cup, ×2 → ∞ ≤ ≥",
}
AMBIGUOUS = {
    ("iso8859-2", "French"),
    ("iso8859-2", "Spanish"),
    ("iso8859-2", "Portuguese"),
    ("iso8859-2", "symbols"),
}
"""Bytes that two encodings read as letters of equal right; nothing in the text says which one it was."""


def spoil(text: str, encoding: str) -> str:
    """UTF-8 read in another encoding; where that has no character, the control of the same number."""
    decode = codecs.getdecoder(encoding)
    out = []
    for byte in text.encode():
        try:
            out.append(decode(bytes([byte]))[0])
        except UnicodeDecodeError:
            out.append(chr(byte))
    return "".join(out)


def cases() -> Iterator[tuple[str, str, int]]:
    for encoding in ENCODINGS:
        for language in SENTENCES:
            if (encoding, language) not in AMBIGUOUS:
                yield from ((encoding, language, times) for times in (1, 2))


@pytest.mark.parametrize(("encoding", "language", "times"), list(cases()))
def test_a_spoilt_sentence_is_put_right(encoding: str, language: str, times: int) -> None:
    right = SENTENCES[language]
    spoilt = right
    for _ in range(times):
        spoilt = spoil(spoilt, encoding)
    assert spoilt != right
    assert fc.repair_mojibake([spoilt, right]).to_pylist() == [right, right]


@given(st.text(), st.sampled_from(ENCODINGS), st.integers(0, 2))
def test_it_comes_to_rest(text: str, encoding: str, times: int) -> None:
    for _ in range(times):
        text = spoil(text, encoding)
    once = fc.repair_mojibake([text])
    assert fc.repair_mojibake(once).equals(once)
    assert len(once[0].as_py()) <= len(text)


def test_nothing_else_changes() -> None:
    text = "a  b\r\n\x00e\u0301&amp; “x”\n\n\n\n\n"
    assert fc.repair_mojibake([text, None]).to_pylist() == [text, None]


def test_nested_mojibake_of_a_megabyte() -> None:
    text = "é" * 1000
    for _ in range(9):
        text = spoil(text, "latin-1")
    assert len(text) > 500_000
    assert fc.repair_mojibake([text]).to_pylist() == ["é" * 1000]


def test_right_text_of_many_languages_stays(data: Path) -> None:
    """Rows of the mixed sample in which nothing looks like mojibake to a reader stay as they are."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    rows = pq.read_table(data / "raw/raw_mixed_sample.parquet", columns=["text"])["text"]
    out = fc.repair_mojibake(rows).cast(rows.type)
    changed = rows.filter(pc.not_equal(rows, out)).to_pylist()
    signs = ("â€", "Ã¶", "Ã¼", "Ã©", "\x92", "\x93", "\x94", "\x96")
    assert [row for row in changed if not any(sign in row for sign in signs)] == []
    for name, column in (("alpaca_zh", "output"), ("alpaca_en_52k", "output")):
        text = pq.read_table(data / f"instruct/{name}.parquet", columns=[column])[column]
        assert fc.repair_mojibake(text).cast(text.type).equals(text), name
    assert isinstance(rows, pa.ChunkedArray)
