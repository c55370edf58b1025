"""Which words of a list a text has: whole words of the matching text, no boundary beside scripts without spaces."""

import regex
from reference.words import SINGLE, matching_text

JOINS = regex.compile(rf"[[\p{{L}}\p{{M}}\p{{N}}]--[{SINGLE}]]", flags=regex.VERSION1)
WORD = regex.compile(r"[\p{L}\p{M}\p{N}]")


def has(text: str, word: str) -> bool:
    text, word = matching_text(text), matching_text(word.strip())
    for at in range(len(text) - len(word) + 1):
        before, behind = text[at - 1 : at] if at else "", text[at + len(word) : at + len(word) + 1]
        clear_before = not JOINS.match(word[0]) or not WORD.match(before)
        clear_behind = not JOINS.match(word[-1]) or not WORD.match(behind)
        if text.startswith(word, at) and clear_before and clear_behind:
            return True
    return False
