"""Files piece by piece against the same files in memory: the same verdicts, evidence, summaries and rows."""

import gzip
import json
import random

import fastcurate as fc
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastcurate import _core
from fastcurate.curate.job import Tools
from fastcurate.external import comma, room, source, verdicts
from fastcurate.external.job import decide
from fastcurate.external.memory import bytes_of, free_memory
from fastcurate.external.progress import Stages
from fastcurate.external.room import Room
from fastcurate.external.sketches import sketch_words
from fastcurate.external.source import open_old, open_source
from fastcurate.recipe import Recipe
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies.rows import KEEPS, SHINGLES, THRESHOLDS, tables


@pytest.fixture
def tiny(monkeypatch):
    """Everything in as many pieces, parts, blocks and rounds as there can be."""
    monkeypatch.setattr(source, "PIECE", 200)
    monkeypatch.setattr(room, "LEAST", 64)
    monkeypatch.setattr(verdicts, "MOST", 1)


@pytest.fixture
def small(tiny, monkeypatch):
    """The same for more rows."""
    monkeypatch.setattr(source, "PIECE", 100_000)


def decided(path, recipe, folder, memory=256, **more):
    source = open_source(path)
    against = [step.options.get("against") for step in recipe.steps]
    return decide(
        source,
        recipe,
        None,
        Tools(**more),
        olds={number: open_old(old) for number, old in enumerate(against) if old is not None},
        on_error="skip",
        room=Room(memory),
        folder=folder,
        stages=Stages(),
    )


def same(path, recipe, folder, **more):
    """Verdicts, evidence and summary are those of the job in memory."""
    folder.mkdir(exist_ok=True)
    one = fc.curate(path, recipe=recipe, on_error="skip", **more).parts[None].job
    other = decided(path, recipe, folder, **more).job
    for name in ("reason", "kept_row", "old_row", "similarity", "rows", "lengths"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)
    assert {row: tuple(map(str, rule)) for row, rule in one.rules.items()} == other.rules
    assert json.dumps(one.facts) == json.dumps(other.facts)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.one_of(tables(), tables(("prompt", "completion"))),
    threshold=THRESHOLDS,
    shingle=SHINGLES,
    keep=KEEPS,
    within=st.sampled_from([None, "source"]),
    numbers=st.booleans(),
    exact=st.sampled_from(["no", "first", "only"]),
    group=st.integers(1, 9),
)
def test_the_same_verdicts_as_in_memory(
    tiny, tmp_path_factory, *, rows, threshold, shingle, keep, within, numbers, exact, group
):
    folder = tmp_path_factory.mktemp("same")
    similar = {"threshold": threshold, "shingle": shingle, "distinct_numbers": numbers}
    steps = [
        ("deduplicate", {"method": "exact", "within": within, "keep": keep if exact == "only" else "last"})
    ]
    if exact != "only":
        steps = [
            *(steps if exact == "first" else []),
            ("deduplicate", similar | {"keep": keep, "within": within}),
        ]
    recipe = Recipe.of("test", ("normalize", {}), ("drop_empty", {}), *steps)
    names = [*(rows[0] if rows else {"text": None}), "score", "source"]
    kinds = {"score": pa.float64()}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in dict.fromkeys(names)])
    pq.write_table(pa.Table.from_pylist(rows, schema), folder / "rows.parquet", row_group_size=group)
    same(folder / "rows.parquet", recipe, folder / "work")


def rows_of_chat(count, seed=1):
    rng = random.Random(seed)
    for number in range(count):
        words = " ".join(rng.choice("abcdefgh") for _ in range(rng.randrange(9)))
        answer = rng.choice([f"yes sir {words}", "no", "", None])
        yield {
            "messages": [
                {"role": "user", "content": f"say  {words}"},
                {"role": "assistant", "content": answer},
            ],
            "row": number,
        }


def write_lines(path, rows, broken=()):
    lines_of = [json.dumps(row) for row in rows]
    for at in broken:
        lines_of.insert(at, "{oops")
    text = "\n".join(lines_of) + "\n"
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    elif path.suffix == ".zst":
        with pa.CompressedOutputStream(pa.OSFile(str(path), "wb"), "zstd") as file:
            file.write(text.encode())
    else:
        path.write_text(text)


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz", "jsonl.zst"])
def test_a_whole_job_over_chats_and_broken_lines(tiny, tmp_path, ending):
    path = tmp_path / f"rows.{ending}"
    write_lines(path, rows_of_chat(300), broken=[0, 7, 8, 200])
    one = fc.curate(path, on_error="skip", tokenizer="words")
    other = fc.curate(path, on_error="skip", tokenizer="words", work=tmp_path / "work")
    assert json.dumps(one.summary()) == json.dumps(other.summary())
    assert one.kept.schema == other.kept.schema
    assert one.kept.to_pylist() == other.kept.to_pylist()
    assert one.removed.to_pylist() == other.removed.to_pylist()
    assert one.plan.equals(other.plan)
    one.save(tmp_path / "one")
    other.save(tmp_path / "other")
    other.save(tmp_path / "shards", shard_size=4000)
    for name in (f"data.{ending}", "summary.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()
    for name in ("plan.parquet", "removed.parquet"):
        assert (
            pq.read_table(tmp_path / "one" / name).to_pylist()
            == pq.read_table(tmp_path / "other" / name).to_pylist()
        )
    whole = fc.files.open_files(tmp_path / "one" / f"data.{ending}").table
    shards = sorted((tmp_path / "shards").glob("data-*"))
    assert len(shards) > (1 if ending == "jsonl" else 0)
    assert fc.files.open_files(shards).table.to_pylist() == whole.to_pylist()
    manifest = json.loads((tmp_path / "shards" / "manifest.json").read_text())
    assert {file["file"] for file in manifest["outputs"]} == {
        *(shard.name for shard in shards), "plan.parquet", "removed.parquet", "summary.json",
    }  # fmt: skip


def test_quality_words_and_lengths(tiny, tmp_path):
    rng = random.Random(3)
    texts = [
        " ".join(rng.choice(["lorem", "a", "Is", "it", "well", "?"]) for _ in range(rng.randrange(30)))
        for _ in range(200)
    ]
    table = pa.table({"text": texts, "source": [rng.choice("xy") for _ in texts]})
    pq.write_table(table, tmp_path / "rows.parquet", row_group_size=17)
    recipe = Recipe.of(
        "test",
        ("redact", {}),
        ("quality", {"rules": ["words >= 3"]}),
        ("words", {"banned": ["well well"]}),
        ("deduplicate", {"method": "exact"}),
        ("count_tokens", {"length_column": "length"}),
        ("max_tokens", {"max_tokens": 25}),
        ("deduplicate", {"threshold": 0.4, "keep": "longest"}),
        ("bucket_by_length", {"buckets": 3}),
        ("pack", {"capacity": 40, "apart": "source"}),
    )
    same(tmp_path / "rows.parquet", recipe, tmp_path / "work", tokenizer="words")


def test_many_rows_that_resemble_each_other_take_rounds(small, tmp_path):
    """A large family with a few leaders: what a first round leaves out, later ones find."""
    rng = random.Random(5)
    words = [f"w{number}" for number in range(40)]
    texts = []
    for _ in range(400):
        row = list(words)
        for _ in range(rng.randrange(6)):
            row[rng.randrange(40)] = f"x{rng.randrange(30)}"
        texts.append(" ".join(row))
    pq.write_table(pa.table({"text": texts}), tmp_path / "rows.parquet", row_group_size=50)
    for keep in ("first", "last", "none"):
        recipe = Recipe.of("test", ("deduplicate", {"threshold": 0.6, "keep": keep}))
        same(tmp_path / "rows.parquet", recipe, tmp_path / f"work-{keep}")
        rounds = len(list((tmp_path / f"work-{keep}" / "step-0").rglob("*.cut")))
        assert rounds == 1 if keep == "none" else rounds > 1


def test_locality_sensitive_hashing_nominates_the_same(small, tmp_path):
    rng = random.Random(6)
    base = [[f"w{rng.randrange(3000)}" for _ in range(300)] for _ in range(1500)]
    texts = []
    for number in range(5200):
        row = list(base[number % 1500])
        for _ in range(rng.randrange(60)):
            row[rng.randrange(300)] = f"x{rng.randrange(3000)}"
        texts.append(" ".join(row))
    pq.write_table(pa.table({"text": texts}), tmp_path / "rows.parquet", row_group_size=1000)
    recipe = Recipe.of("test", ("deduplicate", {"threshold": 0.4}))
    (tmp_path / "work").mkdir()
    one = fc.curate(tmp_path / "rows.parquet", recipe=recipe)
    other = decided(tmp_path / "rows.parquet", recipe, tmp_path / "work", memory=1 << 22)
    assert one.summary()["near_duplicates"]["engine"] == "lsh"
    assert other.job.facts == one.parts[None].job.facts
    np.testing.assert_array_equal(other.job.kept_row, one.parts[None].job.kept_row)
    np.testing.assert_array_equal(other.job.similarity, one.parts[None].job.similarity)


def test_the_plan_is_that_of_all_rows_even_if_the_first_ones_mislead(small, tmp_path):
    """The first rows are short, the rest is long: another engine than they suggest."""
    rng = random.Random(7)
    short = [f"a b {number}" for number in range(50)]
    long = [" ".join(f"w{rng.randrange(9000)}" for _ in range(900)) for _ in range(4500)]
    pq.write_table(pa.table({"text": short + long}), tmp_path / "rows.parquet", row_group_size=50)
    recipe = Recipe.of("test", ("deduplicate", {"threshold": 0.5}))
    same(tmp_path / "rows.parquet", recipe, tmp_path / "work")
    assert (tmp_path / "work" / "scan-again-0").exists()


def test_a_sketch_has_about_a_bit_for_a_shingle():
    """As long as those that the kernel makes: not narrowed, they come back as they were."""
    sizes = [0, 1, 64, 65, 128, 129, 2000, 65_536, 100_000, 4_000_000_000]
    expected = [1, 1, 1, 2, 2, 4, 32, 1024, 1024, 1024]
    words = sketch_words(pa.array(sizes, pa.uint32()))
    assert words.tolist() == expected
    folds = pa.array(np.arange(words.sum(), dtype=np.uint64))
    narrowed = _core.narrow_sketches(folds, pa.array(sizes, pa.uint32()), most=1024)
    assert pa.array(narrowed).equals(folds)


@pytest.mark.parametrize(
    ("given", "expected"), [("2GiB", 2 << 30), ("1.5 gb", 1_500_000_000), (1 << 26, 1 << 26)]
)
def test_memory_is_a_number_of_bytes(given, expected):
    assert bytes_of(given) == expected


def test_memory_that_is_none():
    assert free_memory() > 0
    assert bytes_of(None) >= 32 << 20
    for wrong in ("much", "2 gigs", 5, "1MB", True, 2.5):
        with pytest.raises((ValueError, TypeError), match="memory must be"):
            bytes_of(wrong)
    with pytest.raises(TypeError, match="are for files"):
        fc.curate({"text": ["a"]}, memory="1GiB")


def test_what_cannot_be_done_in_pieces_says_so(tmp_path):
    path = tmp_path / "rows.jsonl"
    write_lines(path, [{"text": "a"}, {"text": "a"}])
    for options, says in [
        ({"idf": True}, "idf=True needs all rows"),
        ({"measure": "containment"}, "measure='containment' needs all rows"),
    ]:
        with pytest.raises(ValueError, match=says):
            fc.curate(path, recipe=Recipe.of("test", ("deduplicate", options)), work=tmp_path / "work")
    with pytest.raises(ValueError, match="line 2"):
        write_lines(path, [{"text": "a"}], broken=[1])
        fc.curate(path, work=tmp_path / "broken")


@pytest.mark.parametrize("method", ["similar", "exact"])
def test_deduplicate_over_files(tiny, tmp_path, method):
    path = tmp_path / "rows.jsonl"
    rng = random.Random(8)
    rows = [
        {"text": " ".join(rng.choice("abc") for _ in range(5)), "kind": rng.choice("xy")} for _ in range(300)
    ]
    write_lines(path, rows, broken=[3, 90])
    options = {"method": method, "within": ["kind"], "keep": "last", "on_error": "skip"}
    one = fc.deduplicate(path, **options)
    seen = []
    other = fc.deduplicate(path, **options, work=tmp_path / "work", progress=seen.append)
    assert one.summary() == other.summary()
    assert one.representative.equals(other.representative)
    assert one.similarity.equals(other.similarity)
    assert one.kept.to_pylist() == other.kept.to_pylist()
    assert one.removed.to_pylist() == other.removed.to_pylist()
    assert [row for table in other.batches() for row in table.to_pylist()] == one.kept.to_pylist()
    assert one.groups().table.equals(other.groups().table)
    assert repr(one.groups()) == repr(other.groups())
    assert seen == sorted(seen)
    assert seen[-1] == 302
    assert "302 rows" in repr(other)
    other.save(tmp_path / "out")
    assert fc.files.open_files(tmp_path / "out" / "data.jsonl").table.to_pylist() == one.kept.to_pylist()
    with pytest.raises(ValueError, match="keep must be"):
        fc.deduplicate(path, keep="tallest", work=tmp_path / "never")
    assert not (tmp_path / "never").exists()


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "csv.zst"])
def test_csv_with_line_breaks_in_its_fields(tiny, monkeypatch, tmp_path, ending):
    """Types that only the last rows tell, in files that end in different ways, and quotes where none should be."""
    rng = random.Random(9)
    words = ["one", '"two"', "three\nfour", "five,six", "", "7"]
    tables = [
        pa.table(
            {
                "text": [" ".join(rng.choice(words) for _ in range(6)) for _ in range(400)],
                "whole": [rng.choice([None, rng.randrange(9)]) for _ in range(400)],
                "half": [str(rng.randrange(9)) if row < 350 else "2.5" for row in range(400)],
                "word": [str(rng.randrange(9)) if row < 399 else "07" for row in range(400)],
                "none": pa.nulls(400, pa.string()),
            }
        )
    ]
    tables.append(tables[0].slice(100, 50).drop_columns(["word"]).append_column("more", pa.array([1] * 50)))
    for number, table in enumerate(tables):
        fc.files.write_rows(table, tmp_path / f"rows-{number}.{ending}", ending)
    monkeypatch.setattr(comma, "BLOCK", 3000)
    paths = [tmp_path / f"rows-{number}.{ending}" for number in range(2)]
    one, other = fc.deduplicate(paths), fc.deduplicate(paths, work=tmp_path / "work")
    assert one.kept.schema == other.kept.schema
    assert one.kept.to_pylist() == other.kept.to_pylist()
    assert one.removed.to_pylist() == other.removed.to_pylist()
    assert one.removed["line"].null_count == 0
    one, other = fc.curate(paths), fc.curate(paths, work=tmp_path / "curated")
    assert json.dumps(one.summary()) == json.dumps(other.summary())
    one.save(tmp_path / "one")
    other.save(tmp_path / "other")
    assert (tmp_path / "one/summary.json").read_bytes() == (tmp_path / "other/summary.json").read_bytes()
    data = [tmp_path / name / f"data.{ending}" for name in ("one", "other")]
    assert fc.files.open_files(data[0]).table.equals(fc.files.open_files(data[1]).table)
    if ending == "csv":
        assert data[0].read_bytes() == data[1].read_bytes()
    assert len(open_source(paths).pieces) > 50


def test_csv_whose_quotes_tell_no_lines(tiny, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text('text,size\n5" pipe,1\n"a\nb",2\n5" pipe,1\n')
    one, other = fc.deduplicate(path), fc.deduplicate(path, work=tmp_path / "work")
    assert one.removed.to_pylist() == other.removed.to_pylist()
    assert other.removed["line"].to_pylist() == [None]
    (tmp_path / "ragged.csv").write_text("a,b\n1,2\n3\n")
    with pytest.raises(ValueError, match=r"ragged\.csv: not a readable CSV file"):
        fc.deduplicate(tmp_path / "ragged.csv", on="a", work=tmp_path / "ragged")
    (tmp_path / "head.csv").write_text("text,b\n")
    assert fc.deduplicate(tmp_path / "head.csv", work=tmp_path / "head").summary()["rows"] == 0
