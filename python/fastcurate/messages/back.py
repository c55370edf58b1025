"""`from_messages`: conversations in the other formats of instruction sets, and the rows that cannot be said in them.

| format | columns | which conversations fit |
|---|---|---|
| `sharegpt` | `conversations`: turns of `from` and `value` | all: `user` is `human`, `assistant` is `gpt` |
| `prompt_completion` | `prompt`, `completion`, both turns | those with an assistant turn at the end: the completion |
| `alpaca` | `instruction`, `output`, and `system` | one user turn and one answer, perhaps a system turn before |
| `text` | `text` | a single assistant turn |

`to_messages` reads each of them back to the same conversation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from fastcurate.frames import Frame
    from fastcurate.messages.convert import Messages
    from fastcurate.messages.turns import Turns

__all__ = ["from_messages"]

TARGETS = ("sharegpt", "prompt_completion", "alpaca", "text")
SHAREGPT = {"user": "human", "assistant": "gpt"}


def from_messages(data: Any, *, format: str) -> Messages:  # noqa: A002 - as in `to_messages`
    """Turn conversations into rows of another usual format: the way back of `to_messages`.

    Args:
        data: A table with a column `messages`, of any type that `fastcurate.deduplicate` takes.
        format: `"sharegpt"`, `"prompt_completion"`, `"alpaca"` or `"text"`.

    Returns:
        `rows`, in the type of the input: its other columns, and those of the format in the place of `messages`; and
        `refused`, the rows that do not fit as they came, with `row` and `reason`. What the format has no place for
        (tool calls, names, a second question) is a reason, never dropped.

    Raises:
        ValueError: There is no such format, or no column `messages`.
        TypeError: The column holds no turns, or `data` is no table.

    Examples:
        >>> import fastcurate as fc
        >>> chat = [{"role": "user", "content": "Add 1 and 1."}, {"role": "assistant", "content": "2"}]
        >>> m = fc.from_messages({"messages": [chat, chat[:1]]}, format="alpaca")
        >>> m.rows.to_pylist()
        [{'instruction': 'Add 1 and 1.', 'output': '2', 'system': None}]
        >>> m.refused["reason"].to_pylist()
        ['messages: not one question and one answer']
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

    if "messages" not in frame.columns:
        raise ValueError(f"there is no column 'messages'; the columns are {listed(frame.columns)}")
    fit = Fit(frame)
    turns = fit.part("messages", "assistant")
    roles = turns.table.column("role").to_numpy(zero_copy_only=False)
    last = np.cumsum(turns.counts) - 1
    if target != "sharegpt":
        more = [name for name in turns.table.column_names if name not in ("role", "content")]
        for name in more:
            carried = np.zeros(frame.num_rows, dtype=bool)
            carried[turns.rows[turns.table.column(name).is_valid().to_numpy()]] = True
            fit.refuse(carried, f"messages: {name!r} has no place in {target}")
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
