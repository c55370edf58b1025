"""Quality: named signals of every text, and rules about them.

`quality` measures, `filter_quality` takes rows out by rules, and `plan_filter` shows beforehand what that
would do. What
each signal is stands in `docs/quality.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from fastcurate.filtered import Filtered, SplitsFiltered, Verdicts
from fastcurate.rule import Rule, Rules, known_signals, load_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import numpy as np
    import numpy.typing as npt

    from fastcurate.frames import Frame
    from fastcurate.on import Entry, On

__all__ = ["FilterPlan", "filter_quality", "plan_filter", "quality"]


def quality(
    text: Any,
    *,
    signals: Sequence[str] | None = None,
    families: Sequence[str] | None = None,
    language: bool = False,
    threads: int | None = None,
    progress: Callable[[int], Any] | None = None,
) -> Any:
    """Measure the named quality signals of every text, in one walk.

    Args:
        text: A column of text or of conversations (the contents of all turns but system turns, joined by newlines).
        signals: The signals wanted, in the order of the fields; by default all those of `families`.
        families: Of `length`, `characters`, `scripts`, `words`, `lines`, `markup`, `phrases`, `stop_words`,
            `repetition` and
            `compression`; all by default. The last two take longest. Only what is wanted is measured.
        language: Two more fields: `language` (ISO 639-1, as py3langid names it) and `language_probability`,
            both null for a text without a letter. Slow beside the signals; needs
            `pip install 'fastcurate[language]'`.
        threads: How many threads to use; all cores for None.
        progress: Called about twenty times a second with the number of rows done.

    Returns:
        A struct column with a field for each signal: counts are int64, fractions, means and entropies float64, and yes
        or no boolean. Null for null. Of the empty text, counts and parts of nothing are 0.

    Raises:
        TypeError: `text` is not a column of text or conversations.
        ValueError: An unknown signal or family; the message lists those there are.
        ImportError: `language=True` without py3langid.

    Examples:
        >>> import fastcurate as fc
        >>> fc.quality(
        ...     ["Paris is the capital of France.", None], signals=["words", "terminal_line_fraction"]
        ... ).to_pylist()
        [{'words': 6, 'terminal_line_fraction': 1.0}, None]
    """
    from fastcurate import _core
    from fastcurate.frames import column

    values, give_back = column(text)
    part = "messages" if _is_chat(values) else "text"
    wanted = wanted_signals(signals, families)
    if language:
        from fastcurate.language import add_language

        found = _core.quality([(values, part)], signals=wanted, threads=threads, progress=progress)
        return give_back(add_language(found, values))
    return give_back(_core.quality([(values, part)], signals=wanted, threads=threads, progress=progress))


def filter_quality(
    data: Any,
    *,
    on: On = None,
    rules: Rules = "sft",
    on_error: Literal["raise", "skip"] = "raise",
    threads: int | None = None,
    progress: Callable[[int], Any] | None = None,
) -> Filtered | SplitsFiltered:
    """Take out the rows that break a rule, with the rule, the measured value and the bound.

    Args:
        data: A table or files, as in `deduplicate`.
        on: The texts that are judged, each by itself: a column, or a list of them; columns in an inner list
            are joined by
            newlines. None takes the usual columns, as in `deduplicate`.
        rules: A built-in set (`"sft"`, `"gopher"`, `"c4"`, `"fineweb"`), the path of a TOML file, a line
            (`"digit_fraction <= 0.5"`: what stays), a dict of one rule, or a list of any of these. The sets of the web
            are for web pages: `"gopher"` removes every text under fifty words.
        on_error: What to do with a broken line of a JSONL file: `"raise"`, or `"skip"` to count it among the removed.
        threads: How many threads to use; all cores for None.
        progress: Called about twenty times a second with the number of rows done.

    Returns:
        The kept and the removed rows in the type of the input; for a `DatasetDict` split by split. A null is
        not judged.

    Raises:
        TypeError: `data` is of an unknown type, or a column of `on` holds no text.
        ValueError: An unknown signal in a rule (the message lists those there are), or an unknown column.
        FileNotFoundError: A file, or a rule set, does not exist.

    Examples:
        >>> import fastcurate as fc
        >>> rows = {"text": ["The answer is 42.", "As an AI language model, I cannot know."]}
        >>> found = fc.filter_quality(rows)
        >>> found
        <Filtered: 2 rows, 1 kept, 1 removed (assistant_phrase 1)>
        >>> found.removed.select(["row", "reason", "value", "bound"]).to_pylist()
        [{'row': 1, 'reason': 'assistant_phrase', 'value': 1.0, 'bound': 0.0}]
        >>> len(fc.filter_quality(rows, rules=["sft", "digit_fraction <= 0.1"]).kept)
        0
    """
    from fastcurate.frames import open_frame

    loaded = load_rules(rules)
    frames = open_frame(data, on_error=on_error, threads=threads)
    if isinstance(frames, dict):
        return SplitsFiltered(
            {split: _filter(frame, on, loaded, threads, progress) for split, frame in frames.items()}
        )
    return _filter(frames, on, loaded, threads, progress)


@dataclass(frozen=True)
class FilterPlan:
    """What rules would do to a sample: the answer of `plan_filter`."""

    rows: int
    """Rows in the sample."""
    of: int
    """Rows in the whole table."""
    together: int
    """Rows of the sample that break at least one rule."""
    rules: list[dict[str, Any]]
    """For each rule: `rule`, `reason`, `alone` (rows that break it), `only` (rows that break no other), and
    the examples
    `removed` (nearest behind the bound) and `kept` (nearest before it), as pairs of the value and the text."""

    def __repr__(self) -> str:
        share = self.together / self.rows if self.rows else 0.0
        looked = f"FilterPlan: {self.rows:,} of {self.of:,} rows looked at"
        lines = [f"{looked}; all rules together take {self.together:,} ({share:.2%})"]
        lines += [f"  {'alone':>8} {'only':>8}  rule"]
        for rule in self.rules:
            lines.append(f"  {rule['alone']:>8,} {rule['only']:>8,}  {rule['reason']}: {rule['rule']}")
            for side in ("removed", "kept") if rule["alone"] else ():
                lines += [f"{'':20}  {side} at {value:g}: {_short(text)!r}" for value, text in rule[side]]
        return "\n".join(lines)


def plan_filter(
    data: Any,
    *,
    on: On = None,
    rules: Rules = "sft",
    sample: int = 10_000,
    examples: int = 2,
    seed: int = 0,
    threads: int | None = None,
) -> FilterPlan:
    """See what rules would take out of a table, on a sample of its rows, before they do.

    Args:
        data: A table or files, as in `deduplicate`; of a `DatasetDict` pass one split.
        on: The texts that are judged, as in `filter_quality`.
        rules: The rules, as in `filter_quality`.
        sample: Rows to look at, at most.
        examples: Texts to show on either side of each bound.
        seed: Which rows are drawn.
        threads: How many threads to use; all cores for None.

    Returns:
        Counts for each rule alone and for all together, with the texts nearest to the bounds.

    Raises:
        TypeError: `data` is a `DatasetDict` or no table.
        ValueError: An unknown signal or column, or a sample of no rows.

    Examples:
        >>> import fastcurate as fc
        >>> plan = fc.plan_filter({"text": ["a b c", "a b", "a"]}, rules="words >= 2", examples=1)
        >>> plan
        FilterPlan: 3 of 3 rows looked at; all rules together take 1 (33.33%)
             alone     only  rule
                 1        1  words >= 2: words >= 2
                              removed at 1: 'a'
                              kept at 2: 'a b'
    """
    import numpy as np

    loaded = load_rules(rules)
    drawn, entries, of = drawn_rows(data, on, sample=sample, seed=seed, threads=threads)
    rows = drawn.num_rows
    judged = list(_judgements(drawn, entries, loaded, threads, None))
    broken = np.array([fails.any(axis=0) for _, _, fails, _ in judged]).reshape(len(judged), rows)
    shown = [
        {
            "rule": str(rule),
            "reason": rule.reason,
            "alone": int(broken[number].sum()),
            "only": int((broken[number] & (broken.sum(axis=0) == 1)).sum()),
            **_examples(drawn, texts, rule, values, fails=fails, count=examples),
        }
        for number, (rule, values, fails, texts) in enumerate(judged)
    ]
    return FilterPlan(rows, of, int(broken.any(axis=0).sum()), shown)


def drawn_rows(
    data: Any, on: On, *, sample: int, seed: int, threads: int | None
) -> tuple[Frame, list[Entry], int]:
    """The texts of some rows of a table, in their order, and how many rows the whole table has."""
    import numpy as np
    import pyarrow as pa

    from fastcurate.frames import open_frame
    from fastcurate.frames.arrow import ArrowFrame, gather, plain
    from fastcurate.on import resolve_on

    if sample < 1:
        raise ValueError(f"sample must be at least 1, got {sample}")
    frame = open_frame(data, threads=threads)
    if isinstance(frame, dict):
        raise TypeError("data must be one table, got a DatasetDict: pass one of its splits")
    entries = resolve_on(on, frame.types)
    rows = np.arange(frame.num_rows)
    if sample < frame.num_rows:
        rows = np.sort(np.random.default_rng(seed).choice(frame.num_rows, sample, replace=False))
    names = dict.fromkeys(name for entry in entries for name in entry.columns)
    drawn = ArrowFrame(pa.table({name: gather(plain(frame.arrow(name)), rows) for name in names}))
    return drawn, entries, frame.num_rows


def wanted_signals(signals: Sequence[str] | None, families: Sequence[str] | None) -> list[str]:
    """The names of the signals asked for, in the order of the fields."""
    known = known_signals()
    if isinstance(signals, str) or isinstance(families, str):
        raise TypeError("signals and families are lists of names, got a single text")
    if families is not None and (unknown := set(families) - set(known.values())):
        there = ", ".join(dict.fromkeys(known.values()))
        raise ValueError(f"families must be names of families ({there}), got {sorted(unknown)}")
    if signals is not None:
        return list(signals)
    return [name for name, family in known.items() if families is None or family in families]


def _is_chat(values: Any) -> bool:
    import pyarrow as pa

    kind = getattr(values, "type", None)
    if not isinstance(kind, pa.DataType):
        # A Polars Series: sharing its buffers costs nothing, and it can be asked again.
        kind = (
            pa.chunked_array(values).type if hasattr(values, "__arrow_c_stream__") else pa.array(values).type
        )
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


Judgement = tuple[Rule, Any, Any, list[list[tuple[str, str]]]]


def _judgements(
    frame: Frame,
    entries: list[Entry],
    rules: list[Rule],
    threads: int | None,
    progress: Callable[[int], Any] | None,
) -> Iterable[Judgement]:
    """For each rule the values and the failures of every text (first axis) and row, and where the texts are."""
    import numpy as np

    texts = [_columns(entry, answer=False) for entry in entries]
    answer = _columns(entries[-1], answer=True)
    signals = list(dict.fromkeys(name for rule in rules for name in rule.signals))
    measured = {}
    for number, columns in enumerate([*texts, answer] if any(rule.answer for rule in rules) else texts):
        if tuple(columns) not in measured:
            step = None if progress is None else _part(progress, number, len(texts) + 1)
            measured[tuple(columns)] = _measure(frame, columns, signals, threads, step)
    for rule in rules:
        asked = [answer] if rule.answer else texts
        values, fails = [], []
        for columns in asked:
            of, valid = measured[tuple(columns)]
            applies = np.logical_and.reduce(
                [valid, *(bounds.holds(of[bounds.signal]) for bounds in rule.where)]
            )
            values.append(of[rule.bounds.signal])
            fails.append(applies & ~rule.bounds.holds(of[rule.bounds.signal]))
        yield rule, np.array(values), np.array(fails), asked


def _part(progress: Callable[[int], Any], number: int, parts: int) -> Callable[[int], Any]:
    return lambda done: progress(done * (number + 1) // parts)


def _columns(entry: Entry, *, answer: bool) -> list[tuple[str, str]]:
    """The columns of an entry with the part that is read; of a whole conversation, an answer is its response."""
    from fastcurate.on import ChatEntry

    if not isinstance(entry, ChatEntry):
        return [(name, "text") for name in entry.columns]
    return [(entry.column, "response" if answer and entry.part == "messages" else entry.part)]


def _measure(
    frame: Frame,
    columns: list[tuple[str, str]],
    signals: list[str],
    threads: int | None,
    progress: Callable[[int], Any] | None,
) -> tuple[dict[str, npt.NDArray[np.float64]], npt.NDArray[np.bool_]]:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    from fastcurate import _core

    texts = [(frame.arrow(name), part) for name, part in columns]
    found = pa.array(_core.quality(texts, signals=signals, threads=threads, progress=progress))
    valid = np.asarray(pc.is_valid(found))
    return {name: np.asarray(found.field(name)).astype(np.float64) for name in signals}, valid


def _filter(
    frame: Frame, on: On, rules: list[Rule], threads: int | None, progress: Callable[[int], Any] | None
) -> Filtered:
    from fastcurate.on import resolve_on

    entries = resolve_on(on, frame.types)
    return Filtered(frame, entries, judge(frame, entries, rules, threads, progress))


def judge(
    frame: Frame,
    entries: list[Entry],
    rules: list[Rule],
    threads: int | None = None,
    progress: Callable[[int], Any] | None = None,
) -> Verdicts:
    """For every row the first rule that one of its texts breaks."""
    import numpy as np

    rows = frame.num_rows
    number, value, bound = np.full(rows, -1), np.full(rows, np.nan), np.full(rows, np.nan)
    for at, (rule, values, fails, _) in enumerate(_judgements(frame, entries, rules, threads, progress)):
        for of, failed in zip(values, fails, strict=True):
            new = failed & (number < 0)
            number[new], value[new] = at, of[new]
            bound[new] = np.where(of[new] < rule.bounds.min, rule.bounds.min, rule.bounds.max)
    if progress is not None:
        progress(rows)
    return Verdicts(number, [rule.reason for rule in rules], [str(rule) for rule in rules], value, bound)


def _examples(
    frame: Frame, asked: list[list[tuple[str, str]]], rule: Rule, values: Any, *, fails: Any, count: int
) -> dict[str, list[tuple[float, str]]]:
    """The texts nearest to the bound on either side."""
    import numpy as np

    def distance(of: Any) -> Any:
        return np.maximum(rule.bounds.min - of, of - rule.bounds.max)

    shown: dict[str, list[tuple[float, str]]] = {"removed": [], "kept": []}
    for columns, of, failed in zip(asked, values, fails, strict=True):
        for side, at in (
            ("removed", np.flatnonzero(failed)),
            ("kept", np.flatnonzero(~failed & rule.bounds.holds(of))),
        ):
            nearest = at[np.argsort(np.abs(distance(of[at])), kind="stable")[:count]]
            texts = [(float(of[row]), _text(frame, columns, int(row))) for row in nearest]
            shown[side] = sorted([*shown[side], *texts], key=lambda pair: abs(float(distance(pair[0]))))[
                :count
            ]
    return shown


def _text(frame: Frame, columns: list[tuple[str, str]], row: int) -> str:
    values = [frame.arrow(name)[row].as_py() for name, _ in columns]
    parts = [turn for value in values if isinstance(value, list) for turn in value]
    if parts:
        return "\n".join(turn["content"] or "" for turn in parts)
    return "\n".join(value or "" for value in values)


def _short(text: str, limit: int = 90) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
