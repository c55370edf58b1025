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
