"""Polars' engines by the names that they have today, in old versions too."""

import polars as pl

NAMED = tuple(int(part) for part in pl.__version__.split(".")[:2]) >= (1, 25)
"""Whether `collect` takes them; before that it takes `streaming=True`, for an engine that is gone by now."""


def collected(lazy: pl.LazyFrame, engine: str) -> pl.DataFrame:
    """The frame from the engine `"in-memory"` or `"streaming"`."""
    if NAMED:
        return lazy.collect(engine=engine)  # type: ignore[call-overload, no-any-return]
    return lazy.collect(streaming=engine == "streaming")  # type: ignore[call-overload, no-any-return]
