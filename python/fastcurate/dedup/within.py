"""`within`: rows are compared only with rows that have the same value in a column (language, source, label).

Values are the same where Arrow calls them equal, and so are all nulls among themselves, all NaN, 0.0 and -0.0: the rows
without a value are a group of their own. With several columns all values have to be the same. Groups are numbered by
the values themselves, not by hashes of them, so that no two groups can fall together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from fastcurate.dedup.settings import Within
    from fastcurate.frames import Frame


def groups_of(within: Within, frames: list[Frame]) -> npt.NDArray[np.uint32] | None:
    """For each row of these frames, one after the other, the number of its group.

    Args:
        within: A column name, a list of them, or None.
        frames: Where the columns are.

    Returns:
        Equal numbers for equal values; None for None.

    Raises:
        ValueError: A column is not there, or the list is empty.
        TypeError: `within` is no name or list of names, or the values of a column cannot be compared.

    Examples:
        >>> from fastcurate.frames import open_frame
        >>> groups_of("source", [open_frame({"source": ["web", "book", None, "web", None]})]).tolist()
        [0, 1, 2, 0, 2]
    """
    if within is None:
        return None
    import numpy as np

    names = [within] if isinstance(within, str) else within
    if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
        raise TypeError(f"within must be a column name or a list of names, got {within!r}")
    if not names:
        raise ValueError("within must name at least one column, got an empty list; None compares all rows")
    groups = np.zeros(sum(frame.num_rows for frame in frames), dtype=np.int64)
    for name in names:
        codes = _codes(name, frames)
        _, groups = np.unique(groups * (codes.max(initial=0) + 1) + codes, return_inverse=True)
    _, first, groups = np.unique(groups, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[groups].astype(np.uint32)  # numbered as they appear


def _codes(name: str, frames: list[Frame]) -> npt.NDArray[np.int64]:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = [_plain_values(name, frame) for frame in frames]
    try:
        tables = [pa.table({name: column}) for column in columns]
        values = pa.concat_tables(tables, promote_options="permissive").column(0)
        if pa.types.is_floating(values.type):
            values = pc.add(values, pa.scalar(0.0, values.type))  # -0.0 is 0.0
        encoded = pc.dictionary_encode(values).unify_dictionaries()
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        kinds = " and ".join(dict.fromkeys(str(column.type) for column in columns))
        raise TypeError(
            f"within={name!r} needs values that can be compared (text, numbers, booleans or dates), got {kinds}"
        ) from error
    codes = [chunk.indices.cast(pa.int64()).fill_null(-1).to_numpy() + 1 for chunk in encoded.chunks]
    return np.concatenate([np.zeros(0, dtype=np.int64), *codes])


def _plain_values(name: str, frame: Frame) -> pa.ChunkedArray:
    """The column without dictionaries and string views, which Arrow does not encode."""
    import pyarrow as pa

    from fastcurate.frames.arrow import plain

    try:
        column = frame.arrow(name)
    except ValueError as error:
        raise ValueError(f"within={name!r}: {error}") from None
    if pa.types.is_dictionary(column.type):
        column = pa.chunked_array(
            [chunk.dictionary_decode() for chunk in column.chunks], column.type.value_type
        )
    return plain(column)
