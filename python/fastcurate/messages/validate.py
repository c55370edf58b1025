"""`validate_chat`: roles, their order, empty turns, encoding leftovers and template tokens, turn by turn."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fastcurate.messages.checks import CHECKS, CONTENT, Check

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from fastcurate.messages.turns import Turns

__all__ = ["ChatReport", "validate_chat"]

SHOWN = 40
"""Characters of a finding that are shown."""


def validate_chat(data: Any, *, column: str | None = None) -> ChatReport:
    """Find what a chat template, a tokenizer or a model would stumble over in conversations.

    Args:
        data: Whatever `fastcurate.deduplicate` takes, but for a `DatasetDict` (pass a split).
        column: The column of conversations, turns of `role` and `content` or of `from` and `value`; None for the first
            of `messages`, `conversations`, `chosen`, `completion`, or the only column of turns.

    Returns:
        `findings`, a pyarrow Table with a line for each: `row`, `turn` (its place in the row, null for a finding about
        the whole row), `check` and `what`; in the order of rows and turns. Printed, it counts them by check, shows one
        of each and says what to do. The checks are listed in `fastcurate.messages.checks`.

    Raises:
        ValueError: There is no such column, or none of turns.
        TypeError: The column does not hold turns, or `data` is a `DatasetDict`.

    Examples:
        >>> import fastcurate as fc
        >>> chat = [{"role": "user", "content": "Who wrote <|im_start|>?"}, {"role": "user", "content": " "}]
        >>> report = fc.validate_chat({"messages": [chat]})
        >>> for finding in report.findings.to_pylist():
        ...     print(*finding.values())
        0 None no_assistant none of its turns is an assistant's
        0 0 template_token '<|im_start|>' in a user turn
        0 1 empty_turn a user turn without content
        0 1 same_role_twice user after user
    """
    import pyarrow as pa

    from fastcurate.frames import open_frame
    from fastcurate.messages.turns import ROLES, Turns, is_turns

    frame = open_frame(data)
    if isinstance(frame, dict):
        raise TypeError(f"data must be one table, got splits: pass one of {', '.join(map(repr, frame))}")
    name = column or _conversations(frame.types)
    values = frame.arrow(name)
    if not is_turns(values.type):
        raise TypeError(
            f"the column {name!r} must hold turns (list<struct<role, content>>), got {values.type}"
        )
    turns = Turns.of_chat(values)
    found = [*_structure(turns.renamed(ROLES)), *_content(turns)]
    order = {check: place for place, check in enumerate(CHECKS)}
    found.sort(key=lambda line: (line[0], -1 if line[1] is None else line[1], order[line[2]]))
    schema = pa.schema(
        [("row", pa.int64()), ("turn", pa.int64()), ("check", pa.string()), ("what", pa.string())]
    )
    findings = pa.table([list(part) for part in zip(*found, strict=True)] or [[]] * 4, schema=schema)
    return ChatReport(findings=findings, conversations=len(values), turns=turns.table.num_rows)


@dataclass(frozen=True, repr=False)
class ChatReport:
    """What is wrong with conversations: the answer of `validate_chat`."""

    findings: pa.Table
    """`row`, `turn`, `check`, `what`."""
    conversations: int
    """How many conversations were looked at."""
    turns: int
    """How many turns they have."""

    @cached_property
    def rows(self) -> pa.Int64Array:
        """The rows that have findings, each once, ascending."""
        import pyarrow as pa
        import pyarrow.compute as pc

        rows = pc.unique(self.findings.column("row"))
        return rows.take(pc.sort_indices(rows)) if len(rows) else pa.array([], pa.int64())

    def summary(self) -> dict[str, Any]:
        """Counts as a plain dict."""
        counts = (
            self.findings.group_by("check")
            .aggregate([("row", "count"), ("row", "count_distinct")])
            .to_pylist()
        )
        by_check = {line["check"]: line for line in counts}
        return {
            "conversations": self.conversations,
            "turns": self.turns,
            "rows_with_findings": len(self.rows),
            "findings": {name: by_check[name]["row_count"] for name in CHECKS if name in by_check},
            "rows_by_check": {
                name: by_check[name]["row_count_distinct"] for name in CHECKS if name in by_check
            },
        }

    def __bool__(self) -> bool:
        """Whether anything was found."""
        return len(self.findings) > 0

    def __repr__(self) -> str:
        counts = self.summary()
        head = f"ChatReport: {self.conversations:,} conversations, {self.turns:,} turns"
        if not self:
            return f"{head}: nothing found"
        lines = [f"{head}: findings in {len(self.rows):,} rows"]
        first = {line["check"]: line for line in reversed(self.findings.to_pylist())}
        for name, found in counts["findings"].items():
            one = first[name]
            where = f"row {one['row']}" + ("" if one["turn"] is None else f", turn {one['turn']}")
            lines.append(
                f"  {name}: {found:,} in {counts['rows_by_check'][name]:,} rows, as in {where}: {one['what']}"
            )
            lines.append(f"      {CHECKS[name].advice}")
        return "\n".join(lines)


def _conversations(columns: dict[str, Any]) -> str:
    from fastcurate.frames.base import listed
    from fastcurate.messages.turns import is_turns

    chats = [name for name, kind in columns.items() if is_turns(kind)]
    for name in ("messages", "conversations", "chosen", "completion"):
        if name in chats:
            return name
    if len(chats) == 1:
        return chats[0]
    which = (
        f"there are several columns of turns ({listed(chats)}): name one"
        if chats
        else "no column holds turns"
    )
    raise ValueError(f"{which}, as in column='messages'; the columns are {listed(columns)}")


Finding = tuple[int, int | None, str, str]


def _structure(turns: Turns) -> list[Finding]:
    """Findings about roles and their order, and about turns without content."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    from fastcurate.messages.fit import blank, calling

    known = ("user", "assistant", "tool", "system", "developer")
    user_code, assistant_code, tool_code, system_code = range(4)
    named = turns.table.column("role")
    code: npt.NDArray[np.int32] = pc.fill_null(pc.index_in(named, pa.array(known, named.type)), -1).to_numpy()
    rows, places = turns.rows, turns.places
    first = places == 0
    last = np.zeros(len(rows), dtype=bool)
    last[np.cumsum(turns.counts)[turns.counts > 0] - 1] = True
    user, assistant, tool = (code == each for each in (user_code, assistant_code, tool_code))
    instructing = code >= system_code
    before = np.concatenate([[-1], code])[:-1]
    before[first] = -1
    opening = first | ((places == 1) & (before >= system_code))
    answered = np.zeros(len(turns.counts), dtype=bool)
    answered[rows[assistant]] = True
    names = named.combine_chunks()

    def role(turn: int) -> str:
        return str(names[turn].as_py() or "nameless")

    def at(mask: npt.NDArray[np.bool_], check: str, say: Any) -> list[Finding]:
        return [(int(rows[i]), int(places[i]), check, say(i)) for i in np.flatnonzero(mask).tolist()]

    def whole(mask: npt.NDArray[np.bool_], check: str, what: str) -> list[Finding]:
        return [(row, None, check, what) for row in np.flatnonzero(mask).tolist()]

    empty = blank(turns.table.column("content")) & ~calling(turns)
    return [
        *whole(turns.counts == 0, "no_turns", "null or without turns"),
        *whole((turns.counts > 0) & ~answered, "no_assistant", "none of its turns is an assistant's"),
        *at(code < 0, "unknown_role", lambda i: f"the role {names[i].as_py()!r}"),
        *at(empty, "empty_turn", lambda i: f"{_a(role(i))} turn without content"),
        *at(
            instructing & (places > 0),
            "system_not_first",
            lambda i: f"{_a(role(i))} turn after {_a(role(i - 1))} turn",
        ),
        *at(opening & assistant, "starts_with_assistant", lambda _: "nothing was asked before"),
        *at((user | assistant) & (code == before), "same_role_twice", lambda i: f"{role(i)} after {role(i)}"),
        *at(
            tool & ~np.isin(before, [assistant_code, tool_code]),
            "tool_without_call",
            lambda _: "no assistant turn before",
        ),
        *at(
            last & ~assistant & answered[rows],
            "ends_without_answer",
            lambda i: f"the last turn is {_a(role(i))} turn",
        ),
    ]


def _content(turns: Turns) -> list[Finding]:
    """Findings in what is said: one a turn and check, the first."""
    import numpy as np
    import pyarrow.compute as pc

    content, roles = turns.table.column("content"), turns.table.column("role")
    found: list[Finding] = []
    for check in CONTENT:
        hits = np.flatnonzero(pc.match_substring_regex(content, check.pattern).fill_null(False).to_numpy())
        if not len(hits):
            continue
        rows, places = turns.rows[hits].tolist(), turns.places[hits].tolist()
        said, by = content.take(hits).to_pylist(), roles.take(hits).to_pylist()
        for row, place, text, role in zip(rows, places, said, by, strict=True):
            found.append((row, place, check.name, f"{_shown(check, text)} in {_a(role)} turn"))
    return found


def _shown(check: Check, text: str) -> str:
    pattern = re.sub(r"\\x\{([0-9a-f]+)\}", lambda code: f"\\x{code[1]}", check.pattern or "")
    hit = re.search(pattern, text)
    return ascii(hit[0]) if hit and not hit[0].isprintable() else repr(hit[0] if hit else text[:SHOWN])


def _a(role: str | None) -> str:
    return f"{'an' if role == 'assistant' else 'a'} {role or 'nameless'}"
