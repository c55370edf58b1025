"""`deduplicate(signatures=)`: sketches that were made earlier, compared in the place of texts."""

from pathlib import Path
from typing import Any

import datasets
import fastcurate as fc
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference.similar import Verdicts, order_of
from strategies.rows import KEEPS, tables
from test_deduplicate import verdicts

ask: Any = fc.deduplicate
TEXTS = ["name three rivers of the north", "Name three rivers of the north!", "boil an egg", None]


def sketched(rows: list[dict[str, Any]], **options: Any) -> pa.Table:
    texts = pa.array([row["text"] for row in rows], pa.string())
    scores = pa.array([row["score"] for row in rows], pa.float64())
    sources = pa.array([row["source"] for row in rows], pa.string())
    signatures = fc.minhash(texts, **options)
    return pa.table({"text": texts, "score": scores, "source": sources, "sig": signatures})


def by_the_rule(signatures: list[Any], order: list[int], keep: str, threshold: float) -> Verdicts:
    """Law 1 with the share of equal values as the similarity; null matches nothing."""
    representative, similarity = list(range(len(signatures))), [1.0] * len(signatures)
    kept: list[int] = []
    for i in order:
        others = [j for j in range(len(signatures)) if j != i] if keep == "none" else kept
        near = []
        for j in others:
            if signatures[i] is not None and signatures[j] is not None:
                equal = sum(x == y for x, y in zip(signatures[i], signatures[j], strict=True))
                near.append((equal / len(signatures[i]), j))
        near = [one for one in near if one[0] >= threshold]
        if near:
            similarity[i], representative[i] = max(near, key=lambda one: one[0])
        else:
            kept.append(i)
    return Verdicts(sorted(kept), representative, similarity)


@given(
    rows=tables(),
    num_perm=st.integers(1, 130),
    algorithm=st.sampled_from(["multiply", "fss"]),
    threshold=st.sampled_from([0.1, 0.5, 0.8, 0.9, 1.0]) | st.floats(0.05, 1.0),
    keep=KEEPS,
)
def test_against_the_rule(
    rows: list[dict[str, Any]], num_perm: int, algorithm: str, threshold: float, keep: str
) -> None:
    data = sketched(rows, num_perm=num_perm, algorithm=algorithm, shingle="word:1")
    order = order_of(rows, "text", keep)
    expected = by_the_rule(data["sig"].to_pylist(), order, keep, threshold)
    assert verdicts(ask(data, signatures="sig", keep=keep, threshold=threshold)) == expected


def test_the_same_from_every_frame_and_file(tmp_path: Path) -> None:
    data = pa.table({"id": [1, 2, 3, 4], "sig": fc.minhash(TEXTS)})
    plain = data.set_column(1, "sig", data["sig"].combine_chunks().storage)
    with pa.ipc.new_file(tmp_path / "rows.arrow", data.schema) as writer:
        writer.write_table(data)
    lists = plain.set_column(1, "sig", plain["sig"].cast(pa.list_(pa.uint32())))
    frames = [data, plain, lists, pl.DataFrame(plain), datasets.Dataset(plain), tmp_path / "rows.arrow"]
    for frame in frames:
        found = ask(frame, signatures="sig")
        assert list(found.representative) == (
            [0, 0, 2, 3] if isinstance(frame, pl.DataFrame) else [*map(pa.scalar, [0, 0, 2, 3])]
        )
        summary = found.summary()
        assert (summary["estimated"], summary["engine"], summary["on"]) == (True, "blocks", [])
        assert summary["signatures"]["num_perm"] == 128
        known = summary["signatures"]["identity"]
        if frame is data or isinstance(frame, Path):
            assert (known["algorithm"], known["shingle"], summary["shingle"]) == (
                "multiply",
                "word:3",
                "word:3",
            )
        assert found.rethreshold(1.0).kept.shape[0] == 3
    assert repr(ask(data, signatures="sig")).endswith("(estimated similarity >= 0.8)>")
    assert ask(data, signatures="sig").groups().table["rows"].to_pylist() == [[1]]
    assert ask(data, signatures="sig").pairs().read_all().to_pylist() == [
        {"row_a": 0, "row_b": 1, "similarity": 1.0}
    ]


def test_parquet(tmp_path: Path) -> None:
    """Without nulls, which pyarrow 25 writes into lists of a fixed size and cannot read back."""
    pq.write_table(pa.table({"sig": fc.minhash(TEXTS[:3])}), tmp_path / "rows.parquet")
    found = ask(tmp_path / "rows.parquet", signatures="sig")
    assert found.representative.to_pylist() == [0, 0, 2]
    assert found.summary()["signatures"]["identity"]["seed"] == 1


def test_simhash() -> None:
    data = pa.table({"text": TEXTS, "bits": fc.simhash(TEXTS)})
    for threshold in (0.5, 0.9, 1.0):
        found = ask(data, signatures="bits", measure="hamming", threshold=threshold)
        assert verdicts(found) == verdicts(ask({"text": TEXTS}, measure="hamming", threshold=threshold))
    assert found.summary()["estimated"] is False


def test_against_rows_of_the_same_sketches() -> None:
    old = pa.table({"sig": fc.minhash(["boil an egg!"])})
    new = pa.table({"sig": fc.minhash(TEXTS)})
    found = ask(new, signatures="sig", against=old)
    assert found.kept_in.to_pylist() == ["new", "new", "against", "new"]
    assert found.representative.to_pylist() == [0, 0, 0, 3]


def test_mixing_is_refused() -> None:
    new = pa.table({"sig": fc.minhash(TEXTS)})
    for options, difference in (
        ({"seed": 2}, "seed is 1 in data and 2 in against"),
        ({"shingle": "char:5"}, "shingle is 'word:3' in data and 'char:5' in against"),
        ({"algorithm": "fss"}, "algorithm is 'multiply' in data and 'fss' in against"),
        ({"num_perm": 64}, r"fixed_size_list<.*>\[128\] in data and .*\[64\] in against"),
    ):
        old = pa.table({"sig": fc.minhash(["a"], **options)})
        with pytest.raises(ValueError, match=f"signatures='sig' cannot be mixed: .*{difference}"):
            ask(new, signatures="sig", against=old)
    with pytest.raises(
        ValueError, match="algorithm 'simhash' are compared by measure='hamming', got 'jaccard'"
    ):
        ask(pa.table({"sig": fc.simhash(TEXTS)}), signatures="sig")
    with pytest.raises(ValueError, match="algorithm 'multiply' are compared by measure='jaccard'"):
        ask(new, signatures="sig", measure="hamming")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"signatures": "nothing"}, ValueError, "signatures='nothing': data: there is no column 'nothing'"),
        ({"signatures": "text"}, TypeError, "signatures='text' must be a column of minhash or simhash"),
        ({"signatures": 3}, TypeError, "signatures must be the name of a column, got 3"),
        ({"signatures": "sig", "measure": "containment"}, ValueError, "containment needs the texts"),
        ({"signatures": "sig", "idf": True}, ValueError, "idf needs the texts"),
        ({"signatures": "sig", "distinct_numbers": True}, ValueError, "distinct_numbers needs the texts"),
        ({"signatures": "sig", "engine": "lsh"}, ValueError, "engine='lsh' needs the texts"),
        ({"signatures": "sig", "method": "exact"}, ValueError, "signatures needs method='similar'"),
        ({"signatures": "uneven"}, TypeError, "signatures of one length"),
    ],
)
def test_what_cannot_be(options: dict[str, Any], error: type[Exception], message: str) -> None:
    data = pa.table({"text": ["a", "b"], "sig": fc.minhash(["a", "b"]), "uneven": [[1], [2, 3]]})
    with pytest.raises(error, match=message):
        ask(data, **options)


def test_the_longest_needs_texts() -> None:
    data = pa.table({"sig": fc.minhash(["a", "A!"])})
    with pytest.raises(ValueError, match="keep='longest' goes by the texts; name their columns in on"):
        ask(data, signatures="sig", keep="longest")
    data = data.append_column("body", pa.array(["a", "A!"]))
    assert ask(data, signatures="sig", on="body", keep="longest").removed["row"].to_pylist() == [0]
