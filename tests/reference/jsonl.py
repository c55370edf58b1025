"""JSONL as Python's json module reads it: every line that is not blank is a row, or broken.

Broken is what is no JSON, no object, or no UTF-8; what Python lets pass beyond the standard (NaN, Infinity,
lone surrogates); and what Arrow cannot hold (a key with NUL, an integer beyond 64 bits).
"""

import json


def read(content: bytes) -> tuple[list[tuple[int, dict[str, object]]], list[tuple[int, bytes]]]:
    """The rows and the broken lines, each with its line number from 1."""
    rows, broken = [], []
    content = content.removeprefix(b"\xef\xbb\xbf")
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line.strip(b" \t\r"):
            continue
        try:
            row = json.loads(line.decode("utf-8"), parse_constant=refuse, parse_int=integer, parse_float=real)
            check(row, depth=0)
        except (ValueError, RecursionError):
            broken.append((number, line))
        else:
            rows.append((number, row))
    return rows, broken


def check(value: object, depth: int) -> None:
    """Refuses what Arrow cannot hold."""
    if depth == 0 and not isinstance(value, dict):
        raise ValueError("no object")
    if isinstance(value, str):
        value.encode("utf-8")  # UnicodeEncodeError, a ValueError, for lone surrogates
    elif isinstance(value, list):
        for item in value:
            check(item, depth + 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            if "\0" in key:
                raise ValueError("NUL in a key")
            check(key, depth + 1)
            check(item, depth + 1)


def integer(text: str) -> int:
    """An integer that 64 bits hold."""
    value = int(text)
    if not -(2**63) <= value < 2**64:
        raise ValueError("beyond 64 bits")
    return value


def real(text: str) -> float:
    """A float that is finite."""
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError("beyond float64")
    return value


def refuse(text: str) -> float:
    """NaN and Infinity are Python's, not JSON's."""
    raise ValueError(f"{text} is not JSON")
