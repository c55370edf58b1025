"""`filter_quality` and `plan_filter`: the verdict of every rule, frames, files, rule sets, short answers,
peers' own filters."""

import json
from pathlib import Path
from typing import Any

import fastcurate as fc
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from fastcurate.rule import built_in_rules, load_rules
from hypothesis import given
from hypothesis import strategies as st

SHORT = [
    *[
        "Paris is the capital of France.",
        "The answer is 42.",
        "42",
        "Yes.",
        "No",
        "Paris",
        "C",
        "x = 3",
        "巴黎是法国的首都。",
    ],
    *[
        "Париж — столица Франции.",
        "باريس عاصمة فرنسا",
        "पेरिस फ्रांस की राजधानी है।",
        "パリ",
        "1. red\n2. green\n3. blue",
    ],
    *[
        "- red\n- green\n- blue",
        '{"name": "Ann", "age": 3}',
        "def add(a, b):\n    return a + b",
        "```python\nprint(1)\n```",
    ],
    *[
        "| a | b |\n|---|---|\n| 1 | 2 |\n| 1 | 2 |",
        "SELECT name FROM users WHERE age > 3;",
        "2, 3, 5, 7, 11, 13",
        "...",
        "👍",
    ],
    "Roses are red\nViolets are blue\nSugar is sweet\nAnd so are you",
    "Row, row, row your boat\nGently down the stream\nMerrily, merrily, merrily, merrily\nLife is but a dream",
    "<html><body><p>Hello</p></body></html>",
    "$$\\int_0^1 x^2 dx = \\frac{1}{3}$$",
    "I am sorry to hear that your cat is ill. Have you called a vet?",
    "The model was trained by the team in three weeks.",
]


@pytest.mark.parametrize("text", SHORT)
def test_sft_takes_no_short_correct_answer(text: str) -> None:
    assert fc.filter_quality({"text": [text]}).summary()["reasons"] == {}


BAD = {
    "assistant_phrase": "As an AI language model, I do not have a name.",
    "refusal": "I'm sorry, but I can't help you with this.",
    "unclosed_fence": "Like this:\n```python\nprint(1)",
    "character_run": "a" * 201,
    "word_run": "very " * 30,
    "truncated": "A sentence that is whole and long enough for all. " * 3
    + " ".join(f"w{n}" for n in range(90))
    + " and the",
    "repetition": "this is the same sentence over and over again, with many words in it. " * 12,
}


@pytest.mark.parametrize("reason", BAD)
def test_sft_takes_what_it_is_meant_for(reason: str) -> None:
    assert reason in fc.filter_quality({"text": [BAD[reason]]}).summary()["reasons"]


def test_an_answer_is_judged_alone() -> None:
    phrase = BAD["assistant_phrase"]
    table = {
        "instruction": [phrase, "Who are you?"],
        "input": ["", ""],
        "output": ["Do not say that.", phrase],
    }
    assert fc.filter_quality(table).removed["row"].to_pylist() == [1]
    chats = [[{"role": "user", "content": phrase}, {"role": "assistant", "content": "No."}]]
    chats.append([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": phrase}])
    assert fc.filter_quality({"messages": chats}).removed["row"].to_pylist() == [1]


WORDS = st.lists(st.sampled_from(["the", "of", "42", "a.", "\n", "x y", "#"]), max_size=9).map(" ".join)
LINES = ["words >= 3", "words <= 5", "digit_fraction <= 0.1", "lines >= 1"]


@given(st.lists(st.none() | WORDS, max_size=8), st.lists(st.sampled_from(LINES), min_size=1, unique=True))
def test_the_first_rule_that_is_broken_counts(rows: list[str | None], lines: list[str]) -> None:
    table = pa.table({"text": pa.array(rows, pa.string())})
    found = fc.filter_quality(table, rules=lines)
    signals = fc.quality(table["text"]).to_pylist()
    expected = []
    for row, of in enumerate(signals):
        for line in lines if of else ():
            signal, sign, bound = line.split()
            if of[signal] < float(bound) if sign == ">=" else of[signal] > float(bound):
                expected.append(
                    {"row": row, "reason": line, "rule": line, "value": of[signal], "bound": float(bound)}
                )
                break
    assert found.removed.drop_columns(["text"]).to_pylist() == expected
    gone = {each["row"] for each in expected}
    assert found.kept["text"].to_pylist() == [text for row, text in enumerate(rows) if row not in gone]


def test_where_limits_a_rule() -> None:
    rule = {"signal": "digit_fraction", "max": 0.5, "where": {"words": {"min": 2}}, "reason": "numbers"}
    found = fc.filter_quality({"text": ["42", "42 43 44"]}, rules=rule)
    assert found.removed["row"].to_pylist() == [1]
    assert found.removed["rule"].to_pylist() == ["digit_fraction <= 0.5 where words >= 2"]


def test_frames_and_files(tmp_path: Path) -> None:
    rows = [{"text": "one two three"}, {"text": "one"}]
    found = fc.filter_quality(pl.DataFrame(rows), rules="words >= 2")
    assert isinstance(found.kept, pl.DataFrame)
    assert found.removed["row"].to_list() == [1]
    lazy = fc.filter_quality(pl.LazyFrame(rows), rules="words >= 2")
    assert lazy.kept.collect().height == 1
    path = tmp_path / "raw.jsonl"
    path.write_text(json.dumps(rows[0]) + "\nbroken\n" + json.dumps(rows[1]) + "\n")
    found = fc.filter_quality(path, rules="words >= 2", on_error="skip")
    assert found.removed["row"].to_pylist() == [1, 2]
    assert found.removed["reason"].to_pylist() == ["broken", "words >= 2"]
    assert found.summary()["broken"] == 1
    assert "1 kept, 2 removed" in repr(found)


def test_splits() -> None:
    datasets = pytest.importorskip("datasets")
    splits = datasets.DatasetDict(
        {name: datasets.Dataset.from_dict({"text": ["a b", "a"]}) for name in ("train", "test")}
    )
    found = fc.filter_quality(splits, rules="words >= 2")
    assert {split: len(rows) for split, rows in found.kept.items()} == {"train": 1, "test": 1}


def test_a_plan_says_what_the_filter_does() -> None:
    table = {"text": ["a b c d", "a b 1", "1", "", "a b c d e f"]}
    rules = ["words >= 2", "digit_fraction <= 0.1"]
    plan = fc.plan_filter(table, rules=rules, examples=1)
    assert (plan.rows, plan.of, plan.together) == (5, 5, len(fc.filter_quality(table, rules=rules).removed))
    assert [(rule["alone"], rule["only"]) for rule in plan.rules] == [(2, 1), (2, 1)]
    assert plan.rules[0]["removed"] == [(1.0, "1")]
    assert plan.rules[0]["kept"] == [(3.0, "a b 1")]
    assert "all rules together take 3 (60.00%)" in repr(plan)
    sampled = fc.plan_filter({"text": ["a"] * 100}, rules="words >= 2", sample=10)
    assert (sampled.rows, sampled.of, sampled.together) == (10, 100, 10)


def test_rule_sets_are_sound() -> None:
    assert built_in_rules() == ["c4", "fineweb", "gopher", "sft"]
    for name in built_in_rules():
        reasons = [rule.reason for rule in load_rules(name)]
        assert len(reasons) == len(set(reasons)), name


def test_published_values() -> None:
    """Rae et al. 2021, table A1 and section A.1; the code of FineWeb; TensorFlow Datasets' c4_utils.py."""
    bounds = {
        rule.bounds.signal: (rule.bounds.min, rule.bounds.max)
        for rule in [*load_rules("gopher"), *load_rules("c4")]
    }
    most = {2: 0.20, 3: 0.18, 4: 0.16, 5: 0.15, 6: 0.14, 7: 0.13, 8: 0.12, 9: 0.11, 10: 0.10}
    for n, value in most.items():
        assert bounds[f"{'top' if n < 5 else 'duplicate'}_{n}_gram_character_fraction"][1] == value
    assert bounds["words"] == (50, 100_000)
    assert bounds["mean_word_length"] == (3, 10)
    assert bounds["alphabetic_word_fraction"][0] == 0.8
    assert bounds["duplicate_line_fraction"][1] == 0.3
    assert bounds["c4_sentences"][0] == 3
    fineweb = {rule.bounds.signal: rule.bounds for rule in load_rules("fineweb")}
    assert fineweb["terminal_line_fraction"].min == 0.12
    assert fineweb["short_line_fraction"].max == 0.67
    assert fineweb["duplicate_line_character_fraction"].max == 0.01
    assert fineweb["newline_word_ratio"].max == 0.3


BAD_RULES: list[tuple[Any, type[Exception], str]] = [
    ("wrods >= 3", ValueError, "unknown signal 'wrods'; there are bytes, characters, words"),
    ({"signal": "words"}, ValueError, "no bound"),
    ({"signal": "words", "min": 3, "max": 2}, ValueError, "no row would stay"),
    ({"signal": "words", "min": "3"}, TypeError, "min must be a number"),
    ({"signal": "words", "least": 3}, ValueError, "unknown key 'least'"),
    ({"min": 3}, ValueError, "'signal' is missing"),
    ({"signal": "words", "min": 1, "where": {"lnes": {"min": 1}}}, ValueError, "unknown signal 'lnes'"),
    ("nothing.toml", FileNotFoundError, "c4, fineweb, gopher, sft"),
    ([], ValueError, "rules are empty"),
    (3, TypeError, "rules must be"),
]


@pytest.mark.parametrize(("rules", "kind", "message"), BAD_RULES)
def test_bad_rules(rules: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        fc.filter_quality({"text": ["a"]}, rules=rules)


def test_rules_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[[rules]]\nsignal = "words"\nmin = 2\nreason = "short"\n')
    assert fc.filter_quality({"text": ["a", "a b"]}, rules=path).summary()["reasons"] == {"short": 1}
    path.write_text("[[rules\n")
    with pytest.raises(ValueError, match="not TOML"):
        load_rules(path)
    path.write_text("[[rules]]\nsignal = 'words'\nmin = 1\n[steps]\n")
    with pytest.raises(ValueError, match="unknown key 'steps'"):
        load_rules(path)


CORPORA = {
    "instruct/alpaca_en_52k.parquet": 0.01,
    "instruct/alpaca_zh.parquet": 0.02,
    "instruct/gsm8k.parquet": 0.001,
    "instruct/codealpaca.parquet": 0.01,
}
"""The share of rows that `sft` may take at most; what it takes was read."""


@pytest.mark.parametrize("file", CORPORA)
def test_sft_takes_little_of_real_sets(data: Path, file: str) -> None:
    import pyarrow.parquet as pq

    found = fc.filter_quality(pq.read_table(data / file)).summary()
    removed, rows = found["removed"], found["rows"]
    assert isinstance(removed, int)
    assert isinstance(rows, int)
    assert removed < CORPORA[file] * rows, found["reasons"]


def test_values_of_nulls_are_not_judged() -> None:
    found = fc.filter_quality(pa.table({"text": pa.array([None, "a"], pa.string())}), rules="words >= 2")
    assert found.kept["text"].to_pylist() == [None]
    assert np.asarray(found.removed["value"]).tolist() == [1.0]
