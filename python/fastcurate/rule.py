"""Rules: bounds of quality signals as data, built in, from a TOML file, or written in one line.

A rule says which values of a signal stay. Sets of rules are TOML files with `[[rules]]`, each with the name of a
`signal`, a bound (`min`, `max` or both, which themselves stay) and a `reason`; the built-in ones are the files
in `rules/`.
Names of signals are checked against those there are: a rule about a signal that nobody measures would keep everything.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from math import inf, isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Rules: TypeAlias = "str | os.PathLike[str] | Mapping[str, Any] | Rule | Sequence[Rules]"

LINE = re.compile(r"\s*(?P<signal>\w+)\s*(?P<sign><=|>=)\s*(?P<bound>[-+0-9._eE]+)\s*\Z")
KEYS = ("signal", "min", "max", "reason", "where", "answer")


@dataclass(frozen=True, slots=True)
class Bounds:
    """The values of one signal from `min` to `max`, both included."""

    signal: str
    min: float = -inf
    max: float = inf

    def holds(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """For each value whether it is within."""
        return (values >= self.min) & (values <= self.max)

    def crossed(self, value: float) -> float:
        """The bound on whose wrong side the value is."""
        return self.min if value < self.min else self.max

    def __str__(self) -> str:
        low = "" if self.min == -inf else f"{self.min:g} <= "
        high = "" if self.max == inf else f" <= {self.max:g}"
        return f"{self.signal} >= {self.min:g}" if low and not high else f"{low}{self.signal}{high}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A row stays if the signal is within the bounds, or if `where` does not hold of it.

    Attributes:
        bounds: The signal and its bounds.
        reason: What the removed rows are told.
        where: Bounds of other signals that must all hold for the rule to be asked.
        answer: Whether only the last text of a row is asked (of a conversation, the last assistant turn).
    """

    bounds: Bounds
    reason: str
    where: tuple[Bounds, ...] = field(default=())
    answer: bool = False

    @property
    def signals(self) -> list[str]:
        """The signals that the rule reads."""
        return [self.bounds.signal, *(bounds.signal for bounds in self.where)]

    def __str__(self) -> str:
        where = " and ".join(str(bounds) for bounds in self.where)
        return f"{self.bounds}{f' where {where}' if where else ''}"


def built_in_rules() -> list[str]:
    """The names of the built-in rule sets."""
    files = resources.files("fastcurate").joinpath("rules").iterdir()
    return sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml"))


def rules_text(name: str | os.PathLike[str]) -> str:
    """A rule set as it is written, with its comments.

    Args:
        name: A built-in set or the path of a TOML file.

    Returns:
        The text of the file.

    Raises:
        FileNotFoundError: Neither a built-in set nor a file.

    Examples:
        >>> "as counted" in rules_text("gopher") or "RedPajama" in rules_text("gopher")
        True
    """
    if name in built_in_rules():
        return resources.files("fastcurate").joinpath("rules", f"{name}.toml").read_text(encoding="utf-8")
    try:
        return Path(name).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise FileNotFoundError(
            f"rules must be a built-in set ({', '.join(built_in_rules())}), the path of a TOML file, or a line "
            f"such as 'digit_fraction <= 0.5'; got {os.fspath(name)!r}, which is none of these"
        ) from None


def load_rules(rules: Rules) -> list[Rule]:
    """Read and check rules.

    Args:
        rules: The name of a built-in set, the path of a TOML file, a line (`"digit_fraction <= 0.5"`: what
            stays), a dict
            with the keys of a rule or with a list under `rules`, or a list of any of these.

    Returns:
        The rules, in order.

    Raises:
        FileNotFoundError: Neither a built-in set, nor a line, nor a file.
        ValueError: Not TOML, an unknown signal or key, no bound, or bounds that nothing meets.
        TypeError: Something that is no rule.

    Examples:
        >>> [str(rule) for rule in load_rules(["words >= 3", {"signal": "digit_fraction", "max": 0.5}])]
        ['words >= 3', 'digit_fraction <= 0.5']
    """
    found = list(_read(rules))
    if not found:
        raise ValueError("rules are empty: nothing would be judged")
    return found


def _read(rules: Rules) -> list[Rule]:
    if isinstance(rules, Rule):
        return [rules]
    if isinstance(rules, str) and (line := LINE.match(rules)):
        key = "max" if line["sign"] == "<=" else "min"
        try:
            bound = float(line["bound"])
        except ValueError:
            raise ValueError(f"rule {rules!r}: {line['bound']!r} is not a number") from None
        return [_rule(f"rule {rules!r}", {"signal": line["signal"], key: bound})]
    if isinstance(rules, (str, os.PathLike)):
        return _file(rules)
    if isinstance(rules, Mapping):
        return _list("rules", rules) if "rules" in rules else [_rule("rules", rules)]
    if isinstance(rules, Sequence):
        return [rule for each in rules for rule in _read(each)]
    raise TypeError(
        f"rules must be a name, a path, a line such as 'words >= 3', a dict or a list of these, got {rules!r}"
    )


def _file(name: str | os.PathLike[str]) -> list[Rule]:
    try:
        content = tomllib.loads(rules_text(name))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"rules {os.fspath(name)}: not TOML: {error}") from None
    return _list(f"rules {os.fspath(name)}", content)


def _list(where: str, content: Mapping[str, Any]) -> list[Rule]:
    for key in content:
        if key != "rules":
            raise ValueError(f"{where}: unknown key {key!r}; accepted at the top is only [[rules]]")
    rules = content.get("rules", [])
    if not isinstance(rules, Sequence) or isinstance(rules, str):
        raise TypeError(f"{where}: rules must be a list of tables, each beginning with [[rules]]")
    return [_rule(f"{where}, rule {number}", rule) for number, rule in enumerate(rules, start=1)]


def _rule(where: str, rule: Any) -> Rule:
    if not isinstance(rule, Mapping):
        return _only(where, _read(rule))
    for key in rule:
        if key not in KEYS:
            raise ValueError(f"{where}: unknown key {key!r}; accepted are {', '.join(KEYS)}")
    if "signal" not in rule:
        raise ValueError(f"{where}: the key 'signal' is missing")
    bounds = _bounds(where, rule["signal"], rule)
    reason, others = rule.get("reason", str(bounds)), rule.get("where", {})
    if not isinstance(reason, str) or not reason:
        raise TypeError(f"{where}: reason must be a text, got {reason!r}")
    if not isinstance(others, Mapping):
        raise TypeError(f"{where}: where must be a table of signals and their bounds, got {others!r}")
    if not isinstance(answer := rule.get("answer", False), bool):
        raise TypeError(f"{where}: answer must be true or false, got {answer!r}")
    conditions = [_bounds(f"{where}, where", signal, other) for signal, other in others.items()]
    return Rule(bounds, reason, tuple(conditions), answer)


def _only(where: str, rules: list[Rule]) -> Rule:
    if len(rules) != 1:
        raise TypeError(f"{where}: a set of rules cannot stand for one rule")
    return rules[0]


def _bounds(where: str, signal: object, given: Any) -> Bounds:
    if signal not in known_signals():
        raise ValueError(f"{where}: unknown signal {signal!r}; there are {', '.join(known_signals())}")
    if not isinstance(given, Mapping):
        raise TypeError(f"{where}: the bounds of {signal} must be a table with min or max, got {given!r}")
    if "min" not in given and "max" not in given:
        raise ValueError(f"{where}: no bound; give min, max or both")
    low, high = (_number(where, key, given.get(key, other)) for key, other in (("min", -inf), ("max", inf)))
    if low > high:
        raise ValueError(f"{where}: min {low:g} is above max {high:g}: no row would stay")
    return Bounds(str(signal), low, high)


def _number(where: str, key: str, value: object) -> float:
    if isinstance(value, bool):
        return float(value)
    if not isinstance(value, (int, float)) or isnan(value):
        raise TypeError(f"{where}: {key} must be a number, got {value!r}")
    return float(value)


@cache
def known_signals() -> dict[str, str]:
    """The family of every signal, by its name."""
    from fastcurate import _core

    return dict(_core.quality_signals())
