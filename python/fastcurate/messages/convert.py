"""`to_messages`: the formats of instruction sets as conversations, and the rows that are none.

| format | columns | what becomes of them |
|---|---|---|
| `messages` | `messages`: turns of `role` and `content` | stay, with standard names for the roles |
| `sharegpt` | `conversations`: turns of `from` and `value` | `human` is `user`, `gpt` is `assistant` |
| `preference` | `chosen`, `rejected`, perhaps `prompt` | each a conversation under its own name |
| `alpaca` | `instruction`, `output`, perhaps `input` | the input stands on a line of its own, under the instruction |
| `prompt_completion` | `prompt`, `completion` (or `response`); `question`, `answer` | two turns; of turns all |
| `text` | `text` | one assistant turn; never guessed |

A text column `system` is the first turn of `sharegpt`, `alpaca` and `prompt_completion` where it is not empty. Other
columns stay. The line break between instruction and input is what `deduplicate` joins them with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastcurate.frames import Frame
    from fastcurate.messages.fit import Fit

__all__ = ["Messages", "to_messages"]

FORMATS: dict[str, tuple[tuple[str, ...], ...]] = {
    "messages": (("messages",),),
    "sharegpt": (("conversations",), ("conversation",)),
    "preference": (("prompt", "chosen", "rejected"), ("chosen", "rejected")),
    "alpaca": (("instruction", "input", "output"), ("instruction", "output"), ("instruction", "response")),
    "prompt_completion": (("prompt", "completion"), ("prompt", "response"), ("question", "answer")),
    "text": (("text",),),
}
"""The columns that each format goes by, in the order in which they are looked for."""


def to_messages(data: Any, *, format: str | None = None) -> Messages:  # noqa: A002 - what everybody calls it
    r"""Turn rows of any usual format into conversations.

    Args:
        data: Whatever `fastcurate.deduplicate` takes: a Polars, pyarrow, pandas or Hugging Face table, or files.
        format: `"messages"`, `"sharegpt"`, `"preference"`, `"alpaca"`, `"prompt_completion"` or `"text"`; None takes
            the first of these, `"text"` excepted, whose columns are there.

    Returns:
        `rows`, in the type of the input: its other columns, and `messages` (for preference pairs `chosen` and
        `rejected`, and `prompt` where that is apart) in the place of those that were converted; and `refused`, the
        rows that do not fit as they came, with `row` and `reason`. A row fits if each part has a turn, and every
        turn a known role and some content (a turn that calls tools needs none).

    Raises:
        ValueError: No format fits the columns, or the columns of the one asked for are not there.
        TypeError: A column holds neither text nor turns, or `data` is no table.

    Examples:
        >>> import fastcurate as fc
        >>> rows = {
        ...     "instruction": ["Add.", "Say hello.", ""],
        ...     "input": ["1 + 1", "", None],
        ...     "output": ["2", "Hello!", "?"],
        ... }
        >>> m = fc.to_messages(rows)
        >>> m
        <Messages, alpaca: 2 rows, 1 refused (1 instruction: empty)>
        >>> m.rows["messages"][0].as_py()
        [{'role': 'user', 'content': 'Add.\n1 + 1'}, {'role': 'assistant', 'content': '2'}]
        >>> m.refused.select(["row", "reason"]).to_pylist()
        [{'row': 2, 'reason': 'instruction: empty'}]
    """
    from fastcurate.frames import open_frame

    frames = open_frame(data)
    if not isinstance(frames, dict):
        return _converted(frames, format)
    return by_split({split: _converted(frame, format) for split, frame in frames.items()})


def by_split(parts: dict[str, Messages]) -> Messages:
    """The answers about the splits of a `DatasetDict` as one."""
    from datasets import DatasetDict

    return Messages(
        rows=DatasetDict({split: part.rows for split, part in parts.items()}),
        refused=DatasetDict({split: part.refused for split, part in parts.items()}),
        format=" and ".join(dict.fromkeys(part.format for part in parts.values())),
        reasons={split: part.reasons for split, part in parts.items()},
        counts=tuple(sum(part.counts[i] for part in parts.values()) for i in (0, 1)),  # type: ignore[arg-type]
    )


@dataclass(frozen=True, repr=False)
class Messages:
    """Rows in another format, and those that do not fit: the answer of `to_messages` and `from_messages`."""

    rows: Any
    """The rows that fit, converted, in the type of the input; a `DatasetDict` for a `DatasetDict`."""
    refused: Any
    """The rows that do not, as they came, with `row` (int64, where it was in the input) and `reason`."""
    format: str
    """The format that was read; of `from_messages` the one that was written."""
    reasons: dict[str, Any]
    """How many rows were refused for each reason (turn numbers left out); by split for a `DatasetDict`."""
    counts: tuple[int, int]
    """How many rows fit, and how many were refused."""

    def summary(self) -> dict[str, Any]:
        """Counts as a plain dict."""
        fit, refused = self.counts
        return {
            "format": self.format,
            "rows": fit + refused,
            "converted": fit,
            "refused": refused,
            "reasons": self.reasons,
        }

    def __repr__(self) -> str:
        fit, refused = self.counts
        why: dict[str, int] = {}
        for name, count in self.reasons.items():
            for reason, rows in (count if isinstance(count, dict) else {name: count}).items():
                why[reason] = why.get(reason, 0) + rows
        listed = ", ".join(f"{rows:,} {reason}" for reason, rows in why.items())
        return (
            f"<Messages, {self.format}: {fit:,} rows, {refused:,} refused{f' ({listed})' if listed else ''}>"
        )


def found_format(columns: Mapping[str, Any], wanted: str | None) -> tuple[str, tuple[str, ...]]:
    """The format, and its columns as they are called here.

    Raises:
        ValueError: There is none.
    """
    from fastcurate.frames.base import listed

    if wanted is not None and wanted not in FORMATS:
        raise ValueError(f"format must be one of {listed(FORMATS)} or None, got {wanted!r}")
    for name in [wanted] if wanted else [name for name in FORMATS if name != "text"]:
        for names in FORMATS[name]:
            if all(column in columns for column in names):
                return name, names
    if wanted:
        needs = " or ".join(" + ".join(names) for names in FORMATS[wanted])
        raise ValueError(f"format={wanted!r} needs the columns {needs}; the columns are {listed(columns)}")
    text = '; format="text" makes each text one assistant turn' if "text" in columns else ""
    raise ValueError(
        f"no format fits the columns {listed(columns)}: rename them to those of a format "
        f"({', '.join('+'.join(names[0]) for names in FORMATS.values())}){text}"
    )


def _converted(frame: Frame, wanted: str | None) -> Messages:
    import numpy as np
    import pyarrow as pa

    from fastcurate.messages.fit import Fit

    name, columns = found_format(dict.fromkeys(frame.columns), wanted)
    fit = Fit(frame)
    if name == "preference":
        made = {column: fit.part(column, "user" if column == "prompt" else "assistant") for column in columns}
        fit.different(made["chosen"], made["rejected"])
    else:
        system = ["system"] if name not in ("messages", "text") and "system" in frame.columns else []
        parts = [fit.optional("system", "system") for _ in system]
        if name == "alpaca":
            parts.append(fit.joined(columns[:-1]))
            parts.append(fit.part(columns[-1], "assistant"))
        elif name == "prompt_completion":
            parts += [fit.part(columns[0], "user"), fit.part(columns[1], "assistant")]
        else:
            parts.append(fit.part(columns[0], "assistant"))
        turns = parts[0]
        for part in parts[1:]:
            turns = turns.then(part)
        made = {"messages": turns}
        columns = (*system, *columns)
    stay = np.flatnonzero(~fit.reasons.astype(bool))
    converted = {column: turns.lists().take(pa.array(stay)) for column, turns in made.items()}
    return answered(frame, fit, columns, converted, name)


def answered(frame: Frame, fit: Fit, columns: tuple[str, ...], made: dict[str, Any], name: str) -> Messages:
    """The rows that fit with `made` in the place of `columns`, and those that do not."""
    import numpy as np
    import pyarrow as pa

    wrong = fit.reasons.astype(bool)
    stay, refused = np.flatnonzero(~wrong), np.flatnonzero(wrong)
    texts = fit.reasons[refused].tolist()
    return Messages(
        rows=frame.exchange(stay, columns, made),
        refused=frame.take_with(refused, {"row": pa.array(refused), "reason": pa.array(texts, pa.string())}),
        format=name,
        reasons=_counted(texts),
        counts=(len(stay), len(refused)),
    )


def _counted(reasons: list[str]) -> dict[str, int]:
    from collections import Counter

    return dict(Counter(reason.partition(", turn ")[0] for reason in reasons).most_common())
