"""A thousand threads that call kernels at once, and children by fork and by spawn, get the answers of a quiet call."""

import multiprocessing
import threading

import fastcurate as fc
import pytest

TEXTS = [f"The {number}th text, of {number % 7} kinds: ann{number}@example.org" for number in range(300)] + [
    None,
    "",
]


def answers(texts):
    """A call of every kernel."""
    found = fc.deduplicate({"text": texts}, threshold=0.7)
    return [
        fc.fingerprint(texts).to_pylist(),
        fc.minhash(texts, num_perm=16).to_pylist(),
        fc.simhash(texts).to_pylist(),
        fc.normalize(texts, preset="match").to_pylist(),
        fc.count_tokens(texts, tokenizer="gpt2").to_pylist(),
        fc.similarity(texts, texts[::-1]).to_pylist(),
        fc.quality(texts, families=["words"]).to_pylist(),
        fc.redact(texts).to_pylist(),
        fc.find_words(texts, words=["kinds", "9th"]).to_pylist(),
        fc.bucket_by_length([len(text or "") for text in texts], buckets=3).boundaries,
        [list(rows) for rows in fc.pack([len(text or "") for text in texts], capacity=500).bins],
        found.representative.to_pylist(),
    ]


def test_a_thousand_threads():
    expected = answers(TEXTS)
    gate, wrong, done = threading.Barrier(1000), [], []

    def one(number):
        gate.wait()
        try:
            if number % 50 == 0:
                assert answers(TEXTS) == expected
            else:  # one kernel each, or the machine would do nothing else
                call = (
                    lambda: fc.fingerprint(TEXTS).to_pylist() == expected[0],
                    lambda: fc.simhash(TEXTS).to_pylist() == expected[2],
                    lambda: fc.count_tokens(TEXTS, tokenizer="gpt2").to_pylist() == expected[4],
                    lambda: fc.redact(TEXTS).to_pylist() == expected[7],
                )[number % 4]
                assert call()
            done.append(number)
        except BaseException as error:  # noqa: BLE001 - also a panic; the main thread fails with it
            wrong.append((number, error))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(1000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert len(done) == 1000


def _child(texts, out):
    out.put(answers(texts))


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_children_after_the_parent_has_used_every_kernel_and_polars(method):
    pl = pytest.importorskip("polars")
    import fastcurate.polars  # noqa: F401

    frame = pl.DataFrame({"text": TEXTS * 40})
    frame.select(pl.col("text").fc.minhash(num_perm=4))  # wakes both thread pools
    expected = answers(TEXTS)
    context = multiprocessing.get_context(method)
    out = context.Queue()
    children = [context.Process(target=_child, args=(TEXTS, out)) for _ in range(2)]
    for child in children:
        child.start()
    assert [out.get(timeout=100) for _ in children] == [expected, expected]
    for child in children:
        child.join()
        assert child.exitcode == 0
