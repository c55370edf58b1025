"""Random frames through every expression, in a random context, against the column function on the same Series.

Types, nulls, chunks, slices, string views, categories, lists of texts, conversations, no rows at all. `make test` draws
some hundred frames; `--frames 10000 -o faulthandler_timeout=0` as many as asked, always from the same seeds. A failing
frame is named by its number: `--frames 1 --first-frame 4711` draws it alone.
"""

import random
from typing import Any

import fastcurate as fc
import fastcurate.polars as fp
import polars as pl
import pytest
from polars.testing import assert_series_equal
from strategies.engines import collected
from test_polars import EXPRESSIONS, expected

PIECES = [
    *(
        "a",
        "b",
        "cafe\u0301",
        "ÃƒÂ©",
        "日本",
        "語",
        "\u00ad",
        "👩\u200d👧",
        "\x00",
        "\ufeff",
        "  ",
        "\t",
        "\n",
        "“q”",
    ),
    *(
        "ann@example.org",
        "+44 20 7946 0958",
        "10.0.0.1",
        "8.8.8.8",
        "- item",
        "```",
        "word",
        "WORD",
        "1,234",
        ".",
    ),
    *("a text that is longer than the twelve bytes of a view", "x" * 40, "مرحبا", "ไทย", "\U0001f600"),
]
OF_CHATS = {
    "count_tokens": (
        lambda e: fp.count_tokens(e, tokenizer="gpt2"),
        lambda s: fc.count_tokens(s, tokenizer="gpt2"),
    ),
    "quality": (
        lambda e: fp.quality(e, families=["words", "length"]),
        lambda s: fc.quality(s, families=["words", "length"]),
    ),
    "find_words": (
        lambda e: fp.find_words(e, words=["a", "word"]),
        lambda s: fc.find_words(s, words=["a", "word"]),
    ),
    "truncate": (
        lambda e: fp.truncate(e, tokenizer="words", max_tokens=4, at="turn"),
        lambda s: fc.truncate(s, tokenizer="words", max_tokens=4, at="turn"),
    ),
}


def text(dice: random.Random) -> str | None:
    if dice.random() < 0.15:
        return None
    return dice.choice(["", " "]).join(dice.choices(PIECES, k=dice.choice([0, 1, 2, 5, 12])))


def turns(dice: random.Random) -> list[dict[str, str | None]] | None:
    if dice.random() < 0.15:
        return None
    roles = dice.choices(["system", "user", "assistant"], k=dice.choice([0, 1, 2, 5]))
    return [{"role": role, "content": text(dice)} for role in roles]


def in_pieces(dice: random.Random, series: pl.Series) -> pl.Series:
    """The same rows as a slice, a selection or a column of several chunks."""
    for _ in range(dice.randrange(3)):
        match dice.randrange(4):
            case 0:
                start = dice.randrange(len(series) + 1)
                series = series.slice(start, dice.randrange(len(series) + 1))
            case 1:
                at = [dice.randrange(len(series)) for _ in range(dice.randrange(12))] if len(series) else []
                series = series.gather(at)
            case 2:
                cut = dice.randrange(len(series) + 1)
                series = pl.concat([series[:cut], series[cut:], series[:0], series[:cut]], rechunk=False)
            case _:
                series = series.reverse()
    return series


def column(dice: random.Random, *, chats: bool) -> pl.Series:
    rows = dice.choice([0, 1, 2, 3, 8, 20])
    if chats:
        kind = pl.List(pl.Struct({"role": pl.String, "content": pl.String}))
        made = in_pieces(dice, pl.Series("text", [turns(dice) for _ in range(rows)], dtype=kind))
        return made.cast(kind)  # nothing but nulls in reverse are lists of nothing to Polars
    texts = [text(dice) for _ in range(rows)]
    if dice.random() < 0.05:
        texts = [None] * rows
    series = pl.Series("text", texts, dtype=pl.String)
    match dice.randrange(6):
        case 0:
            series = series.cast(pl.Categorical)
        case 1:
            series = series.cast(pl.Enum(series.drop_nulls().unique(maintain_order=True)))
        case 2:
            series = series.cast(pl.Categorical).cast(pl.String)
    return in_pieces(dice, series)


def in_context(
    dice: random.Random, series: pl.Series, expr: pl.Expr, wanted: pl.Series, *, contexts: int
) -> None:
    """Runs the expression somewhere, and compares with what the column function says.

    The column `plain` is that answer, for a look at what this Polars makes of it in the same place.
    """
    frame = series.to_frame().with_row_index("row").with_columns(wanted.alias("plain"))
    frame = frame.with_columns(
        flag=pl.Series([dice.random() < 0.5 for _ in range(frame.height)], dtype=pl.Boolean)
    )
    lazy, expr = frame.lazy(), expr.alias("out")
    wanted = wanted.alias("out")
    match dice.randrange(contexts):
        case 0:
            answer = frame.select(expr)["out"]
        case 1:
            answer = collected(lazy.select(expr), "in-memory")["out"]
        case 2:
            answer = collected(lazy.select(expr), "streaming")["out"]
        case 3:
            answer = lazy.with_columns(expr).filter("flag").collect()["out"]
            wanted = wanted.filter(frame["flag"])
        case 4:
            answer = frame.select(pl.when("flag").then(expr).otherwise(None).alias("out"))["out"]
            wanted = frame.select(pl.when("flag").then(wanted).otherwise(None).alias("out"))["out"]
        case 5:
            groups = frame.group_by("flag", maintain_order=True).agg("row", expr)
            parts = [groups["out"][place] for place in range(groups.height)]
            rows = [row for group in groups["row"].to_list() for row in group]
            answer = pl.concat(parts) if parts else groups["out"].explode()
            wanted = wanted.gather(rows)
            answer = answer.alias("out")
        case _:
            answer = frame.select(expr.over("flag", mapping_strategy="group_to_rows"))["out"]
    assert_series_equal(answer, wanted)


OLD = not hasattr(pl, "dtype_of")
"""A Polars that fails here and there by itself: 1.0 at an empty column of arrays in groups."""


def of_a_plain_column(state: Any, series: pl.Series, wanted: pl.Series, *, contexts: int) -> bool:
    """Whether this Polars has the right answer where the values stand there already, without us."""
    dice = random.Random()
    dice.setstate(state)
    try:
        in_context(dice, series, pl.col("plain"), wanted, contexts=contexts)
    except BaseException as error:  # a panic is no Exception
        if type(error).__name__ not in {
            "PanicException",
            "AssertionError",
            "InvalidOperationError",
            "ComputeError",
        }:
            raise
        return False
    return True


def test_random_frames(request: pytest.FixtureRequest) -> None:
    first, count = request.config.getoption("--first-frame"), request.config.getoption("--frames")
    for number in range(first, first + count):
        dice = random.Random(number)
        chats = dice.random() < 0.25
        series = column(dice, chats=chats)
        for name, (build, function) in (OF_CHATS if chats else EXPRESSIONS).items():
            wanted = expected(function, series)
            schema = series.to_frame().lazy().select(build(pl.col("text"))).collect_schema()
            state = dice.getstate()
            try:
                assert schema == {"text": wanted.dtype}
                # These look at the column in reverse, and a group would turn round by itself.
                contexts = 5 if name.endswith("similarity") else 7
                in_context(dice, series, build(pl.col("text")), wanted, contexts=contexts)
            except BaseException as error:
                if OLD and not of_a_plain_column(state, series, wanted, contexts=contexts):
                    continue
                error.add_note(f"frame {number}, {name}, of {series!r}")
                raise


def test_columns_in_lists() -> None:
    """Every expression on the elements of a column of lists."""
    dice = random.Random(7)
    rows = [[text(dice) for _ in range(dice.randrange(4))] for _ in range(40)]
    frame = pl.DataFrame({"texts": [*rows, None, []]}, schema={"texts": pl.List(pl.String)})
    flat = (
        frame["texts"]
        .explode()
        .slice(0, 0)
        .append(pl.Series([t for row in rows for t in row], dtype=pl.String))
    )
    for name, (build, function) in EXPRESSIONS.items():
        if not name.endswith("similarity"):  # which turn the elements round
            answer = frame.select(pl.col("texts").list.eval(build(pl.element())))["texts"]
            assert answer.list.len().to_list() == frame["texts"].list.len().to_list()
            inner = answer.filter(answer.list.len() > 0).explode()
            assert_series_equal(inner, expected(function, flat), check_names=False)
