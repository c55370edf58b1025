"""Why a verdict of ours differs from datatrove's: the forks between the two definitions, one by one.

A text is judged by a set of rules with our definitions, or with datatrove's in some of the forks. With none of them
the verdict has to be that of `filter_quality`, with all of them that of datatrove's filters; `causes` holds it to both,
row by row. So a row on which the two sides differ has a smallest set of forks that turns our verdict into theirs: its
cause. What the forks are is in docs/quality.md.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import combinations

import regex
from reference.quality import (
    CITATION,
    LETTER,
    TERMINAL,
    WORD,
    bullet,
    covered,
    lower,
    phrase_places,
    sentences,
    share,
    split,
    strip,
)
from reference.quality_lexicon import GOPHER, PHRASES

Forks = frozenset[str]

FORKS = {
    "gopher": ("tokens", "punctuation", "case", "lines", "bullets", "once", "copies", "characters"),
    "fineweb": ("white space", "terminals", "characters", "tokens", "punctuation"),
    "c4": ("lines", "citations", "apostrophes", "kept lines", "brackets", "substrings", "sentences"),
}
TOP = {2: 0.2, 3: 0.18, 4: 0.16}
DUPLICATE = {5: 0.15, 6: 0.14, 7: 0.13, 8: 0.12, 9: 0.11, 10: 0.1}
WORD_OR_MARK = regex.compile(rf"(?:{WORD.pattern})|\S", flags=regex.VERSION1 | regex.VERBOSE)


@lru_cache(maxsize=4)
def tokens(text: str) -> tuple[str, ...]:
    from datatrove.utils.text import split_into_words

    return tuple(split_into_words(text))


@lru_cache(maxsize=256)
def spacy_sentences(line: str) -> int:
    from datatrove.utils.text import split_into_sentences

    return len(split_into_sentences(line))


@lru_cache(maxsize=16)
def words_of(text: str, forks: Forks) -> tuple[list[str], list[str]]:
    """The words that shares are of, and those that are counted and measured."""
    from datatrove.utils.text import PUNCTUATION_SET

    every = list(tokens(text)) if "tokens" in forks else WORD_OR_MARK.findall(text)
    if "case" not in forks:
        every = [lower(word) for word in every]
    if "punctuation" in forks:
        return every, [word for word in every if any(c not in PUNCTUATION_SET for c in word)]
    every = [word for word in every if WORD.search(word)]
    return every, every


def copies(things: Sequence[str]) -> list[str]:
    """The second and every later one of what occurs more than once."""
    seen: set[str] = set()
    found: list[str] = []
    for thing in things:
        (found.append if thing in seen else seen.add)(thing)
    return found


def stripped(text: str) -> list[str]:
    return [line for line in map(strip, text.split("\n")) if line]


def gopher(text: str, forks: Forks) -> str | None:
    theirs = forks.__contains__
    words, plain = words_of(text, forks & {"tokens", "punctuation", "case"})
    if not 50 <= len(plain) <= 100_000:
        return "words"
    if not 3 <= sum(map(len, plain)) / len(plain) <= 10:
        return "mean word length"
    if text.count("#") / len(words) > 0.1:
        return "hashes"
    if (text.count("...") + text.count("…")) / len(words) > 0.1:
        return "ellipses"
    lines = [line.strip() for line in text.splitlines()] if theirs("lines") else stripped(text)
    begins: Callable[[str], bool] = bullet
    if theirs("bullets"):
        begins = lambda line: line.startswith(("•", "-"))  # noqa: E731
    if share(sum(1 for line in lines if line and begins(line)), len(lines)) > 0.9:
        return "bullet lines"
    if share(sum(line.endswith(("...", "…")) for line in lines), len(lines)) > 0.3:
        return "ellipsis lines"
    letter = (lambda word: any(map(str.isalpha, word))) if theirs("tokens") else LETTER.search
    if sum(1 for word in words if letter(word)) / len(words) < 0.8:
        return "alphabetic words"
    if len(set(GOPHER) & set(words)) < 2:
        return "stop words"
    return repetition(text, words, forks)


def repetition(text: str, words: list[str], forks: Forks) -> str | None:
    theirs = forks.__contains__
    if theirs("lines"):
        lines, paragraphs = re.split(r"\n+", text), re.split(r"\n{2,}", text.strip())
    else:
        lines = stripped(text)
        whole = "\n".join(map(strip, text.split("\n"))).strip("\n")
        paragraphs = [block for block in re.split(r"\n{2,}", whole) if block]
    size = len(text) if theirs("characters") else sum(len(line.replace("\n", "")) for line in lines)
    for name, things in (("paragraphs", paragraphs), ("lines", lines)):
        again = copies(things)
        if share(len(again), len(things)) > 0.3:
            return f"duplicate {name}"
        spared = 0 if theirs("characters") else sum(thing.count("\n") for thing in again)
        if share(sum(map(len, again)) - spared, size) > 0.2:
            return f"duplicate {name}, characters"
    size = len(text) if theirs("characters") else sum(map(len, words))
    for n, most in TOP.items():
        grams = [" ".join(words[at : at + n]) for at in range(len(words) - n + 1)]
        gram, count = max(Counter(grams).items(), key=lambda item: item[1], default=("", 0))
        if count == 1 and not theirs("once"):
            continue
        if theirs("copies"):
            repeated = len(gram) * count
        else:
            repeated = covered(words, [at for at, each in enumerate(grams) if each == gram], n)
        if share(repeated, size) > most:
            return f"top {n}-gram"
    for n, most in DUPLICATE.items():
        if share((second_copies if theirs("copies") else all_copies)(words, n), size) > most:
            return f"duplicate {n}-grams"
    return None


def all_copies(words: list[str], n: int) -> int:
    grams = [tuple(words[at : at + n]) for at in range(len(words) - n + 1)]
    counts = Counter(grams)
    return covered(words, [at for at, gram in enumerate(grams) if counts[gram] > 1], n)


def second_copies(words: list[str], n: int) -> int:
    """Characters of the n-grams that have come before, read one behind the other."""
    seen: set[str] = set()
    total = at = 0
    while at + n <= len(words):
        gram = "".join(words[at : at + n])
        total += len(gram) if gram in seen else 0
        at += n if gram in seen else 1
        seen.add(gram)
    return total


def fineweb(text: str, forks: Forks) -> str | None:
    from datatrove.utils.text import TERMINAL_PUNCTUATION

    theirs = forks.__contains__
    untrimmed = [line for line in text.split("\n") if line.strip()]
    lines = untrimmed if theirs("white space") else stripped(text)
    if not lines:
        return "empty"
    ends = (lambda line: line[-1] in TERMINAL_PUNCTUATION) if theirs("terminals") else terminal
    if sum(1 for line in lines if ends(line)) / len(lines) < 0.12:
        return "line punctuation"
    if sum(len(line) <= 30 for line in lines) / len(lines) > 0.67:
        return "short lines"
    size = len(text.replace("\n", "")) if theirs("characters") else sum(map(len, lines))
    if sum(map(len, copies(lines))) / size > 0.01:
        return "duplicate line characters"
    words, _ = words_of(text, forks & {"tokens", "punctuation"})
    if share(text.count("\n"), len(words)) > 0.3:
        return "list"
    return None


def terminal(line: str) -> bool:
    return TERMINAL.match(line[-1]) is not None


def c4(text: str, forks: Forks) -> str | None:
    theirs = forks.__contains__

    def holds(line: str, phrases: str) -> bool:
        if theirs("substrings"):
            return any(" ".join(phrase.split()) in line.lower() for phrase in PHRASES[phrases])
        return bool(phrase_places(WORD.findall(lower(line)), PHRASES[phrases]))

    brackets = "{" if theirs("brackets") else "{}"
    total = 0
    if not theirs("kept lines"):
        if holds(text, "lorem_ipsum"):
            return "lorem ipsum"
        if any(bracket in text for bracket in brackets):
            return "curly bracket"
    lines = [line.strip() for line in text.splitlines()] if theirs("lines") else stripped(text)
    for line in lines:
        parts = line.split() if theirs("lines") else split(line)
        bare = re.sub(r"\[\d*]|\[edit]|\[citation needed]", "", line)
        bare = bare if theirs("citations") else CITATION.sub("", line)
        ends = (".", "?", "!", '"', "'") if theirs("apostrophes") else (".", "?", "!", '"')
        if (
            not bare.endswith(ends)
            or bare.endswith("...")
            or len(parts) < 5
            or any(len(part) > 1000 for part in parts)
        ):
            continue
        if theirs("kept lines") and holds(bare, "lorem_ipsum"):
            return "lorem ipsum"
        if holds(bare, "javascript"):
            continue
        if theirs("kept lines") and any(bracket in bare for bracket in brackets):
            return "curly bracket"
        if holds(bare, "policy_phrases"):
            continue
        total += spacy_sentences(bare) if theirs("sentences") else sentences(line)[0]
    return "sentences" if total < 3 else None


VERDICTS = {"gopher": gopher, "fineweb": fineweb, "c4": c4}


def causes(rules: str, texts: list[str], ours: list[bool], theirs: list[bool]) -> Counter[tuple[str, str]]:
    """How many rows differ for which side and cause; `ours` and `theirs` say which rows are kept.

    Raises where a verdict is not what the definitions say, so that no row that differs is left unexplained.
    """
    verdict, forks = VERDICTS[rules], FORKS[rules]
    found: Counter[tuple[str, str]] = Counter()
    for row, (text, we_keep, they_keep) in enumerate(zip(texts, ours, theirs, strict=True)):
        for side, kept, taken in (("ours", we_keep, ()), ("datatrove's", they_keep, forks)):
            said = verdict(text, frozenset(taken))
            assert (said is None) == kept, f"{rules}, row {row}: {side} is {kept}, by definition {said}"
        if we_keep == they_keep:
            continue
        smallest = next(
            taken
            for size in range(1, len(forks) + 1)
            for taken in combinations(forks, size)
            if (verdict(text, frozenset(taken)) is None) == they_keep
        )
        reason = verdict(text, frozenset() if they_keep else frozenset(smallest))
        found[f"{'ours' if they_keep else 'theirs'} alone, {reason}", " and ".join(smallest)] += 1
    return found
