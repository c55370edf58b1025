"""`from_messages` and `to_messages` are each other's way back; what does not fit is refused with its reason."""

import fastcurate as fc
import polars as pl
import pyarrow as pa
import pytest
from datasets import Dataset, DatasetDict
from hypothesis import given
from hypothesis import strategies as st

TURN = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["system", "user", "assistant", "tool", "human"]),
        "content": st.sampled_from(["one", "two\nlines", "", None, "日本語"]),
    }
)
CHATS = st.lists(st.none() | st.lists(TURN, max_size=4), max_size=8)
KIND = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
FORMATS = ["sharegpt", "prompt_completion", "alpaca", "text"]


def fits(chat, form):
    """The table of the module, for one conversation of standard roles."""
    if not chat or any(turn["content"] in ("", None) for turn in chat):
        return False
    roles = ["user" if turn["role"] == "human" else turn["role"] for turn in chat]
    return {
        "sharegpt": True,
        "prompt_completion": len(roles) > 1 and roles[-1] == "assistant",
        "alpaca": roles in (["user", "assistant"], ["system", "user", "assistant"]),
        "text": roles == ["assistant"],
    }[form]


@given(chats=CHATS, form=st.sampled_from(FORMATS))
def test_there_and_back(chats, form):
    table = pa.table({"id": range(len(chats)), "messages": pa.array(chats, KIND)})
    made = fc.from_messages(table, format=form)
    stay = [row for row, chat in enumerate(chats) if fits(chat, form)]
    assert made.rows["id"].to_pylist() == stay
    assert made.refused["row"].to_pylist() == [row for row in range(len(chats)) if row not in stay]
    assert made.refused["messages"].to_pylist() == [chats[row] for row in made.refused["row"].to_pylist()]
    assert all(made.refused["reason"].to_pylist())
    back = fc.to_messages(made.rows, format=form)
    assert back.refused.num_rows == 0
    standard = [
        [turn | {"role": turn["role"].replace("human", "user")} for turn in chats[row]] for row in stay
    ]
    assert back.rows["messages"].to_pylist() == standard


def test_what_each_format_looks_like():
    chat = [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": "Add 1 and 1."},
        {"role": "assistant", "content": "2"},
    ]
    rows = {"messages": [chat]}
    assert fc.from_messages(rows, format="sharegpt").rows.to_pylist() == [
        {
            "conversations": [
                {"from": "system", "value": "Be short."},
                {"from": "human", "value": "Add 1 and 1."},
                {"from": "gpt", "value": "2"},
            ]
        }
    ]
    assert fc.from_messages(rows, format="prompt_completion").rows.to_pylist() == [
        {"prompt": chat[:2], "completion": chat[2:]}
    ]
    assert fc.from_messages(rows, format="alpaca").rows.to_pylist() == [
        {"instruction": "Add 1 and 1.", "output": "2", "system": "Be short."}
    ]
    assert fc.from_messages({"messages": [chat[2:]]}, format="text").rows.to_pylist() == [{"text": "2"}]


def test_what_a_format_has_no_place_for_is_a_reason():
    calls = pa.list_(pa.struct([("name", pa.string())]))
    kind = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string()), ("tool_calls", calls)]))
    chat = [
        {"role": "user", "content": "q", "tool_calls": None},
        {"role": "assistant", "content": "a", "tool_calls": [{"name": "f"}]},
    ]
    table = pa.table({"messages": pa.array([chat], kind)})
    assert fc.from_messages(table, format="alpaca").refused["reason"].to_pylist() == [
        "messages: 'tool_calls' has no place in alpaca"
    ]
    (row,) = fc.from_messages(table, format="sharegpt").rows["conversations"].to_pylist()
    assert row[1]["tool_calls"] == [{"name": "f"}]


@pytest.mark.parametrize("kind", [pl.DataFrame, Dataset.from_dict, lambda rows: pl.DataFrame(rows).lazy()])
def test_every_frame_gets_its_own_kind_back(kind):
    rows = kind({"messages": [[{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]]})
    made = fc.from_messages(rows, format="alpaca").rows
    assert type(made) is type(rows)


def test_splits_and_errors():
    chats = Dataset.from_dict({"messages": [[{"role": "assistant", "content": "a"}]]})
    made = fc.from_messages(DatasetDict(train=chats, test=chats), format="text")
    assert made.rows["test"]["text"][:] == ["a"]
    with pytest.raises(ValueError, match="format must be one of 'sharegpt'.*got 'chatml'"):
        fc.from_messages(chats, format="chatml")
    with pytest.raises(ValueError, match="there is no column 'messages'; the columns are 'text'"):
        fc.from_messages({"text": ["a"]}, format="text")


@given(
    chats=st.lists(
        st.tuples(st.lists(TURN, max_size=3), st.lists(TURN, max_size=2), st.lists(TURN, max_size=2)),
        max_size=6,
    ),
    apart=st.booleans(),
)
def test_preference_pairs_there_and_back(chats, apart):
    """The question and two different answers, wherever the column `prompt` ends; `to_messages` reads them."""
    columns = {"prompt": [row[0] for row in chats]} if apart else {}
    for place, name in ((1, "chosen"), (2, "rejected")):
        columns[name] = [row[place] if apart else row[0] + row[place] for row in chats]
    table = pa.table(
        {name: pa.array(rows, KIND) for name, rows in columns.items()} | {"id": range(len(chats))}
    )
    made = fc.from_messages(table, format="preference")
    wanted = []
    for row, (first, chosen, rejected) in enumerate(chats):
        parts = [first, chosen, rejected] if apart else [first + chosen, first + rejected]
        if not all(parts) or any(turn["content"] in ("", None) for turn in first + chosen + rejected):
            continue
        better, worse = (
            [turn | {"role": turn["role"].replace("human", "user")} for turn in first + answer]
            for answer in (chosen, rejected)
        )
        answers = [better[-1], worse[-1]]
        ends = len(better) > 1 and len(worse) > 1 and {one["role"] for one in answers} == {"assistant"}
        if ends and better[:-1] == worse[:-1] and answers[0] != answers[1]:
            said = {"prompt": better[:-1], "chosen": better[-1:], "rejected": worse[-1:]}
            wanted.append({"id": row} | said)
    assert [
        {name: row[name] for name in ("id", "prompt", "chosen", "rejected")} for row in made.rows.to_pylist()
    ] == wanted
    assert made.rows.num_rows + made.refused.num_rows == len(chats)
    assert all(made.refused["reason"].to_pylist())
    back = fc.to_messages(made.rows, format="preference")
    assert back.rows.equals(made.rows) and back.refused.num_rows == 0


def test_why_a_pair_is_refused():
    hi, yes, no = (
        {"role": role, "content": text}
        for role, text in (("user", "Hi"), ("assistant", "Yes"), ("assistant", "No"))
    )
    rows = {
        "chosen": [[hi, yes], [hi, yes], [hi, yes], [yes]],
        "rejected": [[hi, no], [hi, yes], [hi | {"content": "Ho"}, no], [no]],
    }
    made = fc.from_messages(rows, format="preference")
    assert made.rows.to_pylist() == [{"prompt": [hi], "chosen": [yes], "rejected": [no]}]
    assert made.refused["reason"].to_pylist() == [
        "chosen and rejected: equal",
        "chosen and rejected: not the same question",
        "chosen: no answer at the end of a question",
    ]
    texts = {"prompt": ["Hi"], "chosen": ["Yes"], "rejected": ["No"]}
    assert fc.from_messages(texts, format="preference").rows.to_pylist() == made.rows.to_pylist()
    with pytest.raises(ValueError, match="there is no column 'chosen'"):
        fc.from_messages({"messages": [[hi, yes]]}, format="preference")
