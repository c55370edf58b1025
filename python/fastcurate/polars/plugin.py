"""How an expression reaches a kernel: Polars' plugin interface, or `map_batches` where that is not to be had."""

from __future__ import annotations

import json
import warnings
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl
from polars.exceptions import PolarsError
from polars.plugins import register_plugin_function

from fastcurate import _core

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from fastcurate.tokenizer import Tokenizer

Column: TypeAlias = "str | pl.Expr"


def expression(
    kernel: str,
    inputs: Sequence[Column],
    arguments: Mapping[str, Any],
    function: Callable[..., Any],
) -> pl.Expr:
    """The expression of a kernel.

    Args:
        kernel: Its name.
        inputs: The columns that it reads.
        arguments: What it takes beside them, as JSON can say it.
        function: The same on Series, for a Polars that does not load us.

    Returns:
        The expression, under the name of the first input.
    """
    if works():
        return plugin(kernel, inputs, arguments)
    kind = pl.Float64 if len(inputs) > 1 else function(pl.Series([], dtype=pl.String)).dtype
    return mapped(function, inputs, kind)


def plugin(kernel: str, inputs: Sequence[Column], arguments: Mapping[str, Any]) -> pl.Expr:
    """The expression through the plugin interface."""
    return register_plugin_function(
        plugin_path=Path(_core.__file__),
        function_name="fastcurate",  # one symbol for all kernels
        args=list(inputs),
        kwargs={"json": json.dumps({"kernel": kernel, **arguments})},
        is_elementwise=True,
    )


def mapped(function: Callable[..., Any], inputs: Sequence[Column], kind: Any) -> pl.Expr:
    """A Python function of columns over batches; `kind` is the type of its result."""
    exprs = [pl.col(each) if isinstance(each, str) else each for each in inputs]

    def batch(*parts: pl.Series) -> pl.Series:
        answer: pl.Series = function(*parts)
        # A column of categories comes back as one where nothing had to be changed.
        return answer.cast(kind) if answer.dtype in (pl.Categorical, pl.Enum) else answer

    def of_struct(fields: pl.Series) -> pl.Series:
        return batch(*(fields.struct.field(name) for name in fields.struct.fields))

    if len(exprs) == 1:
        return exprs[0].map_batches(batch, return_dtype=kind, is_elementwise=True)
    named = pl.struct(each.alias(str(place)) for place, each in enumerate(exprs))
    made = named.map_batches(of_struct, return_dtype=kind, is_elementwise=True)
    return made.alias(exprs[0].meta.output_name())


@lru_cache(maxsize=1)
def works() -> bool:
    """Whether this Polars loads our library and gets right answers from it."""
    try:
        answer = pl.select(plugin("fingerprint", [pl.lit("")], {}))["literal"][0]
        trouble = None if answer.hex() == "99aa06d3014798d86001c324468d497f" else f"it answered {answer!r}"
    except (PolarsError, TypeError) as error:
        trouble = str(error)
    except BaseException as error:
        # A panic inside Polars is no Exception; anything else that is none is not ours to keep.
        if type(error).__name__ != "PanicException":
            raise
        trouble = str(error)
    if trouble is not None:
        warnings.warn(
            f"Polars {pl.__version__} does not run fastcurate's expressions itself ({trouble}); they go through "
            "map_batches, with the same values",
            RuntimeWarning,
            stacklevel=4,
        )
    return trouble is None


@lru_cache(maxsize=64)
def kept(tokenizer: Tokenizer) -> str:
    """The identity of a tokenizer's content, under which the kernels find it."""
    _, (kind, source) = tokenizer.__reduce__()
    content = source if isinstance(source, bytes) else source.encode()
    identity = f"{kind}:{blake2b(content, digest_size=16).hexdigest()}"
    tokenizer.keep(identity)
    return identity
