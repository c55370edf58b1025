"""`fastcurate.datasets`: functions for `.map`, splits against each other, and exact duplicates out of a stream."""

import itertools
import pickle
import subprocess
import sys
import textwrap

import fastcurate as fc
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from datasets import Dataset, DatasetDict, Features, IterableDataset, Value, load_from_disk
from datasets.fingerprint import Hasher
from fastcurate.datasets.stream import Seen
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import similar as oracle

TEXTS = [
    "Café  au lait, ann@example.org ",
    None,
    "",
    "one two three four",
    "one two three four",
    "日本語 のテキスト",
    "a\x00b",
]
FUNCTIONS = {
    "normalize": (fc.datasets.normalize("text", output="out", form="NFKC"), fc.normalize, {"form": "NFKC"}),
    "redact": (fc.datasets.redact("text", output="out"), fc.redact, {}),
    "quality": (
        fc.datasets.quality("text", output="out", signals=["words", "digit_fraction"]),
        fc.quality,
        {"signals": ["words", "digit_fraction"]},
    ),
    "fingerprint": (fc.datasets.fingerprint("text", output="out"), fc.fingerprint, {}),
    "minhash": (fc.datasets.minhash("text", output="out", num_perm=4), fc.minhash, {"num_perm": 4}),
    "simhash": (fc.datasets.simhash("text", output="out"), fc.simhash, {}),
    "count_tokens": (
        fc.datasets.count_tokens("text", output="out", tokenizer="gpt2"),
        fc.count_tokens,
        {"tokenizer": "gpt2"},
    ),
}
POLARS_FILLS_STRUCTS = pl.Series([None], dtype=pl.Struct({"a": pl.Int64})).to_arrow().null_count == 0
"""Polars 1.0 hands a null struct over as one of nulls."""

EVERY_FUNCTION = pytest.mark.parametrize("name", FUNCTIONS)


def dataset(texts=TEXTS):
    features = Features({"text": Value("string"), "n": Value("int64")})
    return Dataset.from_dict({"text": texts, "n": range(len(texts))}, features=features)


@EVERY_FUNCTION
@pytest.mark.parametrize("form", [None, "arrow", "numpy", "pandas", "polars"])
@pytest.mark.parametrize("batch_size", [2, 1000])
def test_map_gives_what_the_column_function_gives(name, form, batch_size):
    function, plain, options = FUNCTIONS[name]
    expected = plain(TEXTS, **options).to_pylist()
    rows = dataset().with_format(form)
    mapped = rows.map(function, batched=True, batch_size=batch_size).with_format(None)
    assert mapped.column_names == ["text", "n", "out"]
    if name == "quality" and form == "polars" and POLARS_FILLS_STRUCTS:
        expected = [dict.fromkeys(options["signals"]) if row is None else row for row in expected]
    assert mapped["out"][:] == expected
    assert mapped["text"][:] == TEXTS


@EVERY_FUNCTION
@pytest.mark.parametrize("form", [None, "arrow"])
def test_streams_are_mapped_too(name, form):
    function, plain, options = FUNCTIONS[name]
    stream = dataset().to_iterable_dataset(num_shards=2).with_format(form).map(function, batched=True)
    rows = [row for batch in stream for row in (batch.to_pylist() if form else [batch])]
    assert [row["out"] for row in rows] == plain(TEXTS, **options).to_pylist()
    assert [row["text"] for row in rows] == TEXTS


def test_the_arrow_format_keeps_types_and_shares_what_does_not_change():
    rows = dataset(["clean", "text"]).with_format("arrow")
    table = rows[:]
    function = fc.datasets.normalize("text")
    out = function(table)
    assert out.schema == table.schema
    assert out["text"].chunk(0).buffers()[2].address == table["text"].chunk(0).buffers()[2].address
    assert rows.map(fc.datasets.count_tokens(tokenizer="words"), batched=True).features["length"] == Value(
        "int32"
    )


def test_an_indexed_dataset_and_every_split():
    shuffled = dataset().shuffle(seed=1)
    splits = DatasetDict({"train": shuffled, "test": dataset(["x  y"])})
    mapped = splits.map(fc.datasets.normalize("text"), batched=True)
    assert mapped["test"]["text"][:] == ["x y"]
    assert mapped["train"]["text"][:] == fc.normalize(shuffled["text"][:]).to_pylist()


def test_chats_are_counted():
    chats = [[{"role": "user", "content": "one two"}, {"role": "assistant", "content": "three"}], None]
    rows = Dataset.from_dict({"messages": chats})
    function = fc.datasets.count_tokens("messages", tokenizer="words")
    assert rows.map(function, batched=True)["length"][:] == [3, None]
    stream = rows.to_iterable_dataset().map(function, batched=True)
    assert [row["length"] for row in stream] == [3, None]


def test_chats_are_rendered_with_the_template_that_was_given_or_comes_with_the_model(tmp_path):
    from tokenizers import Tokenizer, models, pre_tokenizers

    live = Tokenizer(models.WordLevel({"one": 0, "?": 1}, unk_token="?"))
    live.pre_tokenizer = pre_tokenizers.Whitespace()
    live.save(str(tmp_path / "tokenizer.json"))
    template = "{% for m in messages %}one {{ m.role }} {{ m.content }} {% endfor %}"
    (tmp_path / "chat_template.jinja").write_text(template)
    rows = Dataset.from_dict({"messages": [[{"role": "user", "content": "one one"}], None]})
    counts = {
        "the model's": fc.datasets.count_tokens("messages", tokenizer=tmp_path),
        "given": fc.datasets.count_tokens("messages", tokenizer=live, chat_template=template),
        "none": fc.datasets.count_tokens("messages", tokenizer=tmp_path, chat_template=False),
    }
    found = {name: rows.map(function, batched=True)["length"][:] for name, function in counts.items()}
    assert found == {"the model's": [4, None], "given": [4, None], "none": [2, None]}
    again = fc.datasets.count_tokens("messages", tokenizer=tmp_path)
    assert Hasher.hash(again) == Hasher.hash(counts["the model's"]) != Hasher.hash(counts["none"])


@EVERY_FUNCTION
def test_a_function_pickles_to_the_same_bytes_and_is_equal(name):
    function = FUNCTIONS[name][0]
    before = Hasher.hash(function)
    function({"text": TEXTS})
    assert Hasher.hash(function) == before
    copy = pickle.loads(pickle.dumps(function))
    assert copy == function
    assert Hasher.hash(copy) == before
    assert hash(copy) == hash(function)


def test_options_in_any_order_are_the_same_function():
    one = fc.datasets.normalize("text", form="NFD", quotes="ascii")
    other = fc.datasets.normalize("text", quotes="ascii", form="NFD")
    assert Hasher.hash(one) == Hasher.hash(other)
    assert Hasher.hash(one) != Hasher.hash(fc.datasets.normalize("text", form="NFD"))


def test_a_tokenizer_pickles_alike_before_and_after_use():
    from tokenizers import Tokenizer, models, pre_tokenizers

    live = Tokenizer(models.WordLevel({"a": 0, "b": 1, "?": 2}, unk_token="?"))
    live.pre_tokenizer = pre_tokenizers.Whitespace()
    before = Hasher.hash(fc.datasets.count_tokens(tokenizer=live))
    live.enable_truncation(2)
    live.enable_padding()
    live.encode_batch(["a b", "a"])
    assert Hasher.hash(fc.datasets.count_tokens(tokenizer=live)) == before


RUN_TWICE = """
    import sys, datasets
    import fastcurate as fc
    datasets.disable_progress_bars()
    rows = datasets.load_from_disk(sys.argv[1])
    assert "polars" not in sys.modules, "loading alone brings it"
    d = fc.deduplicate(rows, method=sys.argv[2])
    kept = d.kept.map(fc.datasets.count_tokens("text", tokenizer="gpt2"), batched=True)
    kept = kept.map(fc.datasets.normalize("text"), batched=True)
    assert "polars" not in sys.modules
    print(d.kept._fingerprint, d.removed._fingerprint, kept._fingerprint, len(list(rows.cache_files)))
    import os
    print(*sorted((name, os.stat(os.path.join(sys.argv[1], name)).st_mtime_ns)
                  for name in os.listdir(sys.argv[1]) if name.startswith("cache-")))
"""


@pytest.mark.parametrize("method", ["similar", "exact"])
def test_the_second_run_finds_the_first_in_the_cache_and_neither_imports_polars(tmp_path, method):
    dataset([f"row {n % 70} of many words" for n in range(100)]).save_to_disk(tmp_path / "rows")
    command = [sys.executable, "-c", textwrap.dedent(RUN_TWICE), str(tmp_path / "rows"), method]
    said = [subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(2)]
    assert said[0].count("cache-") == 2
    assert said[0] == said[1]  # the same fingerprints; files that were read, not written again


WITH_WORKERS = """
    import sys, datasets, polars as pl
    import fastcurate as fc
    pl.DataFrame({"a": range(100_000)}).lazy().with_columns(pl.col("a").cast(pl.String).hash()).collect()
    fc.normalize(["x  y"] * 100_000)  # the parent has a pool of threads, which a fork does not inherit
    if __name__ == "__main__":
        import multiprocess
        multiprocess.set_start_method(sys.argv[2])
        datasets.disable_progress_bars()
        rows = datasets.load_from_disk(sys.argv[1])
        fc.deduplicate(rows)
        mapped = rows.map(fc.datasets.normalize("text"), batched=True, num_proc=4)
        mapped = mapped.map(fc.datasets.count_tokens("text", tokenizer="gpt2"), batched=True, num_proc=2)
        print(mapped._fingerprint, sum(mapped["length"]), len(fc.deduplicate(mapped, method="exact").kept))
"""


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_num_proc_after_polars_was_used_in_the_parent(tmp_path, start):
    texts = [f"row  {n % 70} of many words" for n in range(400)]
    dataset(texts).save_to_disk(tmp_path / "rows")
    (tmp_path / "run.py").write_text(textwrap.dedent(WITH_WORKERS))
    command = [sys.executable, str(tmp_path / "run.py"), str(tmp_path / "rows"), start]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    said = done.stdout.split()
    clean = fc.normalize(texts)
    assert int(said[1]) == sum(fc.count_tokens(clean, tokenizer="gpt2").to_pylist())
    assert int(said[2]) == 70


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (
            lambda: fc.datasets.normalize("text", from_="NFC"),
            TypeError,
            "unexpected keyword argument 'from_'",
        ),
        (lambda: fc.datasets.normalize("text", form="NFX"), ValueError, "NFX"),
        (lambda: fc.datasets.simhash("text", shingle="w"), ValueError, "shingle"),
        (lambda: fc.datasets.count_tokens("text", tokenizer=7), TypeError, "tokenizer must be"),
        (
            lambda: fc.datasets.normalize("txt")({"text": ["a"]}),
            ValueError,
            "no column 'txt'; the columns are 'text'",
        ),
        (lambda: fc.datasets.normalize("text")(["a"]), TypeError, "got list: leave out input_columns"),
        (
            lambda: fc.datasets.normalize("text")({"text": "a"}),
            TypeError,
            "one row: call .map.function, batched=True",
        ),
        (lambda: dataset().map(fc.datasets.simhash("text")), TypeError, "one row"),
        (lambda: fc.datasets.simhash("n")({"n": [1, 2]}), TypeError, "text"),
    ],
)
def test_what_is_wrong_is_said_before_a_worker_starts_or_at_the_first_batch(make, error, says):
    with pytest.raises(error, match=says):
        make()


# Splits against each other


def splits(**texts):
    return DatasetDict(
        {name: Dataset.from_dict({"text": rows, "row": range(len(rows))}) for name, rows in texts.items()}
    )


LINES = ["a b c d", "A, b: c d!", "a b c d e", "x y z", "x y z w", "one two", "one  two", "", None]


@settings(deadline=None, max_examples=60)
@given(
    train=st.lists(st.sampled_from(LINES), max_size=8),
    valid=st.lists(st.sampled_from(LINES), max_size=5),
    test=st.lists(st.sampled_from(LINES), max_size=5),
    method=st.sampled_from(["similar", "exact"]),
    order=st.sampled_from([True, ["train", "valid", "test"], ["valid", "test", "train"]]),
)
def test_across_splits_equals_the_rule_over_the_splits_end_to_end(train, valid, test, method, order):
    """The law of any table, on the splits in their order; the evidence names split and row."""
    data = splits(train=train, valid=valid, test=test)
    names = ["test", "valid", "train"] if order is True else order
    flat = [(name, row) for name in names for row in range(len(data[name]))]
    texts = [data[name][row]["text"] for name, row in flat]
    found = fc.deduplicate(data, across_splits=order, method=method, threshold=0.6)
    whole = fc.deduplicate({"text": pa.array(texts, pa.string())}, method=method, threshold=0.6)
    assert found.kept.keys() == data.keys()
    for name in data:
        mine = [at for at, (split, _) in enumerate(flat) if split == name]
        standing = [flat[row] for row in whole.representative.to_pylist()]
        expected = [{"split": standing[at][0], "row": standing[at][1]} for at in mine]
        assert found.representative[name].to_pylist() == expected
        assert found.similarity[name].to_pylist() == [whole.similarity[at].as_py() for at in mine]
        kept = [flat[at][1] for at in mine if standing[at] == flat[at]]
        assert found.kept[name]["row"][:] == kept
        gone = [row for row in range(len(mine)) if row not in kept]
        removed = found.removed[name]
        assert removed["fc_row"][:] == gone
        assert [*zip(removed["kept_split"], removed["kept_row"], strict=True)] == [
            standing[mine[row]] for row in gone
        ]
        counts = found.summary()[name]
        assert (counts["rows"], counts["kept"], counts["removed"]) == (len(mine), len(kept), len(gone))
        assert sum(counts["removed_for"].values()) == len(gone)


def test_the_first_split_goes_by_itself_alone_and_keep_counts_within_a_split():
    data = splits(train=["a b c d long", "x y"], test=["a b c d", "x y!", "x y"])
    found = fc.deduplicate(data, across_splits=True, keep="longest", threshold=0.6)
    alone = fc.deduplicate(data["test"], keep="longest", threshold=0.6)
    assert found.kept["test"][:] == alone.kept[:]
    assert found.kept["train"][:]["text"] == []
    assert found.removed["train"]["kept_split"][:] == ["test", "test"]
    assert fc.deduplicate(data, across_splits=True, threshold=0.6).rethreshold(0.9).kept["train"]["row"][
        :
    ] == [0]
    assert (
        repr(found)
        == "train: 2 rows, 0 kept, 2 removed (2 for 'test')\ntest: 3 rows, 2 kept, 1 removed (1 for 'test')"
    )


def test_splits_that_cannot_be_compared():
    data = splits(train=["a"], test=["b"])
    with pytest.raises(ValueError, match="must name every split once, got .'train'.; the splits are"):
        fc.deduplicate(data, across_splits=["train"])
    with pytest.raises(TypeError, match="across_splits must be True, False or a list"):
        fc.deduplicate(data, across_splits="train")
    with pytest.raises(ValueError, match="needs a DatasetDict"):
        fc.deduplicate(data["train"], across_splits=True)
    data["test"] = Dataset.from_dict({"text": [["a"]], "row": [0]})
    with pytest.raises(
        TypeError, match="'text' must have one type in all splits, got string in 'train', list"
    ):
        fc.deduplicate(data, on="text", across_splits=True)


def test_a_split_of_nulls_and_a_split_of_nothing_are_compared():
    data = splits(train=["a", "a"], test=[])
    data["other"] = Dataset.from_dict({"text": [None, None], "row": [0, 1]})
    found = fc.deduplicate(data, on="text", across_splits=True, method="exact")
    assert {name: len(rows) for name, rows in found.kept.items()} == {"train": 1, "test": 0, "other": 2}


# Streams


def stream(rows, **options):
    return Dataset.from_dict(rows).to_iterable_dataset(**options)


VALUES = st.sampled_from(["a", "b", "ab", "", None, "é"])


@settings(deadline=None, max_examples=60)
@given(
    rows=st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=30),
    batch_size=st.integers(1, 7),
    num_shards=st.integers(1, 3),
)
def test_a_stream_loses_what_deduplicate_calls_exact_duplicates(rows, batch_size, num_shards):
    features = Features({"q": Value("string"), "r": Value("string")})
    table = Dataset.from_dict({"q": [q for q, _ in rows], "r": [r for _, r in rows]}, features=features)
    rows = table.to_iterable_dataset(num_shards=min(num_shards, len(rows)))
    found = fc.datasets.deduplicate_stream(rows, on=["q", "r"], batch_size=batch_size)
    expected = fc.deduplicate(table, on=["q", "r"], method="exact")
    for _ in range(2):  # every pass starts anew
        assert list(found.kept) == list(expected.kept)
        counts = {
            "rows": len(table),
            "kept": len(expected.kept),
            "removed": len(expected.removed),
            "unchecked": 0,
        }
        assert found.summary() == counts


@settings(deadline=None, max_examples=100)
@given(
    rows=st.lists(st.integers(0, 12), min_size=1, max_size=40),
    room=st.integers(1, 10),
    batch_size=st.integers(1, 9),
)
def test_a_full_memory_misses_duplicates_and_counts_what_it_could_not_check(rows, room, batch_size):
    """Against a plain set of the first `room` different rows; the first row that finds no room has been checked."""
    remembered, expected, unchecked, full = [], [], 0, False
    for row in rows:
        if row in remembered:
            continue
        expected.append({"text": str(row)})
        if len(remembered) < room:
            remembered.append(row)
        else:
            unchecked += full
            full = True
    features = Features({"text": Value("string")})
    table = Dataset.from_dict({"text": [str(row) for row in rows]}, features=features)
    found = fc.datasets.deduplicate_stream(
        table.to_iterable_dataset(), on="text", memory=16 * room + 3, batch_size=batch_size
    )
    assert list(found.kept) == expected
    assert found.summary() == {
        "rows": len(rows),
        "kept": len(expected),
        "removed": len(rows) - len(expected),
        "unchecked": unchecked,
    }


def test_identities_whose_first_half_agrees_are_told_apart():
    ids = np.array([[7, low] for low in (3, 1, 2, 1, 3)], np.uint64)
    seen = Seen(10)
    assert seen.add(ids)[0].tolist() == [True, True, True, False, False]
    assert seen.add(np.array([[7, 2], [7, 4], [8, 2], [7, 3], [7, 1]], np.uint64))[0].tolist() == [
        False,
        True,
        True,
        False,
        False,
    ]


def test_what_is_remembered_stays_within_the_memory():
    seen = Seen(10_000)
    rng = np.random.default_rng(0)
    for _ in range(30):
        seen.add(rng.integers(0, 2**63, (1000, 2)).astype(np.uint64))
        assert sum(len(high) for high, _ in seen._runs) <= 10_000
        assert max(len(high) for high, _ in seen._runs) <= 1_250
        assert len(seen._runs) < 30


def test_streamed_chats_features_and_pickles():
    chats = [
        [{"role": "system", "content": system}, {"role": "user", "content": text}]
        for system, text in [("s", "a"), ("t", "a"), ("s", "b")]
    ]
    table = Dataset.from_dict({"messages": chats, "label": [1, 2, 3]})
    found = fc.datasets.deduplicate_stream(table.to_iterable_dataset())
    assert found.kept.features == table.features
    assert [row["label"] for row in found.kept] == [1, 3]
    assert len(list(fc.datasets.deduplicate_stream(table.to_iterable_dataset(), system_turns=True).kept)) == 3
    assert [row["label"] for row in pickle.loads(pickle.dumps(found.kept))] == [1, 3]
    assert [row["label"] for row in found.kept.map(lambda row: {"label": row["label"] + 1})] == [2, 4]
    assert repr(found).startswith("<StreamDeduplicated: 3 rows, 2 kept, 1 removed")


def test_a_stream_of_generated_rows_without_features_and_without_an_end():
    endless = IterableDataset.from_generator(lambda: ({"text": str(n % 5)} for n in itertools.count()))
    found = fc.datasets.deduplicate_stream(endless, batch_size=10)
    assert [row["text"] for row in itertools.islice(found.kept, 5)] == list("01234")


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"stream": dataset()}, TypeError, 'IterableDataset, got Dataset; .*method="exact"'),
        ({"memory": 15}, ValueError, "memory must be at least 16, got 15"),
        ({"memory": "1 GB"}, TypeError, "memory must be a whole number, got '1 GB'"),
        ({"batch_size": 0}, ValueError, "batch_size must be at least 1"),
    ],
)
def test_a_stream_that_cannot_be_read(arguments, error, says):
    with pytest.raises(error, match=says):
        fc.datasets.deduplicate_stream(**({"stream": stream({"text": ["a"]})} | arguments))


def test_a_column_that_is_not_in_the_stream():
    with pytest.raises(ValueError, match="'txt', which is not there"):
        list(fc.datasets.deduplicate_stream(stream({"text": ["a"]}), on="txt").kept)


# Tables


def test_lengths_and_jobs_take_what_datasets_gives():
    rows = dataset([f"question {n} of several words" for n in range(20)])
    rows = rows.map(fc.datasets.count_tokens("text", tokenizer="words"), batched=True)
    assert fc.pack(rows["length"], capacity=16).tokens == 100
    assert sum(fc.bucket_by_length(rows["length"], buckets=2).rows) == 20
    job = fc.curate(DatasetDict({"train": rows, "test": rows}), recipe="sft")
    assert isinstance(job.kept, DatasetDict)


def test_a_dataset_on_disk_is_read_where_it_lies(tmp_path):
    """Columns share the memory map: no Arrow memory is allocated to open them."""
    texts = [f"line {n} of a long text that fills pages" * 5 for n in range(20_000)]
    dataset(texts).save_to_disk(tmp_path / "rows")
    rows = load_from_disk(tmp_path / "rows")
    from fastcurate.frames import open_frame

    before = pa.total_allocated_bytes()
    column = open_frame(rows).arrow("text")
    assert column.num_chunks > 1
    assert pa.total_allocated_bytes() - before < 100_000
    assert column.nbytes > 2_000_000


@settings(deadline=None, max_examples=50)
@given(texts=st.lists(st.sampled_from(LINES), min_size=1, max_size=12), seed=st.integers(0, 5))
def test_the_verdicts_of_an_indexed_dataset_are_those_of_the_reference(texts, seed):
    features = Features({"text": Value("string")})
    rows = Dataset.from_dict({"text": texts}, features=features).shuffle(seed=seed)
    found = fc.deduplicate(rows, on="text", threshold=0.6)
    expected = oracle.deduplicate(list(rows), on="text", threshold=0.6)
    assert found.representative.to_pylist() == expected.representative
    assert list(found.kept) == [rows[row] for row in expected.kept]


@pytest.mark.parametrize("rows", [[], [2], [1, 2, 3], [0, 2], [0, 5, 2], [3, 1, 1]])
def test_taken_rows_are_what_select_gives(rows):
    from fastcurate.frames import open_frame

    source = dataset(["a", "b", "c", "d", "e", "f"]).with_format("numpy", columns=["text"])
    for before in (source, source.select([5, 4, 3, 2, 1, 0]), source.shuffle(seed=1)):
        taken = open_frame(before).take(np.array(rows, dtype=np.int64))
        wanted = before.select(rows)
        assert taken.features == wanted.features
        assert taken.format == wanted.format
        assert taken.split == wanted.split
        assert taken.with_format(None).to_list() == wanted.with_format(None).to_list()
        again = open_frame(before).take(np.array(rows, dtype=np.int64))
        assert taken._fingerprint == again._fingerprint
