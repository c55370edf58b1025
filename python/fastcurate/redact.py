"""Personal data and secrets, found and replaced."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

__all__ = ["DEFAULT_KINDS", "Redacted", "find_personal_data", "redact"]

DEFAULT_KINDS = ("email", "ip", "phone", "iban", "card", "secret")
"""What is looked for unless asked otherwise; `url` and `private_ip` are the others."""


@dataclass(frozen=True)
class Redacted:
    """Texts with what was found replaced, and the evidence: the answer of `find_personal_data`."""

    text: Any
    """The texts: a Polars Series for a Polars Series, otherwise a pyarrow array."""
    spans: pa.Table
    """Every find: `row`, `start` and `end` (characters of the text as it came), `kind`, `replacement`."""

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many of each kind were found."""
        return dict(Counter(self.spans["kind"].to_pylist()).most_common())

    def __repr__(self) -> str:
        found = ", ".join(f"{count:,} {kind}" for kind, count in self.counts.items()) or "nothing"
        rows = len(set(self.spans["row"].to_pylist()))
        return f"<Redacted: {len(self.text):,} rows, {rows:,} changed: {found}>"


def redact(
    text: Any,
    *,
    kinds: Sequence[str] = DEFAULT_KINDS,
    patterns: Mapping[str, str] | None = None,
    replace: Literal["label", "pseudonym"] = "label",
    seed: int = 0,
    threads: int | None = None,
) -> Any:
    """Replace personal data and secrets.

    Precision comes first: card numbers and IBANs must have valid check digits, addresses valid parts, tokens
    the form that
    their issuer gives them, phone numbers a country code, the grouping of North America, or a word such as
    "phone" before
    them. What is written in another way stays.

    Args:
        text: A column of text; see `fastcurate.columns` for what that can be.
        kinds: Of `email`, `url`, `ip` (addresses of the public Internet), `private_ip`, `phone`, `iban`,
            `card`, `secret`. Without
            `url` and `private_ip` by default.
        patterns: More kinds: a name and a regular expression (Rust's syntax, without look-around and
            back-references, so
            that none can take forever). Of several that match at one place, the first counts.
        replace: `"label"`: `[EMAIL]`. `"pseudonym"`: `[EMAIL_1f0c9a52]`, the same wherever the same text
            stands, another
            one with another seed. Consistent, not secret: who knows the seed can try texts.
        seed: The seed of pseudonyms, 0 to 2^64 - 1.
        threads: How many threads to use; all cores for None.

    Returns:
        Strings in the layout they came in (dictionaries become plain strings where something was found); null
        for null. A
        chunk in which nothing is found shares its buffers with the input.

    Raises:
        TypeError: `text` is not a column of text.
        ValueError: An unknown kind (the message lists those there are), a pattern that is none, or a bad seed.

    Examples:
        >>> import fastcurate as fc
        >>> fc.redact(
        ...     ["Write to ann@example.org or call +44 20 7946 0958.", "Version 1.2.3.4 of 2024-05-06"]
        ... ).to_pylist()
        ['Write to [EMAIL] or call [PHONE].', 'Version 1.2.3.4 of 2024-05-06']
        >>> fc.redact(["ticket AB-1234"], patterns={"ticket": r"[A-Z]{2}-[0-9]{4}"}).to_pylist()
        ['ticket [TICKET]']
    """
    found = find_personal_data(
        text, kinds=kinds, patterns=patterns, replace=replace, seed=seed, threads=threads
    )
    return found.text


def find_personal_data(
    text: Any,
    *,
    kinds: Sequence[str] = DEFAULT_KINDS,
    patterns: Mapping[str, str] | None = None,
    replace: Literal["label", "pseudonym"] = "label",
    seed: int = 0,
    threads: int | None = None,
) -> Redacted:
    """Replace personal data and secrets as `redact` does, and say what was found where.

    Args:
        text: A column of text.
        kinds: What is looked for, as in `redact`.
        patterns: More kinds, as in `redact`.
        replace: `"label"` or `"pseudonym"`.
        seed: The seed of pseudonyms.
        threads: How many threads to use; all cores for None.

    Returns:
        The texts, the spans of all finds, and how many there are of each kind.

    Raises:
        TypeError: `text` is not a column of text.
        ValueError: An unknown kind, a pattern that is none, or a bad seed.

    Examples:
        >>> import fastcurate as fc
        >>> found = fc.find_personal_data(["Write to ann@example.org."])
        >>> found
        <Redacted: 1 rows, 1 changed: 1 email>
        >>> found.spans.to_pylist()
        [{'row': 0, 'start': 9, 'end': 24, 'kind': 'email', 'replacement': '[EMAIL]'}]
    """
    import pyarrow as pa

    from fastcurate import _core
    from fastcurate.frames import column
    from fastcurate.frames.arrow import decoded

    options = kernel_options(kinds, patterns, replace, seed)
    values, give_back = column(text)
    chunks, spans = _core.redact(
        values,
        **options,
        threads=threads,
    )
    arrays = [pa.array(chunk) for chunk in chunks]
    wide = {array.type for array in arrays}
    if len(wide) > 1:
        arrays = [decoded(array).cast(pa.large_string()) for array in arrays]
    result = give_back(arrays[0] if len(arrays) == 1 else pa.chunked_array(arrays))
    names = ("row", "start", "end", "kind", "replacement")
    return Redacted(result, pa.table(dict(zip(names, map(pa.array, spans), strict=True))))


def kernel_options(
    kinds: Sequence[str], patterns: Mapping[str, str] | None, replace: str, seed: int
) -> dict[str, Any]:
    """What the kernel takes beside the text.

    Raises:
        TypeError: `kinds` is a single text.
        ValueError: `replace`, `seed` or the name of a pattern is not one that `redact` takes.
    """
    from fastcurate import _core

    if replace not in ("label", "pseudonym"):
        raise ValueError(f"replace must be 'label' or 'pseudonym', got {replace!r}")
    if isinstance(kinds, str):
        raise TypeError(f"kinds must be a list of names, got the text {kinds!r}")
    if not isinstance(seed, int) or not 0 <= seed < 2**64:
        raise ValueError(f"seed must be a whole number from 0 to 2**64 - 1, got {seed!r}")
    own = list((patterns or {}).items())
    if clash := {name for name, _ in own} & set(_core.redact_kinds()):
        raise ValueError(f"patterns must have names of their own, got {sorted(clash)}, which are built in")
    return {"kinds": list(kinds), "patterns": own, "seed": seed if replace == "pseudonym" else None}
