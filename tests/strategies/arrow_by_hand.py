"""Arrow's C structs put together by hand, right or wrong, as capsules and as a series of Polars' plugin interface."""

import ctypes
import json
import pickle
from typing import Any

from fastcurate import _core


class Schema(ctypes.Structure):
    """`ArrowSchema` of the C data interface."""


class Array(ctypes.Structure):
    """`ArrowArray` of the C data interface."""


class Stream(ctypes.Structure):
    """`ArrowArrayStream` of the C stream interface."""


class Series(ctypes.Structure):
    """`SeriesExport` of Polars' plugin interface."""


RELEASE_SCHEMA = ctypes.CFUNCTYPE(None, ctypes.POINTER(Schema))
RELEASE_ARRAY = ctypes.CFUNCTYPE(None, ctypes.POINTER(Array))
GET_SCHEMA = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(Stream), ctypes.POINTER(Schema))
GET_NEXT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(Stream), ctypes.POINTER(Array))
LAST_ERROR = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.POINTER(Stream))
RELEASE_STREAM = ctypes.CFUNCTYPE(None, ctypes.POINTER(Stream))

Schema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_char_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(Schema))),
    ("dictionary", ctypes.POINTER(Schema)),
    ("release", RELEASE_SCHEMA),
    ("private_data", ctypes.c_void_p),
]
Array._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(Array))),
    ("dictionary", ctypes.POINTER(Array)),
    ("release", RELEASE_ARRAY),
    ("private_data", ctypes.c_void_p),
]
Stream._fields_ = [
    ("get_schema", GET_SCHEMA),
    ("get_next", GET_NEXT),
    ("get_last_error", LAST_ERROR),
    ("release", RELEASE_STREAM),
    ("private_data", ctypes.c_void_p),
]
Series._fields_ = [
    ("field", ctypes.POINTER(Schema)),
    ("arrays", ctypes.POINTER(ctypes.POINTER(Array))),
    ("len", ctypes.c_size_t),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]


def _released(pointer: Any) -> None:
    pointer.contents.release = type(pointer.contents.release)()


FREE_SCHEMA, FREE_ARRAY, FREE_STREAM = (
    RELEASE_SCHEMA(_released),
    RELEASE_ARRAY(_released),
    RELEASE_STREAM(_released),
)
_kept: list[Any] = []  # what the structs point to: they are few and small, and nobody may free them too early


def schema(spelled: bytes | None, *, children: Any = (), dictionary: Any = None, **fields: Any) -> Any:
    """A schema; `fields` overrule what would be right."""
    made = Schema(format=spelled, name=b"text", flags=2, n_children=len(children), release=FREE_SCHEMA)
    if children:
        made.children = (ctypes.POINTER(Schema) * len(children))(*[c and ctypes.pointer(c) for c in children])
    if dictionary is not None:
        made.dictionary = ctypes.pointer(dictionary)
    return _with(made, fields, children, dictionary)


def array(
    length: int, of: list[bytes | None], *, children: Any = (), dictionary: Any = None, **fields: Any
) -> Any:
    """An array of copies of these buffers; `fields` overrule what would be right."""
    # NUL bytes behind every buffer, so that a reader who goes too far by a little reads nothing that matters.
    copies = [None if b is None else ctypes.create_string_buffer(b, len(b) + 64) for b in of]
    made = Array(length=length, n_buffers=len(of), n_children=len(children), release=FREE_ARRAY)
    places = [None if copy is None else ctypes.addressof(copy) for copy in copies]
    made.buffers = (ctypes.c_void_p * max(len(places), 1))(*places)
    if children:
        made.children = (ctypes.POINTER(Array) * len(children))(*[c and ctypes.pointer(c) for c in children])
    if dictionary is not None:
        made.dictionary = ctypes.pointer(dictionary)
    return _with(made, fields, copies, children, dictionary)


def _with(made: Any, fields: dict[str, Any], *kept: Any) -> Any:
    for name, value in fields.items():
        if value is None:
            value = dict(made._fields_)[name]()  # noqa: PLW2901 - a null pointer of its type
        setattr(made, name, value)
    _kept.append((made, kept))
    return made


def capsule(struct: Any, name: bytes) -> Any:
    """A capsule without a destructor."""
    new = ctypes.pythonapi.PyCapsule_New
    new.restype, new.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    _kept.append((struct, name))
    return new(ctypes.addressof(struct), name, None)


class Given:
    """An object with `__arrow_c_array__`."""

    def __init__(self, schema: Schema, array: Array) -> None:
        self.pair = schema, array

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[Any, Any]:
        return capsule(self.pair[0], b"arrow_schema"), capsule(self.pair[1], b"arrow_array")


class Streamed:
    """An object with `__arrow_c_stream__` over these arrays; a number among them is an error code."""

    def __init__(self, schema: Schema | int, arrays: list[Array | int], **fields: Any) -> None:
        self.schema, self.arrays, self.fields = schema, list(arrays), fields

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        def give(out: Any, what: Any) -> int:
            if isinstance(what, int):
                return what
            ctypes.memmove(out, ctypes.addressof(what), ctypes.sizeof(what))
            return 0

        message = ctypes.create_string_buffer(b"the well is dry")
        calls = {
            "get_schema": GET_SCHEMA(lambda _, out: give(out, self.schema)),
            "get_next": GET_NEXT(lambda _, out: give(out, self.arrays.pop(0) if self.arrays else Array())),
            "get_last_error": LAST_ERROR(lambda _: ctypes.addressof(message)),
            "release": FREE_STREAM,
        }
        made = _with(Stream(**calls), self.fields, message, calls)
        return capsule(made, b"arrow_array_stream")


def through_polars(schema: Schema, arrays: list[Array], **call: Any) -> str | None:
    """Calls the plugin as Polars does; the message of its refusal, None where there is a result."""
    library = ctypes.CDLL(_core.__file__)
    library._polars_plugin_get_last_error_message.restype = ctypes.c_char_p
    boxes = (ctypes.POINTER(Array) * max(len(arrays), 1))(*map(ctypes.pointer, arrays))
    given = Series(field=ctypes.pointer(schema), arrays=boxes, len=len(arrays))
    _kept.append((given, boxes, schema, arrays))
    options = pickle.dumps({"json": json.dumps(call)}, protocol=5)
    result = Series()
    library._polars_plugin_fastcurate(
        ctypes.byref(given),
        ctypes.c_size_t(1),
        options,
        ctypes.c_size_t(len(options)),
        ctypes.byref(result),
        None,
    )
    if result.private_data is None:
        return str(library._polars_plugin_get_last_error_message().decode())
    _kept.append(result)
    return None
