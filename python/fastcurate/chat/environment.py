"""Jinja as chat templates expect it: what transformers gives them, in a sandbox.

Templates come with models from anywhere, so nothing they can reach changes anything: the environment is jinja2's
immutable sandbox, messages are plain data, and underscored names are refused. Blocks and comments swallow their
line end (`trim_blocks`, `lstrip_blocks`); `break` and `continue` work; `{% generation %}` marks what the model says.
"""

from __future__ import annotations

import json
import threading
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jinja2
from jinja2 import nodes
from jinja2.exceptions import SecurityError, TemplateError
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

if TYPE_CHECKING:
    from jinja2.parser import Parser
    from jinja2.runtime import Macro

SAFE = (3, 1, 6)
"""Jinja releases before this one let templates out of the sandbox."""


class Generation(Extension):
    """`{% generation %}...{% endgeneration %}`: notes which part of the rendered text the block became."""

    tags = {"generation"}  # noqa: RUF012 - the type that jinja2 declares

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.CallBlock(self.call_method("_noted"), [], [], body).set_lineno(line)

    def _noted(self, caller: Macro) -> str:
        text = caller()
        environment: Any = self.environment
        if environment.written is not None:
            start = sum(map(len, environment.written))
            environment.spans.append((start, start + len(text)))
        return text


class PublicNamespace(Namespace):
    """Jinja's `namespace`, whose attributes a template may set, without underscored names."""

    # As in jinja2, no parameter has a name, so that an attribute may have any, `self` too.
    def __init__(*args: Any, **kwargs: Any) -> None:
        self, given = args[0], dict(*args[1:], **kwargs)
        for name in given:
            _refuse_underscore(name)
        Namespace.__init__(self, given)

    def __setitem__(self, name: str, value: Any) -> None:
        _refuse_underscore(name)
        super().__setitem__(name, value)


class Dictionaries:
    """`dict` for templates: makes dictionaries and gives no way to the type."""

    def __call__(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        return dict(*args, **kwargs)

    def fromkeys(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        return dict.fromkeys(*args, **kwargs)


@lru_cache(maxsize=32)
def compiled(source: str) -> jinja2.Template:
    """The template, ready to render, in an environment of its own.

    Raises:
        ImportError: jinja2 is too old to be safe.
        jinja2.TemplateSyntaxError: It is no template.
    """
    if tuple(int(part) for part in jinja2.__version__.split(".")[:3] if part.isdigit()) < SAFE:
        raise ImportError(
            f"chat templates need jinja2 >= {'.'.join(map(str, SAFE))}, whose sandbox is tight; "
            f"found {jinja2.__version__}: pip install --upgrade jinja2"
        )
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols]
    )
    environment.filters["tojson"] = _tojson
    environment.globals.update(
        raise_exception=_raise, strftime_now=_strftime_now, dict=Dictionaries(), namespace=PublicNamespace
    )
    environment.extend(lock=threading.Lock(), written=None, spans=None)
    return environment.from_string(source)


def marks_generation(source: str) -> bool:
    """Whether the template says what the model says."""
    tree = compiled(source).environment.parse(source)
    calls = (block.call.node for block in tree.find_all(nodes.CallBlock))
    return any(isinstance(call, nodes.ExtensionAttribute) and call.name == "_noted" for call in calls)


def _tojson(
    value: Any,
    ensure_ascii: bool = False,
    indent: Any = None,
    separators: Any = None,
    sort_keys: bool = False,
) -> str:
    return json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def _raise(message: str) -> None:
    raise TemplateError(message)


def _strftime_now(form: str) -> str:
    return datetime.now().strftime(form)  # noqa: DTZ005 - local time is what templates are given elsewhere


def _refuse_underscore(name: object) -> None:
    if isinstance(name, str) and name.startswith("_"):
        raise SecurityError(f"a namespace must not have names that begin with an underscore, got {name!r}")
