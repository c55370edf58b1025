"""Column functions in the form that `.map(..., batched=True)` wants: small objects that pickle to the same bytes.

`datasets` names a cached result after the pickle of the function that made it. A closure or a tokenizer that has been
used pickles to something else every time, or not at all; a `ColumnFunction` is its name, its columns and its sorted
options.

A batch is read from its Arrow table wherever it has one, without making Python objects of it. In the format `"arrow"`
the result is a table as well, which costs least; otherwise numbers are NumPy's and texts are lists, for want of
anything else that `datasets` takes there.
"""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Mapping
from typing import Any

__all__ = [
    "ColumnFunction",
    "count_tokens",
    "fingerprint",
    "minhash",
    "normalize",
    "quality",
    "redact",
    "simhash",
]


class ColumnFunction:
    """A function of one column of a batch, for `.map(..., batched=True)`."""

    def __init__(self, function: str, column: str, output: str, options: Mapping[str, Any]) -> None:
        """Takes the name of the function in `fastcurate`, two columns and what the function takes beside them.

        Raises:
            TypeError: The function has no such option.
            ValueError: An option has a value it does not take.
        """
        import fastcurate

        self._function = function
        self._column = column
        self._output = output
        self._options = dict(sorted(options.items()))
        self._call = getattr(fastcurate, function)
        try:
            inspect.signature(self._call).bind([], **self._options)
        except TypeError as error:
            raise TypeError(f"{function}: {error}") from None
        self._call([], **self._options)  # a wrong value is found now, not in a worker

    def __call__(self, batch: Any) -> Any:
        """The batch with the column of results, or the results alone where `.map` adds them itself.

        Raises:
            ValueError: The batch has no such column.
            TypeError: This is no batch, but a row.
        """
        from fastcurate.frames.base import listed, origin

        kinds = origin(batch)
        columnar = kinds & {("pyarrow", "Table"), ("pandas", "DataFrame"), ("polars", "DataFrame")}
        table = getattr(
            batch, "pa_table", None
        )  # a lazy batch: its values have not been made Python objects yet
        if not columnar and not isinstance(batch, Mapping):
            raise TypeError(
                f"{self!r} takes a batch of rows, got {type(batch).__name__}: leave out input_columns"
            )
        names = list(
            batch.column_names if ("pyarrow", "Table") in kinds else getattr(batch, "columns", batch)
        )
        if self._column not in names:
            raise ValueError(f"there is no column {self._column!r}; the columns are {listed(names)}")
        values = batch[self._column] if table is None else table.column(self._column)
        if isinstance(values, str) or ("datasets", "LazyRow") in kinds:
            raise TypeError(f"{self!r} takes a batch of rows, got one row: call .map(function, batched=True)")
        result = self._call(values, **self._options)
        result = _known_to_datasets(result)
        if ("polars", "DataFrame") in kinds:
            return batch.with_columns(result.alias(self._output))
        if ("pandas", "DataFrame") in kinds:
            import pandas as pd

            # Arrow's own types: with pandas' integers, one null would make numbers of tokens floats
            return batch.assign(
                **{self._output: result.to_pandas(types_mapper=pd.ArrowDtype).set_axis(batch.index)}
            )
        if columnar:
            return _with_column(batch, self._output, result)
        return {self._output: result.to_pylist() if isinstance(values, list) else _plain(result)}

    def __reduce__(self) -> tuple[Any, ...]:
        return ColumnFunction, (self._function, self._column, self._output, self._options)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ColumnFunction) and pickle.dumps(self) == pickle.dumps(other)

    def __hash__(self) -> int:
        return hash((self._function, self._column, self._output))

    def __repr__(self) -> str:
        given = [f"{name}={value!r}" for name, value in self._options.items()]
        return f"{self._function}({', '.join([repr(self._column), f'output={self._output!r}', *given])})"


def normalize(column: str = "text", *, output: str | None = None, **options: Any) -> ColumnFunction:
    """A function for `.map(..., batched=True)` that normalises a column; see `fastcurate.normalize`.

    Args:
        column: The column of text.
        output: The column of the results; None for the same column.
        **options: What `fastcurate.normalize` takes beside the text.

    Returns:
        The function.

    Examples:
        >>> from datasets import Dataset
        >>> import fastcurate as fc
        >>> rows = Dataset.from_dict({"text": ["two  words "]})
        >>> rows.map(fc.datasets.normalize("text"), batched=True)[0]
        {'text': 'two words'}
    """
    return ColumnFunction("normalize", column, output or column, options)


def redact(column: str = "text", *, output: str | None = None, **options: Any) -> ColumnFunction:
    """A function for `.map(..., batched=True)` that replaces personal data and secrets; see `fastcurate.redact`.

    Args:
        column: The column of text.
        output: The column of the results; None for the same column.
        **options: What `fastcurate.redact` takes beside the text.

    Returns:
        The function.

    Examples:
        >>> from datasets import Dataset
        >>> import fastcurate as fc
        >>> rows = Dataset.from_dict({"text": ["Write to ann@example.org."]})
        >>> rows.map(fc.datasets.redact("text"), batched=True)[0]
        {'text': 'Write to [EMAIL].'}
    """
    return ColumnFunction("redact", column, output or column, options)


def quality(column: str = "text", *, output: str = "quality", **options: Any) -> ColumnFunction:
    """A function for `.map(..., batched=True)` that adds a struct of quality signals; see `fastcurate.quality`.

    Args:
        column: The column of text or of conversations.
        output: The column of the results.
        **options: What `fastcurate.quality` takes beside the text.

    Returns:
        The function.

    Examples:
        >>> from datasets import Dataset
        >>> import fastcurate as fc
        >>> rows = Dataset.from_dict({"text": ["two words"]})
        >>> rows.map(fc.datasets.quality("text", signals=["words"]), batched=True)[0]
        {'text': 'two words', 'quality': {'words': 2}}
    """
    return ColumnFunction("quality", column, output, options)


def fingerprint(column: str = "text", *, output: str = "fingerprint", **options: Any) -> ColumnFunction:
    """A function for `.map(..., batched=True)` that adds the 128-bit identity of a text (binary).

    Args:
        column: The column of text.
        output: The column of the results.
        **options: What `fastcurate.fingerprint` takes beside the text.

    Returns:
        The function.
    """
    return ColumnFunction("fingerprint", column, output, options)


def minhash(column: str = "text", *, output: str = "minhash", **options: Any) -> ColumnFunction:
    """A function for `.map(..., batched=True)` that adds MinHash signatures; see `fastcurate.minhash`.

    Args:
        column: The column of text.
        output: The column of the results.
        **options: What `fastcurate.minhash` takes beside the text.

    Returns:
        The function.
    """
    return ColumnFunction("minhash", column, output, options)


def simhash(column: str = "text", *, output: str = "simhash", **options: Any) -> ColumnFunction:
    """A function for `.map(..., batched=True)` that adds SimHash values (uint64); see `fastcurate.simhash`.

    Args:
        column: The column of text.
        output: The column of the results.
        **options: What `fastcurate.simhash` takes beside the text.

    Returns:
        The function.
    """
    return ColumnFunction("simhash", column, output, options)


def count_tokens(
    column: str = "text", *, tokenizer: Any, output: str = "length", **options: Any
) -> ColumnFunction:
    """A function for `.map(..., batched=True)` that adds the number of tokens; see `fastcurate.count_tokens`.

    Args:
        column: The column of text or of conversations.
        tokenizer: Whatever `fastcurate.count_tokens` takes. It is loaded now and goes along in the pickle, and so does
            the model's chat template, where it has one.
        output: The column of the results; `"length"` is what `transformers` reads where it groups by length.
        **options: What `fastcurate.count_tokens` takes beside these.

    Returns:
        The function.

    Examples:
        >>> from datasets import Dataset
        >>> import fastcurate as fc
        >>> rows = Dataset.from_dict({"text": ["Hello world", None]})
        >>> rows.map(fc.datasets.count_tokens("text", tokenizer="gpt2"), batched=True)["length"][:]
        [2, None]
    """
    from fastcurate.chat import load_chat_template

    template = load_chat_template(tokenizer, options.pop("chat_template", None)) or False
    loaded = {"tokenizer": _same_every_time(tokenizer), "chat_template": template}
    return ColumnFunction("count_tokens", column, output, loaded | options)


def _same_every_time(tokenizer: Any) -> Any:
    """A loaded tokenizer that pickles alike before and after use: without truncation and padding, which we ignore."""
    import json

    from fastcurate.tokenizer import load_tokenizer

    backend = getattr(tokenizer, "backend_tokenizer", tokenizer)
    if not hasattr(backend, "to_str"):
        return load_tokenizer(tokenizer)
    content = json.loads(backend.to_str()) | {"truncation": None, "padding": None}
    return load_tokenizer(json.dumps(content, ensure_ascii=False, separators=(",", ":")))


def _known_to_datasets(result: Any) -> Any:
    """The values in a type that `datasets` has: no extension type of sketches, no binary of fixed width."""
    import pyarrow as pa

    values = getattr(result, "storage", result)
    fixed = isinstance(values, pa.Array) and pa.types.is_fixed_size_binary(values.type)
    return values.cast(pa.binary()) if fixed else values


def _with_column(table: Any, name: str, values: Any) -> Any:
    if name not in table.column_names:
        return table.append_column(name, values)
    place = table.column_names.index(name)
    return table.set_column(place, table.schema.field(place).with_type(values.type), values)


def _plain(values: Any) -> Any:
    """Values as `.map` takes them in a dict. Numbers stay NumPy's, from which it learns the type despite nulls."""
    import pyarrow as pa

    signatures = pa.types.is_fixed_size_list(values.type)
    if not (signatures or pa.types.is_primitive(values.type)):
        return values.to_pylist()
    numbers = (values.flatten() if signatures else values.drop_null()).to_numpy()
    if signatures:
        numbers = numbers.reshape(-1, values.type.list_size)
    if values.null_count == 0:
        return numbers
    each = iter(numbers)
    return [next(each) if valid else None for valid in values.is_valid().to_pylist()]
