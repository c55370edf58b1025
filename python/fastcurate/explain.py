"""What `normalize` does to one text, option by option."""

from __future__ import annotations

import difflib
import unicodedata
from dataclasses import dataclass
from typing import Any

from fastcurate.cleaning import ORDER, kernel_options, normalize

__all__ = ["Change", "Explained", "explain_normalize"]


@dataclass(frozen=True, slots=True)
class Change:
    """What one option did to a text.

    Attributes:
        option: Its name.
        value: Its value.
        places: Pairs of what stood there and what stands there now, with a little of what is around.
    """

    option: str
    value: str
    places: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """What `normalize` did to one text, option by option.

    Attributes:
        before: The text as it came.
        after: The text as `normalize` returns it.
        changes: The options that changed something, in the order in which they are done.
        kept: Options that were asked for and found nothing to do.
    """

    before: str
    after: str
    changes: tuple[Change, ...]
    kept: tuple[str, ...]

    def __repr__(self) -> str:
        if not self.changes:
            return f"<nothing to do for {', '.join(self.kept)}>"
        lines = [f"{len(self.before)} characters became {len(self.after)}:"]
        for change in self.changes:
            count = len(change.places)
            lines.append(f"  {change.option}={change.value}: {count} place{'s' if count != 1 else ''}")
            lines += [f"    {old} -> {new}" for old, new in change.places[:SHOWN]]
            if count > SHOWN:
                lines.append(f"    ... and {count - SHOWN} more")
        if self.kept:
            lines.append(f"  nothing to do for {', '.join(self.kept)}")
        return "\n".join(lines)


SHOWN = 5
"""Places that the representation shows for each option."""

AROUND = 12
"""Characters to show around a place."""

LONGEST = 20_000
"""Characters up to which places are found one by one; of longer texts the whole change is one place."""


def explain_normalize(text: str, *, preset: str | None = None, **options: Any) -> Explained:
    r"""Show what each option of `normalize` does to one text.

    The options are switched on one after the other, in the order in which `normalize` does them; what an option is
    said to have done is what changed when it was switched on.

    Args:
        text: One text.
        preset: As for `normalize`.
        options: As for `normalize`; without any, its defaults.

    Returns:
        The text before and after, and each option with the places it changed; its representation is for people.

    Raises:
        TypeError: `text` is not a string, or there is no such option.
        ValueError: An option has a value it does not know.

    Examples:
        >>> import fastcurate as fc
        >>> fc.explain_normalize("two  words\x00", zero_width="remove")
        11 characters became 9:
          controls=remove: 1 place
            'two  words\x00' -> 'two  words'
          whitespace=collapse: 1 place
            'two  words' -> 'two words'
          nothing to do for zero_width, form
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be one string, got {type(text).__name__}; for a column call normalize")
    asked = kernel_options(preset, **options)
    after = _one(text, asked)
    now = {name: "keep" if name in ORDER else value for name, value in asked.items()}
    before, changes, kept = text, [], []
    for name in (name for name in ORDER if asked.get(name, "keep") != "keep"):
        now[name] = asked[name]
        step = _one(text, now)
        if step == before:
            kept.append(name)
        else:
            changes.append(Change(name, asked[name], _places(before, step)))
        before = step
    return Explained(text, after, tuple(changes), tuple(kept))


def _one(text: str, options: dict[str, Any]) -> str:
    return str(normalize([text], **options)[0].as_py())


def _places(before: str, after: str) -> tuple[tuple[str, str], ...]:
    """Where two texts differ, each with a little around it."""
    if max(len(before), len(after)) > LONGEST:
        return ((f"{len(before)} characters", f"{len(after)} characters"),)
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return tuple(
        _excerpts(before[max(0, a - AROUND) : b + AROUND], after[max(0, c - AROUND) : d + AROUND])
        for what, a, b, c, d in matcher.get_opcodes()
        if what != "equal"
    )


def _excerpts(before: str, after: str) -> tuple[str, str]:
    """Both as Python writes strings; with escapes only where they look alike."""
    alike = unicodedata.normalize("NFKC", before) == unicodedata.normalize("NFKC", after)
    show = ascii if alike else repr
    return show(before), show(after)
