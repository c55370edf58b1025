"""`normalize` and `repair_mojibake` beside what people use instead, one thread each.

Rivals: `unicodedata.normalize` and `re` row by row, and Polars' `str.normalize` and `str.replace_all`. Both
leave blank lines and fenced code alone: rows in which three blank lines meet, with carriage returns or with a fence
are left out. ftfy's `fix_encoding` is the rival for mojibake, on a sample of the rows. What was tried is in
docs/ledger/normalize.md.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import fastcurate as fc
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from benches.case import Case, clock, named
from benches.corpora import Corpora, sample, size
from benches.plain_python import CONTROLS, INNER, TRAILING, clean

MANY_BLANK_LINES = r"\A\n[ \t]*\n[ \t]*\n|\n[ \t]*\n[ \t]*\n[ \t]*\n|\r|```|~~~"
LINE = "A clean line of plain words, of the length that lines have.\n"


def texts(corpora: Corpora) -> Iterator[tuple[str, pa.StringArray]]:
    yield "clean ASCII, 1.2 kB", pa.array([LINE * 20 + "x"] * min(50_000, corpora.limit or 50_000))
    for name in corpora.named("alpaca_en_52k", "alpaca_zh", "raw_mixed_sample"):
        text = corpora.text(name)
        text = text.filter(pc.invert(pc.match_substring_regex(text, MANY_BLANK_LINES)))
        if name == "raw_mixed_sample":
            plain = pc.string_is_ascii(text)
            yield "raw_mixed, ASCII rows", text.filter(plain)
            yield "raw_mixed, other rows", text.filter(pc.invert(plain))
        else:
            yield name, text


def python(rows: list[str]) -> list[str]:
    return [clean(row) for row in rows]


def polars(rows: pl.Series) -> pl.Series:
    plain = rows.str.normalize("NFC").str.replace_all(CONTROLS, "").str.replace_all(TRAILING, "")
    return plain.str.replace_all(INNER, "$1 ")


def agree(text: pa.StringArray, answer: Iterable[str]) -> str:
    found = fc.normalize(text, threads=1).to_pylist()
    different = sum(a != b for a, b in zip(found, answer, strict=True))
    assert different <= len(text) // 1000, "the engines do different things"
    return f"all but {different} rows equal" if different else "all rows equal"


def cases(corpora: Corpora) -> Iterator[Case]:
    yield from mojibake(corpora)
    for name, text in texts(corpora):
        rows = text.to_pylist()
        yield case(name, text, "unicodedata and re", partial(python, rows))
        yield case(name, text, named("polars"), partial(polars, pl.Series(rows)))


def mojibake(corpora: Corpora) -> Iterator[Case]:
    try:
        from ftfy import fix_encoding
    except ImportError:
        return
    for name in corpora.named("raw_mixed_sample"):
        text = corpora.text(name)
        part = sample(text, 4_000_000)
        rows = part.to_pylist()

        def theirs(rows: list[str] = rows) -> list[str]:
            return [fix_encoding(row) for row in rows]

        def same(part: pa.StringArray = part, theirs: Callable[[], list[str]] = theirs) -> str:
            found = fc.repair_mojibake(part, threads=1).to_pylist()
            different = sum(a != b for a, b in zip(found, theirs(), strict=True))
            assert different <= max(1, len(part) // 200), f"{different} of {len(part)} rows differ"
            return f"all but {different} of {len(part)} rows equal"

        yield Case(
            "repair_mojibake",
            name,
            len(text),
            partial(fc.repair_mojibake, text, threads=1),
            named("ftfy"),
            theirs,
            same,
            size(text),
            size(part) / max(1, size(text)),
        )


def case(name: str, text: pa.StringArray, rival: str, theirs: Callable[[], Iterable[str]]) -> Case:
    return Case(
        "normalize",
        name,
        len(text),
        lambda: fc.normalize(text, threads=1),
        rival,
        theirs,
        lambda: agree(text, theirs()),
        size(text),
    )


def lines(corpora: Corpora) -> list[str]:
    """Throughput in processor time on the corpora as they are, preset sft, and of the repair of mojibake alone."""
    raw = {
        name: corpora.text(name) for name in corpora.named("alpaca_en_52k", "alpaca_zh", "raw_mixed_sample")
    }
    wanted = {
        "clean ASCII, 1.2 kB": pa.array([LINE * 20 + "x"] * min(50_000, corpora.limit or 50_000)),
        **raw,
    }
    for name, text in raw.items():
        if name == "raw_mixed_sample":
            wanted["raw_mixed, other rows"] = text.filter(pc.invert(pc.string_is_ascii(text)))
    sft = partial(fc.normalize, preset="sft", threads=1)
    jobs = [("normalize, preset sft", sft, name, text) for name, text in wanted.items()]
    repair = partial(fc.repair_mojibake, threads=1)
    jobs += [("repair_mojibake", repair, name, text) for name, text in raw.items()]
    found = []
    for what, job, name, text in jobs:
        spent = min(clock(partial(job, text)).cpu for _ in range(9))
        found.append(f"  {what}, {name}: {size(text) / spent / 1e9:.2f} GB a second of processor time")
    return found
