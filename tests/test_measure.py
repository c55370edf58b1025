"""`deduplicate(measure=, idf=)` against brute force: containment, weighted shingles, SimHash bits."""

import random
from typing import Any

import fastcurate as fc
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.measure import similarity_of, weights_of
from reference.shingle import shingles
from reference.similar import deduplicate, pairs
from strategies.rows import KEEPS, SHINGLES, tables
from test_deduplicate import table, verdicts

ask: Any = fc.deduplicate
MANY = settings(max_examples=5 * settings().max_examples)
SETS = st.sampled_from(
    [
        {"measure": "containment", "idf": False},
        {"measure": "containment", "idf": True},
        {"measure": "jaccard", "idf": True},
    ]
)
THRESHOLDS = st.sampled_from([0.3, 0.5, 0.6, 2 / 3, 0.7, 0.8, 0.9, 0.95, 1.0]) | st.floats(0.3, 1.0)
BITS = st.integers(40, 64).map(lambda bits: bits / 64) | st.floats(0.6, 1.0)
OPTIONS = {"keep": KEEPS, "shingle": SHINGLES, "distinct_numbers": st.booleans()}
ONS = st.sampled_from(["text", ["text", "b"], [["text", "b"]], ["b", "text"]])


@MANY
@given(rows=tables(), how=SETS, threshold=THRESHOLDS, **OPTIONS)
def test_sets(rows: list[dict[str, Any]], how: dict[str, Any], **options: Any) -> None:
    expected = deduplicate(rows, on="text", **how, **options)
    assert verdicts(ask(table(rows), on="text", **how, **options)) == expected


@MANY
@given(rows=tables(), threshold=BITS, **OPTIONS)
def test_bits(rows: list[dict[str, Any]], **options: Any) -> None:
    expected = deduplicate(rows, on="text", measure="hamming", **options)
    assert verdicts(ask(table(rows), on="text", measure="hamming", **options)) == expected


@given(
    rows=tables(("text", "b")),
    on=ONS,
    how=SETS | st.just({"measure": "hamming"}),
    threshold=THRESHOLDS,
    keep=KEEPS,
    within=st.sampled_from([[], ["source"]]),
)
def test_several_entries(
    rows: list[dict[str, Any]], on: Any, how: dict[str, Any], within: list[str], **options: Any
) -> None:
    expected = deduplicate(rows, on=on, within=within, **how, **options)
    assert verdicts(ask(table(rows, on), on=on, within=within or None, **how, **options)) == expected


@given(rows=tables(), how=SETS | st.just({"measure": "hamming"}), threshold=THRESHOLDS, keep=KEEPS)
def test_pairs(rows: list[dict[str, Any]], how: dict[str, Any], **options: Any) -> None:
    """With containment the second row of a pair is the one that is in the first."""
    expected = pairs(rows, on="text", **how, **options)
    found = ask(table(rows), on="text", **how, **options).pairs().read_all()
    assert [tuple(pair.values()) for pair in found.to_pylist()] == expected


@given(rows=tables(), cut=st.integers(0, 12), how=SETS, threshold=THRESHOLDS)
def test_against(rows: list[dict[str, Any]], cut: int, how: dict[str, Any], threshold: float) -> None:
    old, new = rows[:cut], rows[cut:]
    expected = deduplicate(rows, on="text", threshold=threshold, **how)
    found = ask(table(new), on="text", against=table(old), threshold=threshold, **how)
    assert found.similarity.to_pylist() == expected.similarity[len(old) :]
    assert found.kept.num_rows == sum(row >= len(old) for row in expected.kept)


@given(rows=tables(), how=SETS | st.just({"measure": "hamming"}), keep=KEEPS)
def test_rethreshold_and_plan(rows: list[dict[str, Any]], how: dict[str, Any], keep: str) -> None:
    low = ask(table(rows), on="text", threshold=0.5, keep=keep, **how)
    plan: Any = fc.plan_deduplicate(table(rows), on="text", thresholds=[0.5, 0.8, 1.0], keep=keep, **how)
    for threshold, kept in zip([0.5, 0.8, 1.0], plan.table["kept"].to_pylist(), strict=True):
        expected = deduplicate(rows, on="text", threshold=threshold, keep=keep, **how)
        assert verdicts(low.rethreshold(threshold)) == expected
        assert kept == len(expected.kept)


def planted(seed: int) -> list[dict[str, Any]]:
    """Rows of all lengths with quotes of them, truncated copies, edits and a shared template, in any order."""
    draw = random.Random(seed)
    vocabulary = [f"word{i}" for i in range(300)]
    template = "please answer the following question as briefly as you can"
    rows = []
    for _ in range(25):
        words = draw.choices(vocabulary, k=draw.randint(3, 90))
        start = draw.randrange(len(words))
        rows += [
            " ".join(words),
            " ".join(words[start : start + draw.randint(1, 20)]),
            " ".join(words[: len(words) // 2]),
            " ".join([*draw.choices(vocabulary, k=30), *words, *draw.choices(vocabulary, k=30)]),
            " ".join([template, *words[:4]]),
            " ".join(words).upper() + "!",
        ]
    draw.shuffle(rows)
    return [{"text": row} for row in rows]


@pytest.mark.parametrize("threshold", [0.5, 0.6, 0.7, 0.8, 0.9, 0.95])
@pytest.mark.parametrize("how", [{"measure": "containment"}, {"idf": True}], ids=["containment", "idf"])
def test_planted(threshold: float, how: dict[str, Any]) -> None:
    rows = planted(int(threshold * 100))
    for keep in ("first", "longest", "none"):
        expected = deduplicate(rows, on="text", threshold=threshold, keep=keep, **how)
        for threads in (1, 2):
            found = ask(table(rows), threshold=threshold, keep=keep, threads=threads, **how)
            assert verdicts(found) == expected
        if keep == "longest" and threshold <= 0.8:
            assert len(expected.kept) < 0.85 * len(rows), "the planted duplicates are not found"


def test_a_part_goes_for_the_whole_and_not_the_whole_for_a_part() -> None:
    rows = {"text": ["one two three four", "zero one two three four five six", "nought", "one two three"]}
    first = ask(rows, measure="containment", shingle="word:1", threshold=0.9)
    assert first.removed["row"].to_pylist() == [3]
    longest = ask(rows, measure="containment", shingle="word:1", threshold=0.9, keep="longest")
    assert longest.removed["row"].to_pylist() == [0, 3]
    assert longest.removed["kept_row"].to_pylist() == [1, 1]
    none = ask(rows, measure="containment", shingle="word:1", threshold=0.9, keep="none")
    assert none.kept["text"].to_pylist() == [rows["text"][1], "nought"]


def test_a_shared_template_makes_no_duplicates() -> None:
    """Ten shared words and one of its own: alike by count, not by weight."""
    template = "please answer the following question about the town of your birth"
    texts = [f"{template} {word}" for word in ("alpha", "beta", "gamma", "delta", "epsilon")]
    assert ask({"text": texts}, shingle="word:1", threshold=0.8).kept.num_rows == 1
    weighed = ask({"text": texts}, shingle="word:1", threshold=0.8, idf=True)
    assert weighed.kept.num_rows == 5
    sets = [shingles(text, "word:1") for text in texts]
    (weights,) = weights_of([[one] for one in sets])
    close = ask({"text": texts}, shingle="word:1", threshold=0.65, idf=True)
    expected = similarity_of(texts[1], texts[0], "word:1", "jaccard", weights)
    assert close.similarity[1].as_py() == expected


def test_many_copies_weigh_no_more() -> None:
    """df counts distinct rows: a thousand copies of one row change no similarity between others."""
    texts = ["a b c d", "a b c e", "f g h"]
    few = ask({"text": texts}, shingle="word:1", threshold=0.3, idf=True)
    many = ask({"text": texts + [texts[0]] * 1000}, shingle="word:1", threshold=0.3, idf=True)
    assert many.similarity.to_pylist()[:3] == few.similarity.to_pylist()


@pytest.mark.parametrize("count", [20_000])
def test_sketches_that_many_share(count: int) -> None:
    """More rows than blocks are chosen for in small tests; the answers are those of the definition."""
    draw = random.Random(7)
    words = [f"w{i}" for i in range(2000)]
    texts = [" ".join(draw.choices(words, k=12)) for _ in range(count)]
    for place in range(0, count, 50):
        texts[place] = texts[place // 2] + " more"
    bits = fc.simhash(texts).storage.to_pylist()
    found = ask({"text": texts}, measure="hamming", threshold=1 - 6 / 64)
    similarity, stands = found.similarity.to_pylist(), found.representative.to_pylist()
    kept = [row for row in range(count) if stands[row] == row]
    for row in random.Random(1).sample(range(count), 100):
        before = [other for other in kept if other < row]
        nearest = min(((bits[row] ^ bits[other]).bit_count() for other in before), default=64)
        if stands[row] == row:
            assert nearest > 6
        else:
            assert similarity[row] == 1 - nearest / 64
            assert (bits[row] ^ bits[stands[row]]).bit_count() == nearest <= 6


def test_the_summary_names_the_measure() -> None:
    rows = {"text": ["a b c d", "a b c e"]}
    for how, engine in (
        ({"measure": "jaccard"}, "join"),
        ({"measure": "containment"}, "join"),
        ({"measure": "containment", "idf": True}, "join"),
        ({"measure": "hamming"}, "blocks"),
    ):
        found = ask(rows, **how)
        summary = found.summary()
        assert summary["measure"] == how["measure"]
        assert summary["idf"] is how.get("idf", False)
        assert (summary["engine"], summary["recall"], summary["estimated"]) == (engine, 1.0, False)
    assert repr(ask(rows, measure="containment")).endswith("(containment >= 0.8)>")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"measure": "cosine"}, 'measure must be "jaccard", "containment" or "hamming", got "cosine"'),
        (
            {"measure": "containment", "engine": "lsh"},
            'engine must be "auto" or "join" but for measure="jaccard"',
        ),
        ({"idf": True, "engine": "lsh"}, 'engine must be "auto" or "join"'),
        ({"idf": True, "measure": "hamming"}, 'idf must be false with measure="hamming"'),
        ({"measure": "containment", "method": "exact"}, "measure='containment' needs method='similar'"),
        ({"idf": True, "method": "exact"}, "idf needs method='similar'"),
    ],
)
def test_what_cannot_be(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ask({"text": ["a"]}, **options)
    with pytest.raises(TypeError, match="idf must be True or False, got 1"):
        ask({"text": ["a"]}, idf=1)


def test_nothing_and_nulls() -> None:
    for how in ({"measure": "containment"}, {"idf": True}, {"measure": "hamming"}):
        none = pa.table({"text": pa.array([None, None], pa.string())})
        assert ask(none, **how).kept.num_rows == 2
        assert ask(none.slice(0, 0), **how).kept.num_rows == 0
        assert ask({"text": ["", "", "!", None]}, **how).representative.to_pylist() == [0, 0, 2, 3]
