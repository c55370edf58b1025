"""`quality` and the rules of Gopher, C4 and FineWeb beside datatrove's filters, one thread each.

Our signals are held to the oracle on a sample first. datatrove's filters stop at the first rule that a text
breaks and ours measure everything, so that the comparison is to their advantage; how often the two come to the
same verdict is said, set by set, and every row on which they differ is traced to its cause (`forks.py`,
docs/quality.md). What was
tried is in docs/ledger/quality.md.
"""

from collections.abc import Callable, Iterator
from functools import partial
from math import isclose
from typing import Any

import fastcurate as fc
import pyarrow as pa

from benches.case import Case, clock, named
from benches.corpora import Corpora, sample, size
from benches.forks import causes

SLOW = ("repetition", "compression")
PEER = 300_000  # bytes of text that the rival is given
TRACED = 1_000_000  # bytes of text on which every verdict that differs is traced to its cause


def cases(corpora: Corpora) -> Iterator[Case]:
    try:
        from datatrove.pipeline.filters import (
            FineWebQualityFilter,
            GopherQualityFilter,
            GopherRepetitionFilter,
        )
    except ImportError:
        return
    filters = [GopherQualityFilter(), GopherRepetitionFilter(), FineWebQualityFilter()]

    def verdicts_of(text: pa.StringArray) -> list[bool]:
        return [passes(filters, one) for one in text.to_pylist()]

    for name in corpora.named("alpaca_en_52k", "raw_mixed_sample"):
        text = corpora.text(name)
        part = sample(text, PEER)
        yield Case(
            "quality",
            name,
            len(text),
            partial(filtered, text),
            f"{named('datatrove')}, 3 filters",
            partial(verdicts_of, part),
            partial(agree, part, verdicts_of),
            size(text),
            share=size(part) / size(text),
        )


def passes(filters: list[Any], text: str) -> bool:
    from datatrove.data import Document

    # All of them, as the comparison is with all our signals.
    verdicts = [each.filter(Document(text=text, id="")) is True for each in filters]
    return all(verdicts)


def filtered(text: pa.StringArray) -> Any:
    return fc.filter_quality(pa.table({"text": text}), rules=["gopher", "fineweb"], threads=1)


def agree(text: pa.StringArray, verdicts_of: Callable[[pa.StringArray], list[bool]]) -> str:
    from reference.quality import quality

    rows = [row[:2000] for row in sample(text, 30_000).to_pylist()]
    for found, row in zip(fc.quality(rows, threads=1).to_pylist(), rows, strict=True):
        for signal, value in quality(row).items():
            assert isclose(found[signal], value, rel_tol=1e-9, abs_tol=1e-9), (signal, row[:60])
    gone, theirs = set(filtered(text).removed["row"].to_pylist()), verdicts_of(text)
    same = sum((row not in gone) == kept for row, kept in enumerate(theirs))
    return f"signals are the oracle's; {same / len(theirs):.0%} of verdicts equal"


def differences(corpora: Corpora) -> list[str]:
    """For each of our sets: verdicts that differ from datatrove's, with the forks in the definitions behind them."""
    try:
        from datatrove.pipeline.filters import (
            C4QualityFilter,
            FineWebQualityFilter,
            GopherQualityFilter,
            GopherRepetitionFilter,
        )
    except ImportError:
        return []
    peers = {
        "gopher": [GopherQualityFilter(), GopherRepetitionFilter()],
        "fineweb": [FineWebQualityFilter()],
        "c4": [C4QualityFilter(min_num_sentences=3, min_words_per_line=5)],
    }

    found = []
    for name in corpora.named("alpaca_en_52k", "raw_mixed_sample"):
        part = sample(corpora.text(name), TRACED)
        texts = part.to_pylist()
        for rules, filters in peers.items():
            gone = set(
                fc.filter_quality(pa.table({"text": part}), rules=rules, threads=1).removed["row"].to_pylist()
            )
            ours = [row not in gone for row in range(len(texts))]
            theirs = [passes(filters, text) for text in texts]
            equal = sum(we == they for we, they in zip(ours, theirs, strict=True)) / max(1, len(texts))
            found.append(f"  {rules}, {name}: {equal:.1%} of {len(texts)} verdicts equal")
            for (what, cause), count in causes(rules, texts, ours, theirs).most_common():
                found.append(f"    {count} rows: {what}: {cause}")
    return found


def lines(corpora: Corpora) -> list[str]:
    """Where verdicts differ, and throughput in processor time with and without the slow families."""
    from fastcurate.rule import known_signals

    families = list(dict.fromkeys(known_signals().values()))
    found = differences(corpora)
    for name in corpora.named("alpaca_en_52k", "alpaca_zh", "raw_mixed_sample"):
        text = corpora.text(name)
        light = [family for family in families if family not in SLOW]
        for what, wanted in (("all signals", families), ("without repetition and compression", light)):
            spent = min(clock(lambda: fc.quality(text, families=wanted, threads=1)).cpu for _ in range(3))  # noqa: B023
            found.append(
                f"  quality, {name}, {what}: {size(text) / spent / 1e6:.0f} MB a second of processor time"
            )
    return found
