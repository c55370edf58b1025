"""One column in, as an Arrow object that shares its buffers where it can, and the way back for the result.

Null in, null out: None, pandas' NaN in a column of objects, and Arrow's nulls are all the same null.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isnan
from typing import TYPE_CHECKING, Any

from fastcurate.frames.base import kind_of, listed, origin

if TYPE_CHECKING:
    import pyarrow as pa

ACCEPTED = (
    "a list of str | None, a NumPy array of strings, a pyarrow Array or ChunkedArray, a Polars or pandas "
    "Series, a column of a Hugging Face dataset, or any object with __arrow_c_array__ or __arrow_c_stream__"
)
TABLES = {
    ("polars", "DataFrame"),
    ("pandas", "DataFrame"),
    ("pyarrow", "Table"),
    ("pyarrow", "RecordBatch"),
    ("datasets", "Dataset"),
    ("datasets", "DatasetDict"),
}


def column(values: Any, name: str = "text") -> tuple[Any, Callable[[Any], Any]]:
    """Open a column of text or of chat messages.

    Args:
        values: A list of `str | None` (or of lists of messages), a NumPy array of strings, a pyarrow Array or
            ChunkedArray, a Polars or pandas Series, a column of a Hugging Face dataset, or any object with
            `__arrow_c_array__` or `__arrow_c_stream__`.
        name: The argument as error messages call it.

    Returns:
        An object with `__arrow_c_array__` or `__arrow_c_stream__` over the same buffers, and a function that
        turns a kernel's result into what the caller is used to: a Polars Series for a Polars Series (under
        the same name), otherwise a pyarrow array.

    Raises:
        TypeError: `values` is not a column, or holds something else than text; the message says which row.
        ValueError: A Python string holds a lone surrogate, which no encoding of text has; with its row.

    Examples:
        >>> values, give_back = column(["one", None])
        >>> values
        <pyarrow.lib.StringArray object at ...>
        [
          "one",
          null
        ]
    """
    from fastcurate.frames.arrow import array_of

    kinds = origin(values)
    got = f"{name} must be a column, got {kind_of(values)}"
    if isinstance(values, (str, bytes)):
        raise TypeError(f"{got}: for a single text pass [{name}]")
    if ("polars", "Series") in kinds:
        from fastcurate.frames.polars import arrow_of, series_of

        return arrow_of(values), lambda result: series_of(result, values.name)
    if kinds & {("polars", "LazyFrame"), ("polars", "Expr")}:
        raise TypeError(f"{got}: collect it and pass one of its columns")
    if kinds & TABLES:
        raise TypeError(f"{got}: pass one of its columns")
    return _arrow_of(values, kinds, name), array_of


def _arrow_of(values: Any, kinds: set[tuple[str, str]], name: str) -> Any:
    if kinds & {("pyarrow", "Array"), ("pyarrow", "ChunkedArray")}:
        return values
    if kinds & {("pandas", "Series"), ("pandas", "Index")}:
        return _from_python(values, name, from_pandas=True)
    if ("datasets", "Column") in kinds:
        from fastcurate.frames.datasets import arrow_of

        return arrow_of(values)
    if hasattr(values, "__arrow_c_stream__") or hasattr(values, "__arrow_c_array__"):
        return _one_column(values, name)
    if ("numpy", "ndarray") in kinds:
        if values.ndim != 1:
            raise TypeError(f"{name} must have one dimension, got a NumPy array of shape {values.shape}")
        # pyarrow ends a text of NumPy's fixed width at its first NUL: such texts go as a list
        objects = values.dtype.kind == "O"
        return _from_python(values if objects else values.tolist(), name, from_pandas=True)
    if isinstance(values, Sequence):
        return _from_python(values if isinstance(values, list) else list(values), name, from_pandas=False)
    raise TypeError(f"{name} must be {ACCEPTED}; got {kind_of(values)}")


def _one_column(values: Any, name: str) -> pa.ChunkedArray:
    """An Arrow object as a column. A stream of rows (a DuckDB relation, say) is one if it has a single field."""
    import pyarrow as pa

    from fastcurate.frames.arrow import checked

    chunks = checked(values)
    if not pa.types.is_struct(chunks.type):
        return chunks
    fields = [field.name for field in chunks.type]
    if len(fields) != 1:
        raise TypeError(f"{name} must be one column, got {kind_of(values)} with the columns {listed(fields)}")
    return pa.chunked_array([chunk.field(0) for chunk in chunks.chunks], chunks.type.field(0).type)


def _from_python(values: Any, name: str, *, from_pandas: bool) -> Any:
    import pyarrow as pa

    try:
        array = pa.array(values, from_pandas=from_pandas)
    except UnicodeEncodeError:
        row = next(row for row, value in enumerate(values) if _has_surrogate(value))
        raise ValueError(
            f"{name}, row {row}: the string holds a lone surrogate, which is not text; "
            "clean it with s.encode('utf-8', 'replace').decode()"
        ) from None
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        for row, value in enumerate(values):
            missing = value is None or (from_pandas and isinstance(value, float) and isnan(value))
            if not (missing or isinstance(value, (str, list, tuple))):
                raise TypeError(f"{name}, row {row}: expected str or None, got {kind_of(value)}") from None
        raise TypeError(f"{name} must be {ACCEPTED}; the values do not fit together: {error}") from None
    nothing = from_pandas and array.null_count == len(array) and not pa.types.is_integer(array.type)
    return pa.nulls(len(array), pa.string()) if nothing else array  # pandas calls a column of nothing floats


def _has_surrogate(value: Any) -> bool:
    if isinstance(value, str):
        return any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, dict):
        return any(_has_surrogate(part) for part in value.values())
    return isinstance(value, (list, tuple)) and any(_has_surrogate(part) for part in value)
