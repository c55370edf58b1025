"""count_tokens: exactly the counts of Python's `tokenizers` and of `tiktoken`.

`tests/golden/tokens.jsonl` was made with tiktoken from the published vocabularies. The oracle of the
property tests is the package `tokenizers` itself, on small tokenizers that are trained here.
"""

from __future__ import annotations

import base64
import json
import os
import pickle
import random
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tiktoken
import tokenizers as tk
from fastcurate import curate
from fastcurate.columns import count_tokens
from fastcurate.tokenizer import NAMES, load_tokenizer
from hypothesis import given
from hypothesis import strategies as st
from strategies.tokenizers_made import (
    CL100K,
    GOLDEN,
    MADE,
    PATTERNS,
    TEXT,
    TRAINING,
    byte_level,
    expected,
    made,
    split_by,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("row", GOLDEN, ids=range(len(GOLDEN)))
def test_the_embedded_vocabularies_count_as_tiktoken(row: dict[str, Any]) -> None:
    for name in ("gpt2", "cl100k_base", "o200k_base"):
        assert count_tokens([row["text"]], tokenizer=name).to_pylist() == [row[name]], name


@pytest.mark.parametrize("name", list(MADE))
def test_counts_are_those_of_the_package_tokenizers(name: str) -> None:
    tokenizer = made(name)
    assert load_tokenizer(tokenizer).engine == MADE[name][1]

    @given(st.lists(TEXT, max_size=20), st.booleans())
    def check(texts: list[str], special: bool) -> None:
        counts = count_tokens(texts, tokenizer=tokenizer, add_special_tokens=special, threads=1)
        assert counts.to_pylist() == expected(tokenizer, list(texts), special)

    check()


@pytest.mark.parametrize("name", list(MADE))
def test_the_corners(name: str, corpus: list[str | None]) -> None:
    counts = count_tokens(corpus, tokenizer=made(name), threads=2)
    assert counts.to_pylist() == expected(made(name), corpus)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("pattern", list(PATTERNS))
def test_random_merges(pattern: str, seed: int) -> None:
    """Merges that no training would give: in random order, several for one token."""
    rng = random.Random(seed)
    letters = sorted(tk.pre_tokenizers.ByteLevel.alphabet())
    rng.shuffle(letters)
    vocab = {letter: number for number, letter in enumerate(letters)}
    few = rng.sample(sorted("abcĠ'Ãé"), 4)
    merges: dict[tuple[str, str], None] = {}
    for _ in range(80):
        pool = few + [entry for entry in vocab if len(entry) > 1]
        pair = (rng.choice(pool), rng.choice(pool))
        vocab.setdefault("".join(pair), len(vocab))
        merges[pair] = None
    vocab["abcabc"] = len(vocab)
    order = list(merges)
    rng.shuffle(order)
    model = tk.models.BPE(vocab=vocab, merges=order, ignore_merges=seed % 2 == 0)
    tokenizer = tk.Tokenizer(model)
    tokenizer.pre_tokenizer = split_by(PATTERNS[pattern], *(("removed", True) if seed % 3 == 0 else ()))
    texts: list[str | None] = ["".join(rng.choices("abc 'é", k=rng.randint(0, 120))) for _ in range(300)]
    texts.append("abcabc")
    assert load_tokenizer(tokenizer).engine == "fast"
    assert count_tokens(texts, tokenizer=tokenizer).to_pylist() == expected(tokenizer, texts)


def test_ten_megabytes_without_a_space() -> None:
    rng = random.Random(1)
    text = "".join(rng.choices("abcdefgh", k=100_000)) * 100
    assert len(text) == 10_000_000
    assert count_tokens([text], tokenizer=made("gpt2")).to_pylist() == expected(made("gpt2"), [text])


@pytest.mark.parametrize("name", ["cl100k", "qwen2", "o200k", "deepseek", "sentencepiece", "wordpiece"])
def test_a_long_row_without_a_space(name: str) -> None:
    rng = random.Random(2)
    texts: list[str | None] = [
        "".join(rng.choices(letters, k=1000)) * 200
        for letters in ("abcdefgh", "中文字汉あ", "привет", "aé1.", "1234567890", "\n\r", "'s")
    ]
    assert count_tokens(texts, tokenizer=made(name)).to_pylist() == expected(made(name), texts)


def test_special_tokens_inside_text() -> None:
    texts: list[str | None] = ["<s>a</s>", "a<s><s> b </s>\n", "<s", "<s>" * 100, "< s>"]
    for name in ("gpt2", "added tokens", "stripping tokens", "sentencepiece"):
        assert count_tokens(texts, tokenizer=made(name)).to_pylist() == expected(made(name), texts)
    as_text = count_tokens(["<|endoftext|>"], tokenizer="gpt2").to_pylist()
    assert as_text == [7], "the built-in names take special tokens as ordinary text"


def test_truncation_and_padding_in_the_file_are_ignored() -> None:
    for name in ("gpt2", "wordpiece"):
        tokenizer = tk.Tokenizer.from_str(made(name).to_str())
        tokenizer.enable_truncation(3)
        tokenizer.enable_padding(length=50)
        texts: list[str | None] = ["", "a", "one two three four five six"]
        for special in (False, True):
            counts = count_tokens(texts, tokenizer=tokenizer, add_special_tokens=special)
            assert counts.to_pylist() == expected(made(name), texts, special)


@given(st.lists(st.one_of(st.none(), TEXT), max_size=10))
def test_proxies(texts: list[str | None]) -> None:
    space = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
        map(chr, range(0x2000, 0x200B))
    )

    def words(text: str) -> int:
        for character in space:
            text = text.replace(character, " ")
        return sum(1 for word in text.split(" ") if word)

    for name, count in (("words", words), ("chars", len), ("bytes", lambda text: len(text.encode()))):
        counts = count_tokens(texts, tokenizer=name).to_pylist()
        assert counts == [None if text is None else count(text) for text in texts]


def test_every_layout_chunking_and_number_of_threads() -> None:
    rows = [None, "", "Hello world's end", "naïve 中文", None, "x" * 40] * 200
    counts = count_tokens(rows, tokenizer="gpt2", threads=1).to_pylist()
    assert [count is None for count in counts] == [row is None for row in rows]
    strings = pa.array(rows)
    layouts = [strings.cast(t) for t in (pa.large_string(), pa.string_view())]
    layouts += [strings.dictionary_encode(), pa.chunked_array([strings[:1], strings[1:1], strings[1:]])]
    for column in (strings, *layouts):
        for threads in (1, 2, 3):
            counted = count_tokens(column, tokenizer="gpt2", threads=threads)
            assert counted.type == pa.int32()
            assert counted.to_pylist() == counts
    series = count_tokens(pl.Series("t", rows), tokenizer="gpt2")
    assert isinstance(series, pl.Series)
    assert series.dtype == pl.Int32
    assert series.to_list() == counts


def test_messages_count_as_the_sum_of_their_contents() -> None:
    tokenizer = made("gpt2")
    chats: list[Any] = [
        [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "the cat's hat"}],
        [],
        None,
        [{"role": "user", "content": None}, {"role": "assistant", "content": "12 or 123"}],
    ]
    contents = [[turn["content"] or "" for turn in chat] if chat is not None else None for chat in chats]
    sums = [
        None if texts is None else sum(n or 0 for n in expected(tokenizer, list(texts))) for texts in contents
    ]
    assert count_tokens(chats, tokenizer=tokenizer).to_pylist() == sums
    assert count_tokens(pl.Series(chats), tokenizer=tokenizer).to_list() == sums


def test_a_tokenizer_comes_in_many_forms(tmp_path: Path) -> None:
    tokenizer = made("cl100k")
    content = tokenizer.to_str()
    (tmp_path / "tokenizer.json").write_text(content)
    forms = [
        content,
        str(tmp_path / "tokenizer.json"),
        tmp_path / "tokenizer.json",
        tmp_path,
        tokenizer,
        SimpleNamespace(backend_tokenizer=tokenizer),
    ]
    loaded = {id(load_tokenizer(form)) for form in forms}
    assert len(loaded) == 1, "the same content is loaded once"
    assert load_tokenizer(load_tokenizer("gpt2")) is load_tokenizer("gpt2")


@pytest.mark.parametrize("form", ["gpt2", "words", "made"])
def test_pickling_is_deterministic_and_gives_the_same_counts(form: str) -> None:
    loaded = load_tokenizer(made("o200k") if form == "made" else form)
    pickled = pickle.dumps(loaded)
    again = pickle.loads(pickled)
    assert pickle.dumps(again) == pickled
    assert repr(again) == repr(loaded)
    assert count_tokens(TRAINING, tokenizer=again) == count_tokens(TRAINING, tokenizer=loaded)


def test_threads_may_load_and_count_at_once() -> None:
    content = byte_level(CL100K, vocab_size=400).to_str()
    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(count_tokens, TRAINING, tokenizer=content, threads=2) for _ in range(16)]
    assert len({tuple(job.result().to_pylist()) for job in jobs}) == 1


def test_progress_is_told() -> None:
    seen: list[int] = []
    count_tokens(["a"] * 5000, tokenizer="gpt2", progress=seen.append)
    assert seen[-1] == 5000


def test_errors_say_what_would_have_been_right(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"tokenizer must be the path.*got int"):
        count_tokens(["a"], tokenizer=3)
    with pytest.raises(FileNotFoundError, match=r"'cl100k_base'.*no file 'gpt5'"):
        count_tokens(["a"], tokenizer="gpt5")
    with pytest.raises(FileNotFoundError, match=r"tokenizer\.json"):
        count_tokens(["a"], tokenizer=tmp_path)
    for name, content in (
        ("a.json", b"{}"),
        ("b.json", b"no json"),
        ("c.json", b'{"model": {"type": "New"}}'),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match=rf"tokenizer must be .*{name}"):
            count_tokens(["a"], tokenizer=tmp_path / name)
    (tmp_path / "d.bin").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"d\.bin.*not UTF-8"):
        count_tokens(["a"], tokenizer=tmp_path / "d.bin")
    for content, problem in ((b"IQ== 0\nIg== 5\n", "line 2"), (b"IQ== 0\n", "1 entries")):
        (tmp_path / "e.tiktoken").write_bytes(content)
        with pytest.raises(ValueError, match=problem):
            count_tokens(["a"], tokenizer=tmp_path / "e.tiktoken")
    few = tk.Tokenizer(tk.models.BPE())
    few.pre_tokenizer = tk.pre_tokenizers.ByteLevel(add_prefix_space=False)
    few.train_from_iterator(["abc abd"] * 3, tk.trainers.BpeTrainer(vocab_size=20))
    with pytest.raises(ValueError, match="no token for bytes"):
        count_tokens(["a"], tokenizer=few)
    with pytest.raises(TypeError, match="text must be a column of strings"):
        count_tokens(pa.array([1, 2]), tokenizer="words")
    assert all(load_tokenizer(name) for name in NAMES)


@pytest.mark.parametrize(
    ("source", "column"),
    [
        ("gpt2", "n_r50k_base"),
        ("cl100k_base", "n_cl100k_base"),
        ("o200k_base", "n_o200k_base"),
        ("cl100k_base.tiktoken", "n_cl100k_base"),
        ("o200k_base.tiktoken", "n_o200k_base"),
        ("gpt2.tokenizer.json", "n_gpt2"),
        ("qwen2.tokenizer.json", "n_qwen2"),
        ("llama.tokenizer.json", "n_llama2"),
        ("bert-base-uncased.tokenizer.json", "n_bert_uncased"),
    ],
)
def test_the_acceptance_counts(data: Path, source: str, column: str) -> None:
    table = pq.read_table(data / "acceptance/token_counts_expected_shared.parquet")
    tokenizer = data / "tokenizers" / source if "." in source else source
    counts = count_tokens(table["text"], tokenizer=tokenizer)
    assert counts.to_pylist() == table[column].to_pylist()


@pytest.mark.parametrize("source", ["gpt2", "qwen2", "llama", "bert-base-uncased"])
def test_real_tokenizers_on_real_scripts(data: Path, source: str) -> None:
    path = data / "tokenizers" / f"{source}.tokenizer.json"
    texts = pq.read_table(data / "raw/raw_mixed_sample.parquet", columns=["text"])["text"][::40].to_pylist()
    for special in (False, True):
        counts = count_tokens(texts, tokenizer=path, add_special_tokens=special)
        assert counts.to_pylist() == expected(tk.Tokenizer.from_file(str(path)), texts, special)


@pytest.mark.parametrize(
    "model",
    [
        '{"type":"BPE","vocab":{},"merges":[]}',
        '{"type":"BPE","vocab":{"a":0,"b":0},"merges":["a b"]}',
    ],
)
def test_a_vocabulary_that_cannot_be_is_refused(model: str) -> None:
    with pytest.raises(ValueError, match="tokenizer must be"):
        count_tokens(["a"], tokenizer=f'{{"model":{model}}}')


def test_a_tiktoken_file_whose_pattern_is_named(data: Path, tmp_path: Path) -> None:
    lines = (data / "tokenizers/cl100k_base.tiktoken").read_bytes().splitlines()[:50_000]
    path = tmp_path / "other.tiktoken"
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(ValueError, match=r"50000 entries.*pattern=.*other\.tiktoken"):
        count_tokens(["a"], tokenizer=path)
    ranks = {base64.b64decode(line.split()[0]): rank for rank, line in enumerate(lines)}
    texts = [row["text"] for row in GOLDEN]
    for name, pattern in (("llama3", CL100K), ("gpt2", PATTERNS["gpt2"]), ("o200k_base", PATTERNS["o200k"])):
        encoding = tiktoken.Encoding("other", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
        loaded = load_tokenizer(path, pattern=name)
        counts = count_tokens(texts, tokenizer=loaded).to_pylist()
        assert counts == [len(encoding.encode_ordinary(text)) for text in texts], name
        assert count_tokens(texts, tokenizer=pickle.loads(pickle.dumps(loaded))).to_pylist() == counts
    with pytest.raises(ValueError, match=r"pattern must be one of .*got \"gpt9\""):
        load_tokenizer(path, pattern="gpt9")
    with pytest.raises(ValueError, match="pattern must be None"):
        load_tokenizer("gpt2", pattern="gpt2")


def test_an_id_that_would_take_gigabytes_is_refused() -> None:
    file = json.loads(made("unigram").to_str())
    file["added_tokens"][0]["id"] = 4_294_967_290
    with pytest.raises(ValueError, match="largest id is 4294967290"):
        count_tokens(["a"], tokenizer=json.dumps(file))


@pytest.mark.parametrize("name", ["gpt2", "sentencepiece", "wordpiece"])
def test_so_is_one_in_a_file_with_a_fast_path(name: str) -> None:
    for id_ in (2**31, 2**32 - 6):
        file = json.loads(made(name).to_str())
        file["model"]["vocab"]["never"] = id_
        with pytest.raises(ValueError, match=f"largest id is {id_}"):
            count_tokens(["a"], tokenizer=json.dumps(file))
        file = json.loads(made(name).to_str())
        file["added_tokens"][0]["id"] = id_
        with pytest.raises(ValueError, match=f"largest id is {id_}"):
            count_tokens(["a"], tokenizer=json.dumps(file))


def test_a_file_that_has_not_changed_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tokenizer.json"
    reads: list[Path] = []
    read = type(path).read_bytes

    def noted(self: Path) -> bytes:
        reads.append(self)
        return read(self)

    monkeypatch.setattr(type(path), "read_bytes", noted)
    path.write_text(made("gpt2").to_str())
    first = load_tokenizer(path)
    assert load_tokenizer(tmp_path) is first
    assert len(reads) == 2, "a file that was written just now may be written again unseen"
    os.utime(path, (1_600_000_000, 1_600_000_000))
    for name in (path, str(path), tmp_path):
        assert load_tokenizer(name) is first
    assert len(reads) == 3
    path.write_text(made("qwen2").to_str())
    os.utime(path, (1_600_000_001, 1_600_000_001))
    assert load_tokenizer(path) is not first
    assert count_tokens(["12 345"], tokenizer=path).to_pylist() == expected(made("qwen2"), ["12 345"])


def test_what_counts_can_be_read() -> None:
    assert load_tokenizer(made("gpt2")).notice is None
    other = load_tokenizer(made("unigram"))
    assert other.engine == "reference"
    assert "no fast path" in str(other.notice)
    curated = curate({"text": ["a b", "c d e"]}, tokenizer=made("unigram"))
    assert curated.summary()["note"] == other.notice
