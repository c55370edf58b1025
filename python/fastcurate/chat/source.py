"""Where a chat template comes from: a string, the folder of a model, a tokenizer of transformers."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from fastcurate.chat.template import ChatTemplate

NAMED = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")
"""Special tokens that templates may use by name."""


def load_chat_template(tokenizer: Any = None, chat_template: Any = None) -> ChatTemplate | None:
    """The template that a model's conversations are rendered with.

    Args:
        tokenizer: A folder with `chat_template.jinja` or `tokenizer_config.json`, or a tokenizer of
            transformers; anything else has no template and no special tokens by name.
        chat_template: A Jinja template, the path of a `.jinja` file, the name of one of the model's several
            templates, or a `ChatTemplate`. None takes the model's own; False takes none.

    Returns:
        The template; None where there is none, or none is wanted.

    Raises:
        ImportError: jinja2 is not there or too old.
        ValueError: It is no template, a configuration is no JSON, or the model has several and none is the
            default.
        FileNotFoundError: There is no such `.jinja` file.

    Examples:
        >>> load_chat_template("gpt2") is None
        True
        >>> load_chat_template("gpt2", "{{ messages[0].content }}").render(
        ...     [{"role": "user", "content": "Hi"}]
        ... )
        'Hi'
    """
    if chat_template is False or isinstance(chat_template, ChatTemplate):
        return chat_template or None
    known, special_tokens, origin = _of_model(tokenizer)
    if chat_template is None:
        if not known:
            return None
        if len(known) > 1 and "default" not in known:
            raise ValueError(
                f"{origin} has several chat templates and none is the default; name one of {_listed(known)}"
            )
        source = known.get("default") or next(iter(known.values()))
    else:
        if not isinstance(chat_template, (str, os.PathLike)):
            kind = type(chat_template).__name__
            raise TypeError(
                f"chat_template must be a Jinja template or the path of a .jinja file, got {kind}"
            )
        source, origin = _given(chat_template, known, origin)
    try:
        import jinja2  # noqa: F401 - the template needs it
    except ImportError:
        raise ImportError("chat templates need jinja2: pip install 'fastcurate[chat]'") from None
    return ChatTemplate(source, special_tokens, origin)


def _given(chat_template: str | os.PathLike[str], known: dict[str, str], origin: str) -> tuple[str, str]:
    text = os.fspath(chat_template)
    if text in known:
        return known[text], f"{origin}, template {text!r}"
    if isinstance(chat_template, os.PathLike) or (text.endswith(".jinja") and "{" not in text):
        return Path(text).read_text(encoding="utf-8"), text
    return text, "chat_template"


def _of_model(tokenizer: Any) -> tuple[dict[str, str], dict[str, str], str]:
    """A model's templates by name, its special tokens by name, and what to call it."""
    if hasattr(tokenizer, "special_tokens_map") and hasattr(tokenizer, "chat_template"):
        found = tokenizer.chat_template or {}
        named = {"default": found} if isinstance(found, str) else dict(found)
        return named, _tokens(tokenizer.special_tokens_map), type(tokenizer).__name__
    if not isinstance(tokenizer, (str, os.PathLike)) or not Path(tokenizer).is_dir():
        return {}, {}, "the tokenizer"
    folder = Path(tokenizer)
    config = _json(folder / "tokenizer_config.json")
    if (folder / "special_tokens_map.json").exists():
        config = {**_json(folder / "special_tokens_map.json"), **config}
    found = config.get("chat_template") or {}
    templates = (
        {"default": found}
        if isinstance(found, str)
        else dict(found)
        if isinstance(found, dict)
        else {each["name"]: each["template"] for each in found}
    )
    single = folder / "chat_template.jinja"
    if single.exists():
        templates = {"default": single.read_text(encoding="utf-8")}
    for file in sorted((folder / "additional_chat_templates").glob("*.jinja")):
        templates[file.stem] = file.read_text(encoding="utf-8")
    return templates, _tokens(config), str(folder)


def _tokens(config: Any) -> dict[str, str]:
    """The special tokens of a configuration, each a string or `{"content": ...}`."""
    extra = config.get("extra_special_tokens")
    named = {**{name: config.get(name) for name in NAMED}, **(extra if isinstance(extra, dict) else {})}
    found = {
        name: token.get("content") if isinstance(token, dict) else token for name, token in named.items()
    }
    return {name: str(token) for name, token in found.items() if token is not None}


def _json(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is not JSON: {error}") from None
    if not isinstance(content, dict):
        raise TypeError(f"{path} must hold an object, got {type(content).__name__}")
    return content


def _listed(names: dict[str, str]) -> str:
    return ", ".join(map(repr, sorted(names)))
