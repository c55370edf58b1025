"""Random rows among which near-duplicates are common: a few families of texts and planted edits of them.

The words are few and from many scripts, so that short rows meet by chance, and some families are long, so
that one edit stays above a high threshold. Nulls, empty rows and rows of punctuation are among them.
"""

from typing import Any

from hypothesis import strategies as st

LATIN = [
    "alpha",
    "beta",
    "BETA",
    "gamma",
    "délta",
    "de\u0301lta",
    "straße",
    "STRASSE",
    "co\u00adop",
    "coop",
    "don't",
]
NUMBERS = ["1", "2", "12", "３", "x²"]
SCRIPTS = ["日本", "語", "か", "ー", "데이터", "ข้า", "ที่", "ກຂ", "ខ្មែ", "မြန်", "हिन्दी"]
WORDLESS = ["👍", "👩\u200d👧", "?!", "...", "", "\u00ad"]
WORDS = [*LATIN, *NUMBERS, *SCRIPTS, *WORDLESS]
SEPARATORS = [" ", " ", ", ", "\n", "", " - "]
THRESHOLDS = st.one_of(
    st.sampled_from([3 / 10, 1 / 3, 2 / 5, 1 / 2, 3 / 5, 2 / 3, 7 / 10, 3 / 4, 4 / 5, 5 / 6, 9 / 10, 1.0]),
    st.floats(min_value=0.3, max_value=1.0),
)
SHINGLES = st.sampled_from(["word:1", "word:2", "word:3", "word:5", "char:1", "char:3", "char:5"])
KEEPS = st.sampled_from(
    ["first", "last", "longest", "shortest", "none", "best:score", "prefer:source=book", "prefer:source=web"]
)
EDITS = st.sampled_from(
    ["front", "append", "swap", "delete", "case", "punctuation", "number", "hyphen", "repeat"]
)

SMALL = st.lists(st.sampled_from(WORDS), max_size=7)
LONG = st.builds(
    lambda first, length: [f"word{i}" for i in range(first, first + length)],
    st.integers(0, 2),
    st.integers(8, 30),
)


def edited(words: list[str], edit: str, place: int, word: str) -> list[str]:
    """One edit at a place of a family's words."""
    place %= len(words) + 1
    before, here, after = words[:place], words[place : place + 1], words[place + 1 :]
    match edit:
        case "front":
            return [word, *words]
        case "append":
            return [*words, word]
        case "swap":
            return [*before, *after[:1], *here, *after[1:]]
        case "delete":
            return before + after
        case "case":
            return before + [one.upper() for one in here] + after
        case "punctuation":
            return [*before, "!", *here, *after]
        case "number":
            return [*before, str(place), *after]
        case "hyphen":
            return before + [one[:1] + "\u00ad" + one[1:] for one in here] + after
        case _:
            return words + words


@st.composite
def texts(draw: st.DrawFn, *, max_size: int = 12) -> list[str | None]:
    """A column of related texts."""
    families = draw(st.lists(SMALL | LONG, min_size=1, max_size=3))
    column: list[str | None] = []
    for _ in range(draw(st.integers(0, max_size))):
        words = draw(st.sampled_from(families))
        for edit in draw(st.lists(EDITS, max_size=2)):
            words = edited(words, edit, draw(st.integers(0, 30)), draw(st.sampled_from(WORDS)))
        null = draw(st.integers(0, 19)) == 0
        column.append(None if null else draw(st.sampled_from(SEPARATORS)).join(words))
    return column


@st.composite
def tables(
    draw: st.DrawFn, columns: tuple[str, ...] = ("text",), *, max_size: int = 12
) -> list[dict[str, Any]]:
    """Rows with the given text columns, and `score` and `source` for the keep policies."""
    first = draw(texts(max_size=max_size))
    rows: list[dict[str, Any]] = [{columns[0]: text} for text in first]
    for name in columns[1:]:
        others = draw(texts(max_size=3)) or [None]
        for row in rows:
            row[name] = draw(st.sampled_from(others))
    for row in rows:
        row["score"] = draw(st.sampled_from([None, float("nan"), -1.5, 0.0, 1.0, 2.0]))
        row["source"] = draw(st.sampled_from([None, "web", "book"]))
    return rows


@st.composite
def conversations(draw: st.DrawFn, *, max_size: int = 8) -> list[dict[str, Any]]:
    """Rows with a column `messages`."""
    contents = [text for text in draw(texts()) if text is not None] or ["alpha"]
    turn = st.fixed_dictionaries(
        {"role": st.sampled_from(["system", "user", "assistant"]), "content": st.sampled_from(contents)}
    )
    turns = st.none() | st.lists(turn, max_size=4)
    pool = draw(st.lists(turns, min_size=1, max_size=4))
    return [{"messages": draw(st.sampled_from(pool))} for _ in range(draw(st.integers(0, max_size)))]
