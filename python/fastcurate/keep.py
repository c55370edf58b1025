"""Keep policies: which of several similar rows is kept, as an order of all rows.

`first`, `last`, `longest`, `shortest`, `best:<column>`, `prefer:<column>=<value>` and `none`. Rows that a policy does
not tell apart stay in the order of their row numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

    from fastcurate.frames import Frame

POLICIES = "'first', 'last', 'longest', 'shortest', 'best:<column>', 'prefer:<column>=<value>' or 'none'"


def order_of(keep: str, frame: Frame, lengths: Callable[[], Any]) -> npt.NDArray[np.uint32]:
    """The rows of a frame in the order in which a policy prefers them.

    Args:
        keep: The policy.
        frame: The rows.
        lengths: Gives the number of code points of every row, for the policies that go by it.

    Returns:
        Every row number once.

    Raises:
        ValueError: There is no such policy or column.
        TypeError: The column of `best` has no order of magnitude.
    """
    import numpy as np

    rows = np.arange(frame.num_rows, dtype=np.uint32)
    policy, _, rest = keep.partition(":") if isinstance(keep, str) else ("", "", "")
    if keep in ("first", "none"):
        return rows
    if keep == "last":
        return rows[::-1].copy()
    if keep in ("longest", "shortest"):
        size = np.asarray(lengths(), dtype=np.int64)
        return np.argsort(size if keep == "shortest" else -size, kind="stable").astype(np.uint32)
    if policy == "best" and rest:
        return _highest_first(frame, rest)
    column, equals, value = rest.partition("=")
    if policy == "prefer" and column and equals:
        import pyarrow as pa
        import pyarrow.compute as pc

        try:
            found = pc.equal(frame.arrow(column).cast(pa.string()), value).fill_null(False)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            kind = frame.arrow(column).type
            raise TypeError(
                f"keep={keep!r} needs a column of text, numbers or booleans, got {column!r} of type {kind}"
            ) from error
        return np.argsort(~found.to_numpy(), kind="stable").astype(np.uint32)
    raise ValueError(f"keep must be {POLICIES}, got {keep!r}")


def _highest_first(frame: Frame, column: str) -> npt.NDArray[np.uint32]:
    """Highest value first, NaN and null last (where `sort_indices` puts nulls unless told otherwise)."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import types

    values = frame.arrow(column)
    kind = values.type
    ordered = types.is_integer(kind) or types.is_decimal(kind) or types.is_temporal(kind)
    if types.is_boolean(kind):
        values = values.cast(pa.int8())
    elif types.is_floating(kind):
        values = pc.if_else(pc.is_nan(values), None, values)
    elif not ordered:
        raise TypeError(
            f"keep={'best:' + column!r} needs a column of numbers, dates or booleans, got {column!r} of type {kind}"
        )
    table = pa.table({"value": values, "row": np.arange(frame.num_rows)})
    keys = [("value", "descending"), ("row", "ascending")]
    return np.asarray(pc.sort_indices(table, sort_keys=keys), dtype=np.uint32)
