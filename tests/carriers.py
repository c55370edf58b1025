"""Rows with everything in them, and objects known only by their Arrow capsules, for the tests of what comes in."""

import datasets
import pyarrow as pa

TEXTS = ["a", None, "bb", "", "a", "żółć", None, "😀"]
CHATS = [
    [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}],
    None,
    [],
    [{"role": "user", "content": None}],
]


def texts_of(arrow):
    """Python values of any Arrow object."""
    if hasattr(arrow, "__arrow_c_stream__"):
        return pa.chunked_array(arrow).to_pylist()
    return pa.array(arrow).to_pylist()


def hf(values=TEXTS, **more):
    return datasets.Dataset.from_dict({"text": values, **more})


class Stream:
    """An object known only by its Arrow stream."""

    def __init__(self, inner):
        self.inner = inner

    def __arrow_c_stream__(self, requested_schema=None):
        return self.inner.__arrow_c_stream__(requested_schema)


class Data:
    """An object known only by its Arrow array."""

    def __init__(self, inner):
        self.inner = inner

    def __arrow_c_array__(self, requested_schema=None):
        return self.inner.__arrow_c_array__(requested_schema)
