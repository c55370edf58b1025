"""`from_messages`: conversations in the other formats of instruction sets, and the rows that cannot be said in them.

| format | columns | which conversations fit |
|---|---|---|
| `sharegpt` | `conversations`: turns of `from` and `value` | all: `user` is `human`, `assistant` is `gpt` |
| `prompt_completion` | `prompt`, `completion`, both turns | those with an assistant turn at the end: the completion |
| `alpaca` | `instruction`, `output`, and `system` | one user turn and one answer, perhaps a system turn before |
| `text` | `text` | a single assistant turn |
| `preference` | `prompt`, `chosen`, `rejected`, all turns | pairs of an answer each to the same question |

Preference pairs come from columns `chosen` and `rejected`, whole conversations or answers to what a column `prompt`
has; TRL calls the result explicit prompts. `to_messages` reads each of them back to the same conversation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from fastcurate.frames import Frame
    from fastcurate.messages.convert import Messages
    from fastcurate.messages.fit import Fit
    from fastcurate.messages.turns import Turns

__all__ = ["from_messages"]

TARGETS = ("sharegpt", "prompt_completion", "alpaca", "text", "preference")
SHAREGPT = {"user": "human", "assistant": "gpt"}


def from_messages(data: Any, *, format: str) -> Messages:  # noqa: A002 - as in `to_messages`
    """Turn conversations into rows of another usual format: the way back of `to_messages`.

    Args:
        data: A table of any type that `fastcurate.deduplicate` takes, with a column `messages`; for preference pairs
            with `chosen` and `rejected`, and perhaps `prompt`, as `to_messages` gives them.
        format: `"sharegpt"`, `"prompt_completion"`, `"alpaca"`, `"text"` or `"preference"`.

    Returns:
        `rows`, in the type of the input: its other columns, and those of the format in the place of these; and
        `refused`, the rows that do not fit as they came, with `row` and `reason`. What the format has no place for
        (tool calls, names, a second question) is a reason, never dropped.

    Raises:
        ValueError: There is no such format, or a column is not there.
        TypeError: A column holds no turns, or `data` is no table.

    Examples:
        >>> import fastcurate as fc
        >>> chat = [{"role": "user", "content": "Add 1 and 1."}, {"role": "assistant", "content": "2"}]
        >>> m = fc.from_messages({"messages": [chat, chat[:1]]}, format="alpaca")
        >>> m.rows.to_pylist()
        [{'instruction': 'Add 1 and 1.', 'output': '2', 'system': None}]
        >>> m.refused["reason"].to_pylist()
        ['messages: not one question and one answer']

        Pairs of whole conversations, the question apart from the two answers:

        >>> pair = {"chosen": [chat], "rejected": [[chat[0], {"role": "assistant", "content": "11"}]]}
        >>> fc.from_messages(pair, format="preference").rows["prompt"].to_pylist()
        [[{'role': 'user', 'content': 'Add 1 and 1.'}]]
    """
    from fastcurate.frames import open_frame
    from fastcurate.frames.base import listed
    from fastcurate.messages.convert import by_split

    if format not in TARGETS:
        raise ValueError(f"format must be one of {listed(TARGETS)}, got {format!r}")
    frames = open_frame(data)
    if isinstance(frames, dict):
        return by_split({split: _converted(frame, format) for split, frame in frames.items()})
    return _converted(frames, format)


def _converted(frame: Frame, target: str) -> Messages:
    import numpy as np
    import pyarrow as pa

    from fastcurate.frames.base import listed
    from fastcurate.messages.convert import answered
    from fastcurate.messages.fit import Fit

    for needed in ("chosen", "rejected") if target == "preference" else ("messages",):
        if needed not in frame.columns:
            raise ValueError(f"there is no column {needed!r}; the columns are {listed(frame.columns)}")
    fit = Fit(frame)
    if target == "preference":
        return _pairs(frame, fit)
    turns = fit.part("messages", "assistant")
    roles = turns.table.column("role").to_numpy(zero_copy_only=False)
    last = np.cumsum(turns.counts) - 1
    if target != "sharegpt":
        _only_words(fit, "messages", turns, target)
    if target == "prompt_completion":
        ends = (turns.counts > 1) & (_at(roles, last) == "assistant")
        fit.refuse(~ends, "messages: no answer at the end of a question")
    elif target == "alpaca":
        system = (turns.counts > 0) & (_at(roles, last - turns.counts + 1) == "system")
        pair = (
            (turns.counts - system == len(("question", "answer")))
            & (_at(roles, last - 1) == "user")
            & (_at(roles, last) == "assistant")
        )
        fit.refuse(~pair, "messages: not one question and one answer")
    elif target == "text":
        fit.refuse(
            ~((turns.counts == 1) & (_at(roles, last) == "assistant")),
            "messages: not a single assistant turn",
        )
    stay = np.flatnonzero(~fit.reasons.astype(bool))
    made = {name: column.take(pa.array(stay)) for name, column in _columns(turns, last, target).items()}
    return answered(frame, fit, ("messages",), made, target)


def _only_words(fit: Fit, column: str, turns: Turns, target: str) -> None:
    """Refuses rows with a turn that has more than a role and a content."""
    import numpy as np

    for name in turns.table.column_names:
        if name not in ("role", "content"):
            carried = np.zeros(len(turns.counts), dtype=bool)
            carried[turns.rows[turns.table.column(name).is_valid().to_numpy()]] = True
            fit.refuse(carried, f"{column}: {name!r} has no place in {target}")


def _pairs(frame: Frame, fit: Fit) -> Messages:
    """The question that two answers share, and the answers."""
    import numpy as np
    import pyarrow as pa

    from fastcurate.messages.convert import answered
    from fastcurate.messages.fit import same

    columns = tuple(name for name in ("prompt", "chosen", "rejected") if name in frame.columns)
    parts = {name: fit.part(name, "user" if name == "prompt" else "assistant") for name in columns}
    for name, turns in parts.items():
        _only_words(fit, name, turns, "preference")
    questions, answers = [], []
    for name in ("chosen", "rejected"):
        whole = parts["prompt"].then(parts[name]) if "prompt" in parts else parts[name]
        roles = whole.table.column("role").to_numpy(zero_copy_only=False)
        last = np.cumsum(whole.counts) - 1
        ends = (whole.counts > 1) & (parts[name].counts > 0) & (_at(roles, last) == "assistant")
        fit.refuse(~ends, f"{name}: no answer at the end of a question")
        at_end = np.isin(np.arange(whole.table.num_rows), last)
        questions.append(whole.only(~at_end))
        answers.append(whole.only(at_end))
    fit.refuse(~same(*questions), "chosen and rejected: not the same question")
    fit.different(*answers)
    stay = pa.array(np.flatnonzero(~fit.reasons.astype(bool)))
    made = dict(zip(("prompt", "chosen", "rejected"), (questions[0], *answers), strict=True))
    lists = {name: turns.lists().take(stay) for name, turns in made.items()}
    return answered(frame, fit, columns, lists, "preference")


def _at(roles: npt.NDArray[np.object_], places: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
    """The role at each place; nothing where there is no such place."""
    import numpy as np

    padded = np.concatenate([roles, np.array([None], dtype=object)])
    found: npt.NDArray[np.object_] = padded[
        np.where((places >= 0) & (places < len(roles)), places, len(roles))
    ]
    return found


def _columns(turns: Turns, last: npt.NDArray[np.int64], target: str) -> dict[str, pa.Array]:
    """The columns of the format for every row; of rows that do not fit, anything."""
    import numpy as np
    import pyarrow as pa

    if target == "sharegpt":
        renamed = turns.renamed(SHAREGPT)
        names = {"role": "from", "content": "value"}
        table = renamed.table.rename_columns([names.get(n, n) for n in renamed.table.column_names])
        return {"conversations": type(turns)(turns.counts, table).lists()}
    if target == "prompt_completion":
        place = np.arange(turns.table.num_rows)
        ends = np.isin(place, last)
        return {
            "prompt": turns.only(~ends).lists(),
            "completion": turns.only(ends).lists(),
        }
    content = turns.table.column("content").combine_chunks()

    def said(places: npt.NDArray[np.int64], where: npt.NDArray[np.bool_]) -> pa.Array:
        there = where & (places >= 0) & (places < len(content))
        return content.take(pa.array(np.where(there, places, 0), mask=~there))

    answers = said(last, turns.counts > 0)
    if target == "text":
        return {"text": answers}
    return {
        "instruction": said(last - 1, turns.counts > 1),
        "output": answers,
        "system": said(last - 2, turns.counts > 2),  # noqa: PLR2004 - before the question and the answer
    }
