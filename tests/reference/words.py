"""The words of a text, slowly and clearly.

Source: DESIGN 2, "What is compared". The properties come from the `regex` package, the normal forms and the
case folding from Python itself; the two may know different versions of Unicode, so tests keep to code points
that are older than both. Empty text has no words. Null is the caller's business.
"""

import unicodedata

import regex

IGNORABLE = regex.compile(r"\p{Default_Ignorable_Code_Point}")

# Scripts written without spaces: each code point is a word of its own, with the marks that follow it.
SINGLE = "".join(
    rf"\p{{Script={name}}}" for name in ("Han", "Hiragana", "Katakana", "Thai", "Lao", "Khmer", "Myanmar")
)
WORD = regex.compile(
    rf"""[[\p{{L}}\p{{M}}\p{{N}}]&&[{SINGLE}]] \p{{M}}*
       | [[\p{{L}}\p{{M}}\p{{N}}]--[{SINGLE}]]+""",
    flags=regex.VERSION1 | regex.VERBOSE,
)


def matching_text(text: str) -> str:
    """What is compared of a text: compatibility forms, case and invisible code points do not count."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return str(IGNORABLE.sub("", folded))


def words(text: str) -> list[str]:
    """The words of the matching text, in order."""
    return list(WORD.findall(matching_text(text)))
