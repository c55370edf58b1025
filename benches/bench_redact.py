"""`redact` beside datatrove's formatter of e-mail and IP addresses, and beside one regular expression after another.

Both sides replace what the two have in common, e-mail addresses; the planted data that we must find is checked first.
"""

import random
import re
from collections.abc import Iterator
from functools import partial

import fastcurate as fc
import pyarrow as pa

from benches.case import Case, clock
from benches.corpora import Corpora, sample, size

EMAIL = re.compile(r"\b[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,24}\b")
ADDRESS = re.compile(r"\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b")
CARD = re.compile(r"\b(?:\d[ -]?){13,19}\b")
PHONE = re.compile(r"(?:\+\d{1,3}[ .-]?)?(?:\(\d{3}\)|\d{3})[ .-]\d{3}[ .-]\d{4}\b")
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")
TOKEN = re.compile(r"\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|sk-[A-Za-z0-9]{32,64})\b")
ALL = (EMAIL, ADDRESS, CARD, PHONE, IBAN, TOKEN)
PEER = 5_000_000


def cases(corpora: Corpora) -> Iterator[Case]:
    for name in corpora.named("alpaca_en_52k", "raw_mixed_sample"):
        text = corpora.text(name)
        part = sample(text, PEER)
        yield Case(
            "redact",
            name,
            len(text),
            partial(fc.redact, text, threads=1),
            "re, six expressions",
            partial(all_one_after_another, part),
            partial(agree, part),
            size(text),
            share=size(part) / size(text),
        )


def one_after_another(row: str) -> str:
    for expression in ALL:
        row = expression.sub("[X]", row)
    return row


def all_one_after_another(text: pa.StringArray) -> list[str]:
    return [one_after_another(row) for row in text.to_pylist()]


def agree(text: pa.StringArray) -> str:
    from reference.redact import PLANTED

    rng = random.Random(3)
    for kind, make in PLANTED.items():
        planted = [f"so {make(rng)} it is" for _ in range(50)]
        found = fc.redact(planted, kinds=[kind]).to_pylist()
        assert found == [f"so [{kind.upper()}] it is"] * 50, kind
    rows = text.to_pylist()
    ours = fc.redact(text, kinds=["email"], threads=1).to_pylist()
    theirs = [EMAIL.sub("[EMAIL]", row) for row in rows]
    different = sum(a != b for a, b in zip(ours, theirs, strict=True))
    assert different <= len(rows) // 500, "e-mail addresses differ"
    return f"planted data found; e-mail addresses equal in all but {different} rows"


def lines(corpora: Corpora) -> list[str]:
    """Throughput in processor time."""
    found = []
    for name in corpora.named("alpaca_en_52k", "alpaca_zh", "raw_mixed_sample"):
        text = corpora.text(name)
        spent = min(clock(lambda: fc.redact(text, threads=1)).cpu for _ in range(5))  # noqa: B023
        found.append(f"  redact, {name}: {size(text) / spent / 1e6:.0f} MB a second of processor time")
    return found
