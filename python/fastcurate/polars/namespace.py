"""The namespace `fc` of expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from fastcurate.polars import columns, findings
from fastcurate.redact import DEFAULT_KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastcurate.truncate import At
    from fastcurate.wordlist import Words


@pl.api.register_expr_namespace("fc")
class Expressions:
    """The namespace `fc` of expressions: `pl.col("text").fc.normalize()`."""

    def __init__(self, expression: pl.Expr) -> None:
        self._expression = expression

    def normalize(self, *, preset: str | None = None, **options: Any) -> pl.Expr:
        """See `fastcurate.polars.normalize`."""
        return columns.normalize(self._expression, preset=preset, **options)

    def repair_mojibake(self) -> pl.Expr:
        """See `fastcurate.polars.repair_mojibake`."""
        return columns.repair_mojibake(self._expression)

    def fingerprint(self) -> pl.Expr:
        """See `fastcurate.polars.fingerprint`."""
        return columns.fingerprint(self._expression)

    def minhash(
        self,
        *,
        num_perm: int = 128,
        shingle: str = "word:3",
        seed: int = 1,
        algorithm: str = "multiply",
    ) -> pl.Expr:
        """See `fastcurate.polars.minhash`."""
        return columns.minhash(
            self._expression, num_perm=num_perm, shingle=shingle, seed=seed, algorithm=algorithm
        )

    def minhash_similarity(self, other: str | pl.Expr) -> pl.Expr:
        """See `fastcurate.polars.minhash_similarity`."""
        return columns.minhash_similarity(self._expression, other)

    def simhash(self, *, shingle: str = "word:3") -> pl.Expr:
        """See `fastcurate.polars.simhash`."""
        return columns.simhash(self._expression, shingle=shingle)

    def similarity(self, other: str | pl.Expr, *, shingle: str = "word:3") -> pl.Expr:
        """See `fastcurate.polars.similarity`."""
        return columns.similarity(self._expression, other, shingle=shingle)

    def count_tokens(
        self,
        *,
        tokenizer: Any,
        chat_template: Any = None,
        add_generation_prompt: bool = False,
        add_special_tokens: bool = False,
    ) -> pl.Expr:
        """See `fastcurate.polars.count_tokens`."""
        return columns.count_tokens(
            self._expression,
            tokenizer=tokenizer,
            chat_template=chat_template,
            add_generation_prompt=add_generation_prompt,
            add_special_tokens=add_special_tokens,
        )

    def truncate(
        self,
        *,
        tokenizer: Any,
        max_tokens: int,
        at: At | Literal["turn"] | None = None,
        chat_template: Any = None,
    ) -> pl.Expr:
        """See `fastcurate.polars.truncate`."""
        return columns.truncate(
            self._expression, tokenizer=tokenizer, max_tokens=max_tokens, at=at, chat_template=chat_template
        )

    def quality(
        self,
        *,
        signals: Sequence[str] | None = None,
        families: Sequence[str] | None = None,
        language: bool = False,
    ) -> pl.Expr:
        """See `fastcurate.polars.quality`."""
        return findings.quality(self._expression, signals=signals, families=families, language=language)

    def redact(
        self,
        *,
        kinds: Sequence[str] = DEFAULT_KINDS,
        patterns: Mapping[str, str] | None = None,
        replace: Literal["label", "pseudonym"] = "label",
        seed: int = 0,
    ) -> pl.Expr:
        """See `fastcurate.polars.redact`."""
        return findings.redact(self._expression, kinds=kinds, patterns=patterns, replace=replace, seed=seed)

    def find_personal_data(
        self,
        *,
        kinds: Sequence[str] = DEFAULT_KINDS,
        patterns: Mapping[str, str] | None = None,
        replace: Literal["label", "pseudonym"] = "label",
        seed: int = 0,
    ) -> pl.Expr:
        """See `fastcurate.polars.find_personal_data`."""
        return findings.find_personal_data(
            self._expression, kinds=kinds, patterns=patterns, replace=replace, seed=seed
        )

    def find_words(self, *, words: Words) -> pl.Expr:
        """See `fastcurate.polars.find_words`."""
        return findings.find_words(self._expression, words=words)
