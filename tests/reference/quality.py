"""What every quality signal of a text is, slowly and clearly.

Sources: Gopher's rules (Rae et al. 2021, arXiv 2112.11446, appendix A) as counted by RedPajama-V2 (an n-gram
that occurs
once is no repetition, every character counts once), C4 (Raffel et al. 2020, and `c4_utils.py` of TensorFlow Datasets),
FineWeb (Penedo et al. 2024); Shannon's entropy; a greedy Lempel-Ziv parse for compression. The word lists are
`quality_lexicon.py`. A part of nothing is 0. Null is the caller's business.
"""

import json
from collections import Counter
from math import log2

import regex
from reference.quality_lexicon import GOPHER, PHRASES, STOP_WORDS

SINGLE = "".join(
    rf"\p{{Script={name}}}" for name in ("Han", "Hiragana", "Katakana", "Thai", "Lao", "Khmer", "Myanmar")
)
WORD = regex.compile(
    rf"""[[\p{{L}}\p{{M}}\p{{N}}]&&[{SINGLE}]] \p{{M}}*
       | [[\p{{L}}\p{{M}}\p{{N}}]--[{SINGLE}]]+""",
    flags=regex.VERSION1 | regex.VERBOSE,
)
SCRIPTS = {
    "latin": "Latin",
    "cyrillic": "Cyrillic",
    "greek": "Greek",
    "arabic": "Arabic",
    "hebrew": "Hebrew",
    "devanagari": "Devanagari",
    "thai": "Thai",
    "han": "Han",
    "kana": "Hiragana|Katakana",
    "hangul": "Hangul",
}
LETTER, SPACE, TERMINAL = (
    regex.compile(rf"[{kind}]") for kind in (r"\p{L}\p{M}", r"\p{White_Space}", r"\p{Sentence_Terminal}")
)
SENTENCE_END = regex.compile(r"""[\p{Sentence_Terminal}]+["')\]}*_”’»」』）】]*""")
CLOSING = "\"')]}*_”’»」』）】"
CITATION = regex.compile(r"(\[\d*\]|\[edit\]|\[citation needed\])+\Z", flags=regex.ASCII)
OPENINGS = (
    *(
        "def ",
        "class ",
        "import ",
        "from ",
        "return ",
        "return;",
        "#include",
        "#define",
        "using ",
        "namespace ",
    ),
    *("public ", "private ", "protected ", "static ", "const ", "let ", "var ", "function ", "func ", "fn "),
    *("impl ", "package ", "if (", "for (", "while (", "else {", "} else", "//", "/*"),
)
ENDINGS = (";", "{", "}", "):", "},", "=>")


def share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def lower(text: str) -> str:
    """Upper-case letters in lower case, where that takes as many bytes."""
    small = [
        c.lower() if regex.match(r"\p{Lu}", c) and len(c.lower().encode()) == len(c.encode()) else c
        for c in text
    ]
    return "".join(small)


def entropy(things: list[str]) -> float:
    counts, total = Counter(things).values(), len(things)
    return max(0.0, -sum(count / total * log2(count / total) for count in counts))


def longest_run(things: list[str]) -> int:
    longest = run = 0
    for at, thing in enumerate(things):
        run = run + 1 if at and thing == things[at - 1] else 1
        longest = max(longest, run)
    return longest


def split(text: str) -> list[str]:
    return [part for part in SPACE.split(text) if part]


def strip(text: str) -> str:
    stripped: str = regex.sub(r"\A\p{White_Space}+|\p{White_Space}+\Z", "", text)
    return stripped


def sentences(line: str) -> tuple[int, int]:
    """Sentences of a line, and how many of them end in a terminal."""
    count = start = 0
    for end in SENTENCE_END.finditer(line):
        last = end.group().rstrip(CLOSING)[-1:]
        ends = end.end() == len(line) or SPACE.match(line[end.end()]) or not last.isascii()
        if ends and LETTER.search(line, start, end.start()):
            count, start = count + 1, end.end()
    ended = count
    count += LETTER.search(line, start) is not None
    return max(1, count), ended


def bullet(line: str) -> bool:
    dash = len(line) > 1 and line[0] in "-*+–—" and SPACE.match(line[1])
    return line[0] in "•‣◦▪▫●○■" or bool(dash)


def code(line: str) -> bool:
    return line.endswith(ENDINGS) or (
        not line.endswith((".", ",", ":", "!", "?")) and line.startswith(OPENINGS)
    )


def markdown(line: str) -> bool:
    start = regex.compile(r"#{1,6} |[0-9]+[.)] |> |\|.|```|~~~", flags=regex.DOTALL)
    return start.match(line) is not None or bullet(line)


def cost(data: bytes) -> int:
    """Bytes of a greedy parse: a byte costs 1, a run that occurred before 3; see `compression.rs` for the table."""
    places: dict[int, int] = {}
    at = total = 0
    while at + 4 <= len(data):
        key = int.from_bytes(data[at : at + 4], "little")
        slot = (key * 2_654_435_761 & 0xFFFFFFFF) >> 19
        before = places.get(slot)
        places[slot] = at
        if before is None or data[before : before + 4] != data[at : at + 4]:
            at, total = at + 1, total + 1
            continue
        length = 4
        while at + length < len(data) and data[before + length] == data[at + length]:
            length += 1
        at, total = at + length, total + 3
    return total + len(data) - at


def covered(words: list[str], starts: list[int], n: int) -> int:
    """Characters of the words in the n-grams that begin at these places."""
    return sum(len(words[at]) for at in {at + step for at in starts for step in range(n)})


def repetition(words: list[str]) -> dict[str, float]:
    found = {}
    for n in range(2, 11):
        grams = [tuple(words[at : at + n]) for at in range(len(words) - n + 1)]
        counts = Counter(grams)
        top = max(counts, key=lambda gram: counts[gram], default=())
        wanted = {top} if n <= 4 else set(counts)
        starts = [at for at, gram in enumerate(grams) if counts[gram] > 1 and gram in wanted]
        name = f"top_{n}_gram" if n <= 4 else f"duplicate_{n}_gram"
        found[f"{name}_character_fraction"] = share(covered(words, starts, n), sum(map(len, words)))
    return found


def phrase_places(words: list[str], phrases: list[str]) -> list[int]:
    split_up = [WORD.findall(phrase) for phrase in phrases]
    return [at for at in range(len(words)) for phrase in split_up if words[at : at + len(phrase)] == phrase]


def c4_keeps(line: str) -> bool:
    words = WORD.findall(lower(line))
    bare = CITATION.sub("", line)
    return (
        bare.endswith((".", "?", "!", '"'))
        and not bare.endswith("...")
        and len(split(line)) >= 5
        and max(map(len, split(line))) <= 1000
        and not phrase_places(words, PHRASES["policy_phrases"] + PHRASES["javascript"])
    )


def brackets(text: str) -> int:
    open_ones: list[str] = []
    alone = 0
    for c in text:
        if c in "([{":
            open_ones.append(c)
        elif c in ")]}":
            if open_ones and open_ones[-1] + c in ("()", "[]", "{}"):
                open_ones.pop()
            else:
                alone += 1
    return alone + len(open_ones)


def is_json(text: str) -> bool:
    text = text.strip(" \t\n\r\x0c")
    if (text[:1], text[-1:]) not in (("{", "}"), ("[", "]")):
        return False
    try:
        json.loads(text, parse_constant=int)
    except (ValueError, RecursionError):
        return False
    return True


def of_lines(text: str) -> dict[str, float]:
    lines = [strip(line) for line in text.split("\n")]
    full = [line for line in lines if line]
    blocks = [block.split("\n") for block in regex.split(r"\n{2,}", "\n".join(lines).strip("\n")) if block]
    paragraphs = ["\n".join(block) for block in blocks]
    characters = sum(map(len, full))

    def repeated(things: list[str]) -> list[str]:
        return [thing for at, thing in enumerate(things) if thing in things[:at]]

    def fraction(judge) -> float:
        return share(sum(1 for line in full if judge(line)), len(full))

    counted = [sentences(line) for line in full]
    last = full[-1] if full else ""
    cut = (
        sum(ended for _, ended in counted) > 0
        and len(WORD.findall(last)) >= 10
        and bool(LETTER.match(last[-1]) or last[-1] in ",;-–—([{，、；")
    )
    fence, in_code, in_markdown = "", 0, 0
    for line in full:
        mark = line[:3] if line.startswith(("```", "~~~")) else ""
        if fence or mark or code(line):
            in_code += len(line)
        in_markdown += bool(mark) or (not fence and markdown(line))
        if mark and fence in ("", mark):
            fence = "" if fence else mark
    return {
        "lines": len(full),
        "paragraphs": len(paragraphs),
        "sentences": sum(count for count, _ in counted),
        "mean_line_length": share(characters, len(full)),
        "longest_line": max(map(len, full), default=0),
        "terminal_line_fraction": fraction(lambda line: TERMINAL.match(line[-1])),
        "bullet_line_fraction": fraction(bullet),
        "ellipsis_line_fraction": fraction(lambda line: line.endswith(("...", "…"))),
        "short_line_fraction": fraction(lambda line: len(line) <= 30),
        "duplicate_line_fraction": share(len(repeated(full)), len(full)),
        "duplicate_line_character_fraction": share(sum(map(len, repeated(full))), characters),
        "duplicate_paragraph_fraction": share(len(repeated(paragraphs)), len(paragraphs)),
        "duplicate_paragraph_character_fraction": share(
            sum(len(paragraph.replace("\n", "")) for paragraph in repeated(paragraphs)), characters
        ),
        "newline_word_ratio": share(text.count("\n"), len(WORD.findall(text))),
        "c4_sentences": sum(sentences(line)[0] for line in full if c4_keeps(line)),
        "truncated_ending": cut,
        "code_fraction": share(in_code, characters),
        "markdown_line_fraction": share(in_markdown, len(full)),
        "unclosed_fence": bool(fence),
    }


def quality(text: str) -> dict[str, float]:
    """Every signal by its name."""
    size, words = len(text), WORD.findall(lower(text))
    letters = LETTER.findall(text)
    of_script = {
        name: sum(
            1 for c in letters if any(regex.match(rf"\p{{Script={one}}}", c) for one in script.split("|"))
        )
        for name, script in SCRIPTS.items()
    }
    nowhere = sum(1 for c in letters if regex.match(r"[\p{Script=Common}\p{Script=Inherited}]", c))
    of_script["other_script"] = len(letters) - nowhere - sum(of_script.values())
    scripted = len(letters) - nowhere
    runs = regex.split(r"\p{White_Space}", text)

    def part(kind: str) -> float:
        return share(len(regex.findall(kind, text)), size)

    return {
        "bytes": len(text.encode()),
        "characters": size,
        "words": len(words),
        "mean_word_length": share(sum(map(len, words)), len(words)),
        "longest_word": max(map(len, words), default=0),
        "alphabetic_fraction": share(len(letters), size),
        "uppercase_fraction": share(len(regex.findall(r"\p{Lu}", text)), len(letters)),
        "digit_fraction": part(r"\p{Nd}"),
        "punctuation_fraction": part(r"\p{P}"),
        "symbol_fraction": part(r"\p{S}"),
        "whitespace_fraction": part(r"\p{White_Space}"),
        "non_ascii_fraction": part(r"[^\x00-\x7f]"),
        "character_entropy": entropy(list(text)),
        "longest_character_run": max((longest_run(list(run)) for run in runs), default=0),
        **{f"{name}_fraction": share(count, scripted) for name, count in of_script.items()},
        "scripts": sum(1 for count in of_script.values() if count),
        "alphabetic_word_fraction": share(sum(1 for word in words if LETTER.search(word)), len(words)),
        "unique_word_fraction": share(len(set(words)), len(words)),
        "word_entropy": entropy(words),
        "longest_word_run": longest_run(words),
        "gopher_stop_words": len(set(GOPHER) & set(words)),
        "hash_word_ratio": share(text.count("#"), len(words)),
        "ellipsis_word_ratio": share(text.count("...") + text.count("…"), len(words)),
        "html_fraction": share(sum(map(len, regex.findall(r"<[a-zA-Z/!][^<>]*>|<[/!]>", text))), size),
        "json": is_json(text),
        "curly_brackets": text.count("{") + text.count("}"),
        "unbalanced_brackets": brackets(text),
        **{signal: len(phrase_places(words, phrases)) for signal, phrases in PHRASES.items()},
        **{
            f"stop_words_{language}": sum(1 for word in words if word in known)
            for language, known in STOP_WORDS.items()
        },
        **repetition(words),
        "compression_ratio": cost(text.encode()) / len(text.encode()) if text else 1.0,
        **of_lines(text),
    }
