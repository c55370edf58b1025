"""Conversations row by row in plain Python: what `to_messages` makes of a row, and what `validate_chat` finds in it."""

import re
from typing import Any

ALIASES = {
    "user": ["user", "human", "prompter"],
    "assistant": ["assistant", "gpt", "chatgpt", "bing", "bard", "model", "function_call"],
    "tool": ["tool", "function", "function_response", "observation"],
    "system": ["system"],
    "developer": ["developer"],
}
ROLE = {alias: role for role, aliases in ALIASES.items() for alias in aliases}


class Refused(Exception):  # noqa: N818 - a verdict, not an error
    """A row that does not fit."""


def empty(text: str | None) -> bool:
    return text is None or text.strip() == ""


def turns(value: Any) -> list[dict[str, Any]]:
    return [
        {
            "role": turn["role"] if "role" in turn else turn["from"],
            "content": turn["content"] if "content" in turn else turn["value"],
        }
        for turn in value or []
    ]


def part(row: dict[str, Any], column: str, role: str) -> list[dict[str, Any]]:
    if empty(row[column]):
        raise Refused(f"{column}: empty")
    return [{"role": role, "content": row[column]}]


def checked(column: str, value: Any) -> list[dict[str, Any]]:
    found = turns(value)
    if not found:
        raise Refused(f"{column}: no turns")
    for turn in found:
        turn["role"] = turn["role"] and ROLE.get(turn["role"].strip().lower(), turn["role"])
    for place, turn in enumerate(found):
        if turn["role"] is None:
            raise Refused(f"{column}: a turn without a role, turn {place}")
    for place, turn in enumerate(found):
        if turn["role"] not in ALIASES:
            raise Refused(f"{column}: unknown role {turn['role']!r}, turn {place}")
    for place, turn in enumerate(found):
        if empty(turn["content"]):
            raise Refused(f"{column}: a turn without content, turn {place}")
    return found


def sharegpt(row: dict[str, Any]) -> list[dict[str, Any]]:
    system = row.get("system")
    first = [] if empty(system) else [{"role": "system", "content": system}]
    return first + checked("conversations", row["conversations"])


def alpaca(row: dict[str, Any]) -> list[dict[str, Any]]:
    if empty(row["instruction"]):
        raise Refused("instruction: empty")
    asked = row["instruction"] if empty(row["input"]) else row["instruction"] + "\n" + row["input"]
    return [{"role": "user", "content": asked}, *part(row, "output", "assistant")]


def prompt_completion(row: dict[str, Any]) -> list[dict[str, Any]]:
    return part(row, "prompt", "user") + part(row, "completion", "assistant")


Finding = tuple[int | None, str]


def findings(chat: Any, patterns: dict[str, str]) -> list[Finding]:
    """The place and the check of everything that is wrong with one conversation, places in order, None first."""
    said = [
        (turn["role"] and ROLE.get(turn["role"].strip().lower(), turn["role"]), turn["content"])
        for turn in turns(chat)
    ]
    if not said:
        return [(None, "no_turns")]
    found: list[Finding] = []
    if all(role != "assistant" for role, _ in said):
        found.append((None, "no_assistant"))
    before = "nothing"
    for place, (role, content) in enumerate(said):
        if role not in ALIASES:
            found.append((place, "unknown_role"))
        if empty(content):
            found.append((place, "empty_turn"))
        if role in ("system", "developer") and place > 0:
            found.append((place, "system_not_first"))
        start = place == 0 or (place == 1 and before in ("system", "developer"))
        if role == "assistant" and start:
            found.append((place, "starts_with_assistant"))
        if role == before and role in ("user", "assistant"):
            found.append((place, "same_role_twice"))
        if role == "tool" and before not in ("assistant", "tool"):
            found.append((place, "tool_without_call"))
        last = place == len(said) - 1
        if last and role != "assistant" and any(other == "assistant" for other, _ in said):
            found.append((place, "ends_without_answer"))
        found += [
            (place, name) for name, pattern in patterns.items() if content and re.search(pattern, content)
        ]
        before = role
    return found
