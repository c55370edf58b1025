"""Other measures than Jaccard, from Arrow text to verdicts, two threads where a library has threads.

Containment at .8 beside datasketch's LSH Ensemble (Zhu, Nargesian, Pu and Miller 2016), which is made for it and is
given the first rows, cut into three-word shingles in Python: it nominates, so that what it finds is verified by exact
sets. SimHash within 3 bits beside gaoya's index, whose hashes are its own; and one more row, from its text, held
against an index of all rows, beside datasketch's index of the signatures of the first rows. Ours are exact: removed
rows are verified, and the first rows judged by brute force.
"""

from collections.abc import Iterator
from functools import cache, partial
from typing import Any

import fastcurate as fc
import pyarrow as pa
from datasketch import MinHash, MinHashLSH, MinHashLSHEnsemble
from gaoya.simhash import SimHashStringIndex
from reference import similar as reference
from reference.shingle import shingles as exact_shingles

from benches.case import Case, named
from benches.corpora import Corpora, size
from benches.plain_python import shingles

THRESHOLD, PERM, PARTS = 0.8, 128, 16
DISTANCE = 3
SAMPLE = 2_000  # rows that datasketch is given
BRUTE = 200  # rows that brute force judges
CORPORA = ("alpaca_en_52k", "t0_per_template")


def contained(text: pa.StringArray) -> Any:
    table = pa.table({"text": text})
    return fc.deduplicate(
        table, on="text", measure="containment", threshold=THRESHOLD, keep="longest", threads=2
    )


def signatures(text: pa.StringArray) -> list[MinHash]:
    cut = [[shingle.encode() for shingle in row] for row in shingles(text.to_pylist())]
    return list(MinHash.bulk(cut, num_perm=PERM))


def ensemble(text: pa.StringArray) -> list[int]:
    """The rows that are contained in a longer one that stays."""
    cut = [frozenset(row) for row in shingles(text.to_pylist())]
    sketches = signatures(text)
    index = MinHashLSHEnsemble(threshold=THRESHOLD, num_perm=PERM, num_part=PARTS)
    index.index((row, sketch, len(cut[row])) for row, sketch in enumerate(sketches))
    order = sorted(range(len(cut)), key=lambda row: (-len(text[row].as_py()), row))
    place = {row: rank for rank, row in enumerate(order)}
    removed: set[int] = set()
    for row in order:
        for other in index.query(sketches[row], len(cut[row])):
            earlier = place[other] < place[row] and other not in removed
            if earlier and len(cut[row] & cut[other]) >= THRESHOLD * len(cut[row]):
                removed.add(row)
                break
    return sorted(removed)


def agree_contained(text: pa.StringArray, some: pa.StringArray) -> str:
    cut = cache(lambda row: exact_shingles(text[row].as_py(), "word:3"))
    removed = contained(text).removed.select(["row", "kept_row", "similarity"]).to_pylist()
    for one in removed:
        own, other = cut(one["row"]), cut(one["kept_row"])
        assert len(own & other) / len(own) == one["similarity"] >= THRESHOLD
    few = some.slice(0, BRUTE)
    options: dict[str, Any] = {"measure": "containment", "keep": "longest"}
    rows = [{"text": row} for row in few.to_pylist()]
    expected = reference.deduplicate(rows, on="text", **options)
    assert contained(few).representative.to_pylist() == expected.representative
    ours = set(contained(some).removed["row"].to_pylist())
    theirs = set(ensemble(some))
    found = f"of {len(ours)} in the sample it finds {len(theirs & ours)}"
    return f"ours exact, all {len(removed)} removed rows verified; {found}"


def close_bits(text: pa.StringArray) -> Any:
    table = pa.table({"text": text})
    return fc.deduplicate(table, on="text", measure="hamming", threshold=1 - DISTANCE / 64, threads=2)


def gaoya(text: pa.StringArray) -> list[int]:
    """The rows that go."""
    index = SimHashStringIndex(
        hash_size=64,
        num_blocks=6,
        hamming_distance=DISTANCE,
        analyzer="word",
        lowercase=True,
        ngram_range=(3, 3),
    )
    removed = []
    for row, one in enumerate(text.to_pylist()):
        if index.query(one):
            removed.append(row)
        else:
            index.insert_document(row, one)
    return removed


def agree_bits(text: pa.StringArray, some: pa.StringArray) -> str:
    found = close_bits(text)
    bits = fc.simhash(text).storage.to_numpy()
    stands = found.representative.to_pylist()
    for row, other in enumerate(stands):
        assert 64 * (1 - found.similarity[row].as_py()) == (int(bits[row]) ^ int(bits[other])).bit_count()
    few = some.slice(0, BRUTE)
    rows = [{"text": row} for row in few.to_pylist()]
    expected = reference.deduplicate(rows, on="text", measure="hamming", threshold=1 - DISTANCE / 64)
    assert close_bits(few).representative.to_pylist() == expected.representative
    gone, theirs = len(text) - found.kept.num_rows, len(gaoya(some))
    return f"ours exact, {gone} rows go; by its own hashes it removes {theirs} of the sample"


def cases(corpora: Corpora) -> Iterator[Case]:
    for corpus in corpora.named(*CORPORA):
        text = corpora.text(corpus)
        some = text.slice(0, SAMPLE)
        yield Case(
            "containment",
            corpus,
            len(text),
            partial(contained, text),
            named("datasketch"),
            partial(ensemble, some),
            partial(agree_contained, text, some),
            size(text),
            size(some) / size(text),
        )
        yield Case(
            "hamming",
            corpus,
            len(text),
            partial(close_bits, text),
            named("gaoya"),
            partial(gaoya, text),
            partial(agree_bits, text, some),
            size(text),
        )
        yield one_row(corpus, text, some)


def one_row(corpus: str, text: pa.StringArray, some: pa.StringArray) -> Case:
    """One row held against an index of all; the rival's index is of the first rows."""
    index = fc.DuplicateIndex(on="text")
    index.add(pa.table({"text": text}))
    row = pa.table({"text": some.slice(7, 1)})
    index.query(row, threads=1)  # makes the table of keys
    its_row = some.slice(7, 1)
    rival = MinHashLSH(threshold=THRESHOLD, num_perm=PERM)
    for number, sketch in enumerate(signatures(some)):
        rival.insert(number, sketch)

    def agree() -> str:
        whole: Any = fc.deduplicate(pa.table({"text": text}), on="text")
        stands = whole.representative[7].as_py()
        found: Any = index.query(row)
        assert found.removed["kept_row"].to_pylist() == [stands]
        return f"the row stands for itself; the rival nominates {len(rival.query(signatures(its_row)[0]))}"

    return Case(
        "index query",
        corpus,
        1,
        lambda: index.query(row, threads=1),
        named("datasketch"),
        lambda: rival.query(signatures(row["text"])[0]),
        agree,
    )
