"""The only place that knows frame types: open any of them, give the same back.

Two doors. `column` takes one column of text (or of chat messages) and says how a kernel's result goes back;
`open_frame` takes a whole table, a dataset or files as a `Frame`. A library is recognised by the module its
type was defined in and imported only when an object of it has come in.
"""

from fastcurate.frames.base import Frame
from fastcurate.frames.columns import column
from fastcurate.frames.opening import open_frame

__all__ = ["Frame", "column", "open_frame"]
