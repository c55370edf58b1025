"""How long the rows are, in terms that decide something: what a maximum length cuts, what padding costs, by source."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastcurate.lengths.buckets import bucket_by_length
from fastcurate.lengths.opening import open_lengths, whole
from fastcurate.lengths.packs import pack

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from fastcurate.on import On

MAX_LENGTHS = (512, 1024, 2048, 4096)
QUANTILES = {
    "min": 0.0,
    "p10": 0.1,
    "p25": 0.25,
    "median": 0.5,
    "p75": 0.75,
    "p90": 0.9,
    "p99": 0.99,
    "max": 1.0,
}
BAR = 40  # characters of the longest bar


def length_report(
    data: Any,
    *,
    tokenizer: Any = None,
    chat_template: Any = None,
    on: On = None,
    source: Any = None,
    max_lengths: Iterable[int] = MAX_LENGTHS,
    buckets: int = 8,
    threads: int | None = None,
) -> LengthReport:
    """Say how long the rows are and what that means for training.

    Args:
        data: The lengths (integers in a Polars or pandas Series, a pyarrow or NumPy array, a list), or a
            table, which may be anything that `curate` reads.
        tokenizer: Counts the tokens of a table's rows, as in `count_tokens`. Without it the table must have a
            column `length`.
        chat_template: As in `count_tokens`, for conversations.
        on: The columns of a table that are counted, as in `deduplicate`.
        source: Where each row comes from: a column, or the name of one of the table's.
        max_lengths: The lengths to train at that come into question.
        buckets: How many length buckets are compared with packing.
        threads: Number of threads, all cores for None.

    Returns:
        The report: it prints as text and shows as HTML in a notebook; its parts are plain data.

    Raises:
        ValueError: A length is null or negative (the message names the row), a table has neither a tokenizer
            nor a column `length`, or `source` has another number of rows.
        TypeError: `data` is neither.

    Examples:
        >>> report = length_report([3, 5, 9, 700], max_lengths=[8, 512], source=["a", "a", "b", "b"])
        >>> report.quantiles["median"], report.tokens
        (5, 717)
        >>> report.limits.select(["max_length", "rows_cut", "tokens_cut"]).to_pylist()[1]
        {'max_length': 512, 'rows_cut': 1, 'tokens_cut': 188}
        >>> report.sources.to_pylist()[0]
        {'source': 'b', 'rows': 2, 'tokens': 709, 'share': 0.98..., 'mean': 354.5}
    """
    import numpy as np
    import pyarrow as pa

    counting = {"tokenizer": tokenizer, "chat_template": chat_template, "on": on, "threads": threads}
    lengths, source = _opened(data, source, counting)
    # Refused here, with its row, if anything is no length.
    bucket_by_length(lengths, buckets=1, threads=threads)
    values = np.asarray(lengths, dtype=np.int64)
    limits = [whole("max_lengths", limit) for limit in max_lengths]
    return LengthReport(
        rows=len(values),
        tokens=int(values.sum()),
        quantiles=_quantiles(values),
        histogram=_histogram(values),
        limits=pa.Table.from_pylist([_at(values, limit, buckets, threads) for limit in limits], LIMITS()),
        buckets=buckets,
        sources=None if source is None else _by_source(values, source),
    )


def LIMITS() -> pa.Schema:  # noqa: N802 - a constant, made late so that the import stays light
    """The columns of `LengthReport.limits`."""
    import pyarrow as pa

    whole_numbers = ("max_length", "rows_cut", "tokens_cut", "packs")
    shares = ("rows_cut_share", "tokens_cut_share", "padding_none", "padding_buckets", "padding_packed")
    return pa.schema(
        [(name, pa.int64()) for name in whole_numbers] + [(name, pa.float64()) for name in shares]
    )


@dataclass(frozen=True, repr=False)
class LengthReport:
    """How long rows are: the answer of `length_report`.

    Attributes:
        rows: How many there are.
        tokens: Their lengths' sum.
        quantiles: `min`, `p10`, `p25`, `median`, `p75`, `p90`, `p99`, `max` and `mean`, empty without rows.
        histogram: Pairs of a length and the rows up to it that are over the one before; it doubles each time.
        limits: A line for each maximum length: `max_length`, `rows_cut`, `tokens_cut`, `packs` (of that many
            tokens, best-fit decreasing), `rows_cut_share`, `tokens_cut_share`, and the share of padding where
            each row is padded to the longest (`padding_none`), to the longest of its bucket
            (`padding_buckets`), or rows are packed (`padding_packed`), all after the cut.
        buckets: How many length buckets that is with.
        sources: For each source `source`, `rows`, `tokens`, `share` (of the tokens) and `mean`; None where
            there was none to tell apart.
    """

    rows: int
    tokens: int
    quantiles: dict[str, float]
    histogram: list[tuple[int, int]]
    limits: pa.Table
    buckets: int
    sources: pa.Table | None

    def summary(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "rows": self.rows,
            "tokens": self.tokens,
            **self.quantiles,
            "histogram": [{"up_to": length, "rows": rows} for length, rows in self.histogram],
            "limits": self.limits.to_pylist(),
            **({} if self.sources is None else {"sources": self.sources.to_pylist()}),
        }

    def __repr__(self) -> str:
        """The report as text."""
        return "\n\n".join(
            f"{title}\n{_lines(cells)}" if title else _lines(cells) for title, cells in self._tables()
        )

    def _repr_html_(self) -> str:
        """The report for a notebook."""
        return "".join(
            f"<h4>{html.escape(title)}</h4>"
            "<table>"
            + "".join(
                "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in row) + "</tr>"
                for tag, row in zip(["th", *["td"] * len(cells)], cells, strict=False)
            )
            + "</table>"
            for title, cells in self._tables()
        )

    def _tables(self) -> list[tuple[str, list[list[str]]]]:
        """Titles and cells, the first line of each the heads."""
        title = f"{self.rows:,} rows, {self.tokens:,} tokens"
        if not self.rows:
            return [(title, [[]])]
        names = list(self.quantiles)
        tables = [(title, [names, [f"{self.quantiles[name]:,.0f}" for name in names]])]
        most = max(rows for _, rows in self.histogram)
        bars = [
            [f"{length:,}", f"{rows:,}", f"{rows / self.rows:.1%}", "#" * -(-rows * BAR // most)]
            for length, rows in self.histogram
        ]
        tables.append(("", [["up to", "rows", "share", ""], *bars]))
        heads = [
            "max length",
            "rows cut",
            "",
            "tokens cut",
            "",
            "no plan",
            f"{self.buckets} buckets",
            "packed",
            "packs",
        ]
        tables.append(
            (
                "what a maximum length cuts, and how much of the rest is padding",
                [
                    heads,
                    *(
                        [
                            f"{line['max_length']:,}",
                            f"{line['rows_cut']:,}",
                            f"{line['rows_cut_share']:.1%}",
                            f"{line['tokens_cut']:,}",
                            f"{line['tokens_cut_share']:.1%}",
                            *(f"{line['padding_' + how]:.1%}" for how in ("none", "buckets", "packed")),
                            f"{line['packs']:,}",
                        ]
                        for line in self.limits.to_pylist()
                    ),
                ],
            )
        )
        if self.sources is not None:
            found = [
                [
                    str(line["source"]),
                    f"{line['rows']:,}",
                    f"{line['tokens']:,}",
                    f"{line['share']:.1%}",
                    f"{line['mean']:,.0f}",
                ]
                for line in self.sources.to_pylist()
            ]
            tables.append(("by source", [["source", "rows", "tokens", "share", "mean"], *found]))
        return tables


def _opened(data: Any, source: Any, counting: dict[str, Any]) -> tuple[Any, Any]:
    """The lengths as one pyarrow array, and the sources as one."""
    import pyarrow as pa

    from fastcurate.frames.base import origin
    from fastcurate.frames.opening import COLUMNS

    is_column = isinstance(data, (list, tuple, range)) and not any(isinstance(each, str) for each in data[:1])
    if is_column or origin(data) & (
        COLUMNS | {("pyarrow", "Array"), ("numpy", "ndarray"), ("datasets", "Column")}
    ):
        lengths, _ = open_lengths(data)
        if isinstance(source, str):
            raise ValueError(f"source must be a column where data is one, got the name {source!r}")
        rows = len(lengths)
    else:
        lengths, source = _of_table(data, source, counting)
        rows = len(lengths)
    if isinstance(lengths, pa.ChunkedArray):
        lengths = lengths.combine_chunks()
    if source is None:
        return lengths, None
    from fastcurate.frames import column

    values, _ = column(source, "source")
    sources = (
        pa.chunked_array(values) if hasattr(values, "__arrow_c_stream__") else pa.chunked_array([values])
    )
    if len(sources) != rows:
        raise ValueError(f"source must have a value for each of the {rows} rows, got {len(sources)}")
    return lengths, sources


def _of_table(data: Any, source: Any, counting: dict[str, Any]) -> tuple[Any, Any]:
    """The lengths of a table's rows, counted or read, and the sources."""
    from fastcurate.frames import open_frame

    frame = open_frame(data, threads=counting["threads"])
    if isinstance(frame, dict):
        raise TypeError(
            f"data must be one table, got the splits {', '.join(frame)}: report on each by itself"
        )
    if isinstance(source, str):
        source = frame.arrow(source)
    if counting["tokenizer"] is None:
        if "length" not in frame.columns:
            raise ValueError("tokenizer must be given for a table without a column 'length'")
        return frame.arrow("length"), source
    from fastcurate.curate import curate
    from fastcurate.recipe import Recipe

    counted = curate(data, recipe=Recipe.of("lengths", ("count_tokens", {})), **counting)
    return counted.plan["length"], source


def _quantiles(values: npt.NDArray[np.int64]) -> dict[str, float]:
    """Lengths of rows, but for the mean."""
    import numpy as np

    if not len(values):
        return {}
    found = np.quantile(values, list(QUANTILES.values()), method="inverted_cdf").tolist()
    return {
        **{name: int(value) for name, value in zip(QUANTILES, found, strict=True)},
        "mean": float(values.mean()),
    }


def _histogram(values: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
    """From the first power of two that rows are up to, to the last."""
    import numpy as np

    if not len(values):
        return []
    # The smallest power of two that is at least the length; 0 for 0.
    powers = np.where(values > 0, np.ceil(np.log2(np.maximum(values, 1))).astype(np.int64) + 1, 0)
    counts = np.bincount(powers).tolist()
    first = next(power for power, rows in enumerate(counts) if rows)
    return [(2 ** (power - 1) if power else 0, rows) for power, rows in enumerate(counts)][first:]


def _at(values: npt.NDArray[np.int64], limit: int, buckets: int, threads: int | None) -> dict[str, Any]:
    """One line of `LengthReport.limits`."""
    import numpy as np

    cut = np.minimum(values, max(limit, 0))
    packed = pack(cut, capacity=limit, threads=threads)
    waste = bucket_by_length(cut, buckets=buckets, threads=threads).padding_waste
    rows, tokens = int((values > limit).sum()), int(values.sum() - cut.sum())
    return {
        "max_length": limit,
        "rows_cut": rows,
        "tokens_cut": tokens,
        "packs": len(packed.bins),
        "rows_cut_share": rows / max(1, len(values)),
        "tokens_cut_share": tokens / max(1, int(values.sum())),
        "padding_none": waste.before,
        "padding_buckets": waste.after,
        "padding_packed": packed.waste,
    }


def _by_source(values: npt.NDArray[np.int64], source: pa.ChunkedArray) -> pa.Table:
    """A line for each source, the one of most tokens first."""
    import pyarrow as pa
    import pyarrow.compute as pc

    plain = source.cast(source.type.value_type) if pa.types.is_dictionary(source.type) else source
    plain = plain.cast(pa.large_string()) if plain.type == pa.string_view() else plain
    grouped = pa.table({"source": plain, "tokens": values}).group_by("source", use_threads=False)
    found = grouped.aggregate([("tokens", "count"), ("tokens", "sum"), ("tokens", "mean")])
    found = found.sort_by([("tokens_sum", "descending")])
    total = max(1, int(values.sum()))
    return pa.table(
        {
            "source": found["source"],
            "rows": found["tokens_count"],
            "tokens": found["tokens_sum"],
            "share": pc.divide(found["tokens_sum"].cast(pa.float64()), total),
            "mean": found["tokens_mean"],
        }
    )


def _lines(cells: Sequence[Sequence[str]]) -> str:
    """Cells in columns: numbers to the right, words (and bars) to the left."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    left = [
        any(cell[:1].isalpha() or cell[:1] == "#" for cell in column)
        for column in zip(*cells[1:], strict=True)
    ]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if words else cell.rjust(width)
            for cell, width, words in zip(row, widths, left or [False] * len(widths), strict=True)
        ).rstrip()
        for row in cells
    )
