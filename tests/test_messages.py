"""`to_messages` against a program of loops, in every frame; `validate_chat` against another, and on what it is for."""

import re
from pathlib import Path

import fastcurate as fc
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import Dataset, DatasetDict
from fastcurate.messages.checks import CHECKS
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import messages as reference

TEXT = st.sampled_from([None, "", "  \n", "a", "two words", "é", "日本"])
ROLE = st.sampled_from(["user", "assistant", "system", "human", "GPT ", "tool", "alien", "martian", None])


def chats(role="role", content="content"):
    turn = st.fixed_dictionaries({role: ROLE, content: TEXT})
    return st.none() | st.lists(turn, max_size=4)


def kind(role="role", content="content"):
    return pa.list_(pa.struct([(role, pa.string()), (content, pa.string())]))


FORMATS = {
    "messages": (
        {"messages": chats()},
        {"messages": kind()},
        lambda row: reference.checked("messages", row["messages"]),
    ),
    "sharegpt": (
        {"conversations": chats("from", "value"), "system": TEXT},
        {"conversations": kind("from", "value"), "system": pa.string()},
        reference.sharegpt,
    ),
    "alpaca": (
        dict.fromkeys(["instruction", "input", "output"], TEXT),
        dict.fromkeys(["instruction", "input", "output"], pa.string()),
        reference.alpaca,
    ),
    "prompt_completion": (
        dict.fromkeys(["prompt", "completion"], TEXT),
        dict.fromkeys(["prompt", "completion"], pa.string()),
        reference.prompt_completion,
    ),
    "prompt_completion of turns": (
        {"prompt": chats(), "completion": TEXT},
        {"prompt": kind(), "completion": pa.string()},
        lambda row: (
            reference.checked("prompt", row["prompt"]) + reference.part(row, "completion", "assistant")
        ),
    ),
}
FRAMES = {
    "arrow": (lambda table: table, lambda rows: rows.to_pylist()),
    "sliced": (
        lambda table: pa.concat_tables([table.slice(0, 0), table, table])[len(table) :],
        lambda rows: rows.to_pylist(),
    ),
    "polars": (pl.from_arrow, lambda rows: rows.to_dicts()),
    "lazy": (lambda table: pl.LazyFrame(pl.from_arrow(table)), lambda rows: rows.collect().to_dicts()),
    "datasets": (Dataset, list),
    "indexed": (
        lambda table: (
            Dataset(table).select(range(len(table) - 1, -1, -1)).select(range(len(table) - 1, -1, -1))
        ),
        list,
    ),
}


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("name", FORMATS)
@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_every_format_in_every_frame_is_what_the_loop_makes_of_it(name, frame, data):
    strategies, types, convert = FORMATS[name]
    rows = data.draw(st.lists(st.fixed_dictionaries(strategies), min_size=1, max_size=6))
    table = pa.Table.from_pylist(
        [row | {"id": number} for number, row in enumerate(rows)],
        schema=pa.schema({**types, "id": pa.int64()}),
    )
    fit, refused = [], []
    for number, row in enumerate(rows):
        try:
            fit.append({"id": number, "messages": convert(row)})
        except reference.Refused as reason:
            refused.append(row | {"id": number, "row": number, "reason": str(reason)})
    into, out = FRAMES[frame]
    made = fc.to_messages(into(table), format=name.split()[0])
    assert out(made.rows) == fit
    assert out(made.refused) == refused
    assert made.summary()["converted"] == len(fit)
    assert sum(made.reasons.values()) == len(refused)


def test_pandas_and_files(tmp_path: Path):
    rows = {"question": ["1 + 1?", ""], "answer": ["2", "?"], "n": [1, 2]}
    expected = [{"role": "user", "content": "1 + 1?"}, {"role": "assistant", "content": "2"}]
    frame = fc.to_messages(pd.DataFrame(rows, index=["a", "b"]))
    assert list(frame.rows.index) == ["a"]
    assert list(frame.rows["messages"].iloc[0]) == expected
    assert list(frame.refused.index) == ["b"]
    pq.write_table(pa.table(rows), tmp_path / "rows.parquet")
    assert fc.to_messages(tmp_path / "rows.parquet").rows["messages"].to_pylist() == [expected]


def test_a_preference_pair_keeps_its_parts_apart():
    pair = {
        "prompt": ["q", "q", "", "q"],
        "chosen": ["good", "same", "c", "good"],
        "rejected": ["bad", "same", "r", None],
        "score": [1, 2, 3, 4],
    }
    made = fc.to_messages(pair)
    assert made.rows.to_pylist() == [
        {
            "score": 1,
            "prompt": [{"role": "user", "content": "q"}],
            "chosen": [{"role": "assistant", "content": "good"}],
            "rejected": [{"role": "assistant", "content": "bad"}],
        }
    ]
    assert made.refused["reason"].to_pylist() == [
        "chosen and rejected: equal",
        "prompt: empty",
        "rejected: empty",
    ]
    assert repr(made) == (
        "<Messages, preference: 1 rows, 3 refused "
        "(1 chosen and rejected: equal, 1 prompt: empty, 1 rejected: empty)>"
    )


@settings(deadline=None, max_examples=50)
@given(pairs=st.lists(st.tuples(chats(), chats()), min_size=1, max_size=5))
def test_pairs_of_conversations(pairs):
    table = pa.table(
        {
            "chosen": pa.array([a for a, _ in pairs], kind()),
            "rejected": pa.array([b for _, b in pairs], kind()),
        }
    )
    fit = []
    for chosen, rejected in pairs:
        try:
            both = [reference.checked("chosen", chosen), reference.checked("rejected", rejected)]
        except reference.Refused:
            continue
        if both[0] != both[1]:
            fit.append(dict(zip(("chosen", "rejected"), both, strict=True)))
    assert fc.to_messages(table).rows.to_pylist() == fit


def test_what_else_a_turn_carries_stays_and_a_call_needs_no_content():
    call = [{"name": "add", "arguments": "{}"}]
    chat = [
        {"role": "user", "content": "q", "tool_calls": None, "weight": 0.0},
        {"role": "assistant", "content": None, "tool_calls": call, "weight": 1.0},
        {"role": "tool", "content": "2", "tool_calls": [], "weight": 0.0},
        {"role": "assistant", "content": "2", "tool_calls": None, "weight": 1.0},
    ]
    data = {"messages": [chat]}
    assert fc.to_messages(data).rows["messages"].to_pylist() == [chat]
    assert not fc.validate_chat(data)


def test_every_split_of_a_dataset_dict():
    good, bad = {"instruction": ["a"], "output": ["b"]}, {"instruction": ["a"], "output": [""]}
    made = fc.to_messages(DatasetDict({"train": Dataset.from_dict(good), "test": Dataset.from_dict(bad)}))
    assert len(made.rows["train"]) == 1
    assert made.refused["test"]["reason"][:] == ["output: empty"]
    assert made.summary()["reasons"] == {"train": {}, "test": {"output: empty": 1}}
    assert repr(made) == "<Messages, alpaca: 1 rows, 1 refused (1 output: empty)>"


def test_a_text_is_an_assistant_turn_only_when_asked_for():
    with pytest.raises(
        ValueError, match="no format fits the columns 'text'.*makes each text one assistant turn"
    ):
        fc.to_messages({"text": ["a"]})
    made = fc.to_messages({"text": ["a", ""]}, format="text")
    assert made.rows["messages"].to_pylist() == [[{"role": "assistant", "content": "a"}]]


@pytest.mark.parametrize(
    ("data", "options", "error", "says"),
    [
        ({"a": ["x"]}, {}, ValueError, "no format fits the columns 'a'"),
        ({"a": ["x"]}, {"format": "alpaca"}, ValueError, "needs the columns instruction . input . output or"),
        ({"a": ["x"]}, {"format": "chatml"}, ValueError, "format must be one of 'messages', .* got 'chatml'"),
        (
            {"messages": ["x"], "n": ["y"]},
            {"format": "sharegpt"},
            ValueError,
            "needs the columns conversations",
        ),
        ({"prompt": pa.array([1]), "completion": ["x"]}, {}, TypeError, "'prompt' must hold text or turns"),
        (
            {"instruction": pa.array([1]), "output": ["x"]},
            {},
            TypeError,
            "'instruction' must hold text, got int64",
        ),
    ],
)
def test_what_cannot_be_converted(data, options, error, says):
    with pytest.raises(error, match=says):
        fc.to_messages(data, **options)


def test_no_rows_at_all():
    empty = pa.table({"messages": pa.array([], kind())})
    assert fc.to_messages(empty).rows.num_rows == 0
    assert repr(fc.validate_chat(empty)) == "ChatReport: 0 conversations, 0 turns: nothing found"
    assert fc.to_messages(
        pa.table({"prompt": pa.array([], pa.string()), "completion": pa.array([], pa.string())})
    )


# validate_chat


LEFTOVERS = {
    "template_token": [
        "<|im_start|>",
        "[/INST]",
        "<|eot_id|>",
        "</s>",
        "<start_of_turn>",
        "<｜User｜>",
        "<|channel|>",
    ],
    "mojibake": ["cafÃ©", "itâ€™s", "Â£5", "ðŸ˜€", "ï»¿x", "Ã¼ber"],
    "replacement_character": ["a\ufffdb"],
    "byte_order_mark": ["\ufeffa"],
    "control_character": ["a\x00b", "\x1b[0m", "a\x85b"],
    "html_entity": ["a &amp; b", "&#39;", "&#x27;", "&nbsp;"],
}
HARMLESS = [
    "a < b",
    "R&D; yes",
    "AT&T",
    "Ã",
    "São Paulo",
    "château",
    "<sub>",
    "[1]",
    "a\tb\r\nc",
    "£5 â",
    "ÂNGELA",
    "if (a <|b) {}",
]
PYTHON = {
    name: check.pattern.replace("\\x{", "\\x").replace("}", "}")
    for name, check in CHECKS.items()
    if check.pattern
}


@pytest.mark.parametrize(
    ("check", "text"), [(check, text) for check, texts in LEFTOVERS.items() for text in texts]
)
def test_leftovers_are_found_in_any_turn(check, text):
    chat = [{"role": "user", "content": "q"}, {"role": "assistant", "content": f"before {text} behind"}]
    found = fc.validate_chat({"messages": [chat, chat[:1]]}).findings.to_pylist()
    assert [(line["row"], line["turn"], line["check"]) for line in found[:1]] == [(0, 1, check)]
    assert found[0]["what"].endswith(" in an assistant turn")


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_like_a_leftover_is_left_alone(text):
    chat = [{"role": "user", "content": text}, {"role": "assistant", "content": text}]
    assert not fc.validate_chat({"messages": [chat]}), text


CONTENT = TEXT | st.sampled_from([texts[0] for texts in LEFTOVERS.values()])
PATTERNS = {name: "|".join(map(re.escape, texts[:1])) for name, texts in LEFTOVERS.items()}


@settings(deadline=None, max_examples=200)
@given(
    rows=st.lists(
        st.none() | st.lists(st.fixed_dictionaries({"role": ROLE, "content": CONTENT}), max_size=5),
        max_size=5,
    )
)
def test_findings_are_those_of_the_loop(rows):
    report = fc.validate_chat(pa.table({"messages": pa.array(rows, kind())}))
    found = [(line["row"], line["turn"], line["check"]) for line in report.findings.to_pylist()]
    expected = {
        (row, *finding) for row, chat in enumerate(rows) for finding in reference.findings(chat, PATTERNS)
    }
    assert set(found) == expected
    assert len(found) == len(expected)
    assert found == sorted(
        found, key=lambda line: (line[0], -1 if line[1] is None else line[1], [*CHECKS].index(line[2]))
    )
    assert report.rows.to_pylist() == sorted({row for row, _, _ in expected})
    assert bool(report) == bool(expected)


def test_a_report_counts_shows_one_of_each_and_says_what_to_do():
    chat = [{"from": "human", "value": "[INST] hi [/INST]"}, {"from": "gpt", "value": ""}]
    report = fc.validate_chat(pl.DataFrame({"conversations": [chat, chat]}))
    assert repr(report).splitlines() == [
        "ChatReport: 2 conversations, 4 turns: findings in 2 rows",
        "  empty_turn: 2 in 2 rows, as in row 0, turn 1: an assistant turn without content",
        "      teaches to say nothing; drop the turn or the row",
        "  template_token: 2 in 2 rows, as in row 0, turn 0: '[INST]' in a human turn",
        "      a tokenizer may read it as a real marker; escape it, or drop the row",
    ]


def test_which_column_is_looked_at():
    chat = pa.array([[{"role": "user", "content": "q"}]], kind())
    assert fc.validate_chat(pa.table({"x": chat, "messages": chat.slice(0, 1)})).conversations == 1
    with pytest.raises(ValueError, match="several columns of turns .'x', 'y'.: name one"):
        fc.validate_chat(pa.table({"x": chat, "y": chat}))
    assert fc.validate_chat(pa.table({"x": chat, "y": chat}), column="y").turns == 1
    with pytest.raises(ValueError, match="no column holds turns"):
        fc.validate_chat({"text": ["a"]})
    with pytest.raises(TypeError, match="'text' must hold turns"):
        fc.validate_chat({"text": ["a"]}, column="text")
    with pytest.raises(TypeError, match="pass one of 'train'"):
        fc.validate_chat(DatasetDict({"train": Dataset(pa.table({"messages": chat}))}))


def test_real_conversations_and_instructions(data):
    for name in ("chat_sgd", "chat_taskmaster"):
        table = pq.read_table(data / f"instruct/{name}.parquet")
        made = fc.to_messages(table)
        assert made.counts[0] + made.counts[1] == table.num_rows
        report = fc.validate_chat(table)
        rows = table["messages"].slice(0, 300).to_pylist()
        structure = {
            (row, *finding) for row, chat in enumerate(rows) for finding in reference.findings(chat, {})
        }
        found = report.findings.filter(pa.compute.less(report.findings["row"], 300)).to_pylist()
        plain = {(f["row"], f["turn"], f["check"]) for f in found if CHECKS[f["check"]].pattern is None}
        assert plain == structure
    alpaca = pq.read_table(data / "instruct/alpaca_en_52k.parquet")
    made = fc.to_messages(alpaca)
    assert made.reasons == {"output: empty": 28}  # what its own description says
