"""Raw text in, a set worth fine-tuning on out.

Columns: `normalize`, `fingerprint`, `minhash`, `simhash`, `similarity`, `count_tokens`, `truncate`. Tables:
`deduplicate`, `plan_deduplicate`. Lengths: `length_report`, `bucket_by_length`, `pack`. Chats: `to_messages`,
`validate_chat`, `count_chat_tokens`. The job: `curate`. For the `.map` of Hugging Face datasets: `fastcurate.datasets`.
"""

import sys
from importlib import import_module
from types import ModuleType

_MODULES = {
    "_core": "__version__",
    "chat": "ChatTemplate count_chat_tokens load_chat_template",
    "cleaning": "normalize repair_mojibake",
    "columns": "count_tokens fingerprint minhash minhash_similarity simhash similarity",
    "curate": "Curated curate",
    "dedup": "Deduplicated DeduplicationPlan DuplicateIndex Groups deduplicate plan_deduplicate",
    "explain": "explain_normalize",
    "lengths": "bucket_by_length compare_packing length_report pack",
    "messages": "ChatReport Messages from_messages to_messages validate_chat",
    "quality": "filter_quality plan_filter quality",
    "redact": "find_personal_data redact",
    "truncate": "split_long truncate",
    "wordlist": "filter_words find_words",
}
"""Where each public name lives: a module is imported when one of its names is first asked for.
The same for type checkers is in __init__.pyi."""

_HOME = {name: module for module, names in _MODULES.items() for name in names.split()}

__all__ = [*_HOME, "datasets"]  # noqa: PLE0604 - they are strings, of the table


class _Package(ModuleType):
    """This package, whose names come when they are asked for."""

    def __getattr__(self, name: str) -> object:
        if name == "datasets":
            return import_module("fastcurate.datasets")
        if name not in _HOME:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"fastcurate.{_HOME[name]}"), name)
        setattr(self, name, value)
        return value

    def __setattr__(self, name: str, value: object) -> None:
        # Importing a module sets its name here; where a function has the same (`quality`, `curate`), the name is that.
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *__all__})


sys.modules[__name__].__class__ = _Package
