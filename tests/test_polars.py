"""Expressions answer what the column functions answer, in every engine and context; wrong ones never reach a run."""

import io
import itertools
import json
import re
import subprocess
import sys

import fastcurate as fc
import fastcurate.polars as fp
import polars as pl
import pytest
from fastcurate.polars import plugin
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_series_equal
from strategies.engines import collected

TEXTS = ["Cafe\u0301  au lait ", None, "", "a b c d", "日本語", "x" * 40, "a b c d", "a\x00b", "cafÃ©"]
EXPRESSIONS = {
    "normalize": (lambda e: e.fc.normalize(), fc.normalize),
    "normalize nfkc": (
        lambda e: e.fc.normalize(form="NFKC", quotes="ascii"),
        lambda s: fc.normalize(s, form="NFKC", quotes="ascii"),
    ),
    "normalize preset": (
        lambda e: e.fc.normalize(preset="web", case="fold"),
        lambda s: fc.normalize(s, preset="web", case="fold"),
    ),
    "repair_mojibake": (lambda e: e.fc.repair_mojibake(), fc.repair_mojibake),
    "fingerprint": (lambda e: e.fc.fingerprint(), fc.fingerprint),
    "minhash": (lambda e: e.fc.minhash(num_perm=8), lambda s: fc.minhash(s, num_perm=8)),
    "minhash seed": (
        lambda e: e.fc.minhash(num_perm=3, shingle="char:2", seed=2**64 - 1),
        lambda s: fc.minhash(s, num_perm=3, shingle="char:2", seed=2**64 - 1),
    ),
    "simhash": (lambda e: e.fc.simhash(shingle="char:3"), lambda s: fc.simhash(s, shingle="char:3")),
    "similarity": (
        lambda e: e.fc.similarity(e.reverse(), shingle="word:1"),
        lambda s: fc.similarity(s, s.reverse(), shingle="word:1"),
    ),
    "minhash_similarity": (
        lambda e: e.fc.minhash(num_perm=8).fc.minhash_similarity(e.reverse().fc.minhash(num_perm=8)),
        lambda s: fc.minhash_similarity(fc.minhash(s, num_perm=8), fc.minhash(s.reverse(), num_perm=8)),
    ),
    "count_tokens": (
        lambda e: e.fc.count_tokens(tokenizer="gpt2"),
        lambda s: fc.count_tokens(s, tokenizer="gpt2"),
    ),
    "truncate": (
        lambda e: e.fc.truncate(tokenizer="bytes", max_tokens=6, at="word"),
        lambda s: fc.truncate(s, tokenizer="bytes", max_tokens=6, at="word"),
    ),
    "quality": (lambda e: e.fc.quality(), fc.quality),
    "quality signals": (
        lambda e: e.fc.quality(signals=["digit_fraction", "words"]),
        lambda s: fc.quality(s, signals=["digit_fraction", "words"]),
    ),
    "redact": (lambda e: e.fc.redact(), fc.redact),
    "redact own": (
        lambda e: e.fc.redact(kinds=[], patterns={"a": "[a-c] [a-z]"}, replace="pseudonym", seed=2**64 - 1),
        lambda s: fc.redact(s, kinds=[], patterns={"a": "[a-c] [a-z]"}, replace="pseudonym", seed=2**64 - 1),
    ),
    "find_personal_data": (
        lambda e: e.fc.find_personal_data(patterns={"a": "a"}),
        lambda s: finds(s, patterns={"a": "a"}),
    ),
    "find_words": (
        lambda e: e.fc.find_words(words=["a", re.compile("[cx]"), "日"]),
        lambda s: fc.find_words(s, words=["a", re.compile("[cx]"), "日"]),
    ),
}
CHATS = [
    [{"role": "user", "content": "How much is it?"}, {"role": "assistant", "content": "Nothing."}],
    None,
    [],
    [{"role": "user", "content": None}],
]


def finds(series, **options):
    """The spans of `find_personal_data` by row."""
    spans = fc.find_personal_data(series, **options).spans
    table = pl.from_arrow(spans).with_columns(pl.col("kind", "replacement").cast(pl.String))
    lists = table.group_by("row").agg(find=pl.struct("start", "end", "kind", "replacement"))
    rows = pl.DataFrame(
        {"row": range(len(series)), "null": series.is_null()}, schema_overrides={"row": pl.Int64}
    )
    found = rows.join(lists, on="row", how="left").sort("row")
    empty = pl.Series([[]], dtype=lists["find"].dtype)
    return found.select(pl.when(~pl.col("null")).then(pl.coalesce("find", empty)))["find"]


@pytest.fixture(params=list(EXPRESSIONS))
def expression(request):
    return EXPRESSIONS[request.param]


def expected(function, series: pl.Series) -> pl.Series:
    answer: pl.Series = function(series)
    if isinstance(answer.dtype, pl.Categorical | pl.Enum):  # a column without finds is given back as it is
        answer = answer.cast(pl.String)
    return answer.alias(series.name)


def frame_of(texts, pieces=(), *, dtype=pl.String):
    """A frame whose column `text` has a chunk for each piece."""
    series = pl.Series("text", texts, dtype=pl.String).cast(dtype)
    if not pieces:
        return series.to_frame()
    ends = sorted({0, len(texts), *(piece % (len(texts) + 1) for piece in pieces)})
    parts = [series[start:end].to_frame() for start, end in itertools.pairwise(ends)]
    return pl.concat(parts, rechunk=False) if parts else series.to_frame()


def test_there_is_an_expression_for_every_column_function(expression):
    tested = {name.split()[0] for name in EXPRESSIONS}
    assert tested == set(fp.__all__) - {"Expressions"}
    beside = {"normalize", "repair_mojibake", "truncate", "quality", "redact"}
    assert tested == set(fc.columns.__all__) | beside | {"find_personal_data", "find_words"}
    for name in tested:
        assert getattr(fp.Expressions, name).__doc__
        assert getattr(fp, name).__doc__


def test_every_corpus(expression, corpus):
    build, function = expression
    frame = frame_of(corpus)
    assert_series_equal(frame.select(build(pl.col("text")))["text"], expected(function, frame["text"]))


def test_the_language_is_a_field_of_quality():
    pytest.importorskip("py3langid")
    texts = pl.Series("text", ["Das ist ein deutscher Satz.", None, "This is an English sentence.", "12"])
    wanted = fc.quality(texts, signals=["words"], language=True)
    plan = texts.to_frame().lazy().select(pl.col("text").fc.quality(signals=["words"], language=True))
    assert plan.collect_schema() == {"text": wanted.dtype}
    assert_series_equal(plan.collect()["text"], wanted)
    assert wanted.struct.field("language").to_list() == ["de", None, "en", None]


@given(
    texts=st.lists(st.none() | st.text(max_size=20) | st.sampled_from(TEXTS), max_size=30),
    pieces=st.lists(st.integers(0, 30), max_size=4),
    name=st.sampled_from(list(EXPRESSIONS)),
    engine=st.sampled_from(["eager", "in-memory", "streaming"]),
    dtype=st.sampled_from([pl.String, pl.Categorical]),
)
def test_random_frames(texts, pieces, name, engine, dtype):
    build, function = EXPRESSIONS[name]
    frame = frame_of(texts, pieces, dtype=dtype).slice(len(pieces), len(texts) // 2 + 1)
    expr = build(pl.col("text"))
    answer = frame.select(expr) if engine == "eager" else collected(frame.lazy().select(expr), engine)
    assert_series_equal(answer["text"], expected(function, frame["text"]))


def test_the_schema_is_known_before_the_run(expression):
    build, function = expression
    plan = frame_of(TEXTS).lazy().select(build(pl.col("text")))
    assert plan.collect_schema() == plan.collect().schema
    assert plan.collect_schema()["text"] == function(pl.Series(TEXTS)).dtype


def test_no_rows_and_nothing_but_nulls(expression):
    build, function = expression
    for frame in (frame_of([]), frame_of([None, None]), pl.DataFrame({"text": [None, None]})):
        answer = frame.select(build(pl.col("text")))["text"]
        assert len(answer) == answer.null_count() == frame.height
        assert answer.dtype == function(frame["text"].cast(pl.String)).dtype


def test_enum_columns(expression):
    build, function = expression
    words = ["a b", "c", "a b", None]
    frame = frame_of(words, dtype=pl.Enum(["c", "a b"]))
    assert_series_equal(
        frame.select(build(pl.col("text")))["text"], expected(function, pl.Series("text", words))
    )


def test_contexts():
    frame = frame_of(TEXTS).with_columns(group=pl.Series([0, 1, 0, 1, 0, 1, 0, 1, 0]))
    counts = fc.count_tokens(frame["text"], tokenizer="gpt2")
    count = pl.col("text").fc.count_tokens(tokenizer="gpt2")
    grouped = frame.group_by("group", maintain_order=True).agg(count.sum().alias("sum"), count.alias("all"))
    assert grouped["sum"].to_list() == [counts[::2].sum(), counts[1::2].sum()]
    assert grouped["all"].to_list() == [counts[::2].to_list(), counts[1::2].to_list()]
    over = frame.select(count.max().over("group"))["text"].to_list()
    assert over == [counts[::2].max(), counts[1::2].max()] * 4 + [counts[::2].max()]
    chosen = frame.select(pl.when(pl.col("group") == 0).then(count).otherwise(-1).alias("n"))["n"]
    assert chosen.to_list() == [n if i % 2 == 0 else -1 for i, n in enumerate(counts.to_list())]
    assert frame.lazy().filter(count > 3).collect().height == counts.filter(counts > 3).len()
    assert frame.sort(count, nulls_last=True)["text"].to_list()[-1] is None
    nested = pl.DataFrame({"texts": [["a b", "c"], [], None]})
    lengths = nested.select(pl.col("texts").list.eval(pl.element().fc.count_tokens(tokenizer="words")))
    assert lengths["texts"].to_list() == [[2, 1], [], None]


def test_large_columns_wake_the_pool(expression):
    build, function = expression
    frame = frame_of([f"{text} {row}" for row in range(10_000) for text in ("a b", "Ünïcode   ")])
    assert_series_equal(frame.select(build(pl.col("text")))["text"], expected(function, frame["text"]))


def test_chats():
    frame = pl.DataFrame({"messages": CHATS})
    answer = frame.lazy().select(fp.count_tokens("messages", tokenizer="gpt2")).collect()["messages"]
    assert (
        answer.to_list() == fc.count_tokens(frame["messages"], tokenizer="gpt2").to_list() == [7, None, 0, 0]
    )


def test_a_literal_stands_for_every_row():
    frame = frame_of(["a b c d", "b c d e", None])
    assert frame.select(fp.similarity("text", pl.lit("a b c d")))["text"].to_list() == [1.0, 1 / 3, None]
    assert frame.select(fp.similarity(pl.lit("a b c d"), "text"))["literal"].to_list() == [1.0, 1 / 3, None]


def test_names_and_expressions_are_the_same():
    frame = frame_of(TEXTS)
    for name in ("fingerprint", "simhash", "normalize"):
        function = getattr(fp, name)
        assert frame.select(function("text")).equals(frame.select(function(pl.col("text"))))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: fp.normalize(pl.lit(3)), "text must be a column of strings.*got a column of Int32"),
        (lambda: fp.normalize("text", form="NFX"), 'form must be .*"NFX"'),
        (lambda: fp.minhash("text", shingle="line:1"), 'shingle must be .*got "line:1"'),
        (lambda: fp.minhash("text", num_perm=0), "num_perm must be from 1 to 65536, got 0"),
        (lambda: fp.minhash("text", seed=-1), "invalid value: integer `-1`, expected u64"),
        (lambda: fp.minhash_similarity("text", "text"), "sig_a must be a column of fixed_size_list<uint32>"),
    ],
)
def test_what_is_wrong_is_an_error_of_the_plan(build, message):
    with pytest.raises(pl.exceptions.ComputeError, match=message):
        frame_of(TEXTS).lazy().select(build()).collect_schema()


def test_unknown_options_and_tokenizers_are_errors_at_once():
    with pytest.raises(TypeError, match="normalize has no option 'fom'; it has entities"):
        fp.normalize("text", fom="NFC")
    with pytest.raises(FileNotFoundError):
        fp.count_tokens("text", tokenizer="no such file")


def test_a_plan_travels_within_the_process():
    plan = frame_of(TEXTS).lazy().select(fp.count_tokens("text", tokenizer="gpt2"))
    again = pl.LazyFrame.deserialize(io.BytesIO(plan.serialize()))
    assert again.collect().equals(plan.collect())


def test_an_unknown_tokenizer_says_what_to_do():
    unknown = plugin.plugin("count_tokens", ["text"], {"tokenizer": "json:0", "add_special_tokens": False})
    with pytest.raises(pl.exceptions.ComputeError, match="build the expression here"):
        frame_of(TEXTS).select(unknown)


def test_hostile_arguments_do_not_take_the_interpreter_down():
    frame = frame_of(TEXTS)
    calls = ({"kernel": "no such kernel"}, {}, {"kernel": 3}, {"kernel": "minhash", "num_perm": -1})
    for kwargs in (
        *({"json": json.dumps(call)} for call in calls),
        {"json": 1},
        {"jso": "{}"},
        {},
        {"json": "{"},
    ):
        expr = pl.plugins.register_plugin_function(
            plugin_path=fc._core.__file__, function_name="fastcurate", args=["text"], kwargs=kwargs
        )
        with pytest.raises(pl.exceptions.ComputeError, match="arguments of the expression cannot be read"):
            frame.select(expr)
    three = plugin.plugin("similarity", ["text", "text", "text"], {"shingle": "word:3"})
    with pytest.raises(pl.exceptions.ComputeError, match="one column or two, got 3"):
        frame.select(three)


def test_without_the_plugin_the_same_values_come_through_map_batches(expression, monkeypatch):
    build, function = expression
    monkeypatch.setattr(plugin, "works", lambda: False)
    frame = frame_of(TEXTS)
    for rows in (frame, frame.head(0)):
        plan = rows.lazy().select(build(pl.col("text")))
        assert_series_equal(plan.collect()["text"], expected(function, rows["text"]))
        assert plan.collect_schema() == plan.collect().schema


def test_a_polars_that_does_not_know_us_is_told_once(monkeypatch):
    monkeypatch.setattr(plugin, "plugin", lambda *_: pl.lit(1).cast(pl.Binary))
    plugin.works.cache_clear()
    try:
        with pytest.warns(RuntimeWarning, match="go through map_batches, with the same values"):
            frame_of(TEXTS).select(fp.fingerprint("text"))
        frame_of(TEXTS).select(fp.fingerprint("text"))
    finally:
        plugin.works.cache_clear()


def test_importing_fastcurate_does_not_import_polars():
    code = "import sys, fastcurate; assert 'polars' not in sys.modules; import fastcurate.polars, polars; "
    code += "assert polars.select(polars.lit('a').fc.simhash()).height == 1"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_memory_is_given_back():
    resource = pytest.importorskip("resource")
    frame = frame_of(["some words to sign " * 20] * 20_000)
    before = 0
    for turn in range(12):
        frame.select(fp.minhash("text"), n=fp.normalize("text"), f=fp.fingerprint("text"))
        if turn == 3:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Signatures of one turn are 10 MB: eight turns that leaked would show.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000
