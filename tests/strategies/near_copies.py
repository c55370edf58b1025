"""Rows of prompts and answers with copies among them that differ by case, spaces and punctuation only."""

import random
from typing import Any


def near_copies(count: int) -> tuple[list[dict[str, Any]], list[tuple[int, int]]]:
    """So many rows, and which of them repeat which: pairs of a row and the earlier one that it repeats.

    Words are `w0` to `w1999` at random, so that no other rows are alike; one row in twenty has no answer.
    """
    draw = random.Random(11)
    rows: list[dict[str, Any]] = []
    copies: list[tuple[int, int]] = []
    firsts: list[int] = []
    for place in range(count):
        if firsts and draw.random() < 0.3:
            of = draw.choice(firsts)
            copies.append((place, of))
            again = {name: _other(draw, rows[of][name]) for name in ("prompt", "answer")}
            rows.append({"id": place, **again, "source": draw.choice(["web", None])})
            continue
        prompt = " ".join(f"w{draw.randrange(2000)}" for _ in range(draw.randint(4, 12)))
        answer = " ".join(f"w{draw.randrange(2000)}" for _ in range(draw.randint(4, 40)))
        rows.append({"id": place, "prompt": prompt, "answer": answer, "source": "book"})
        if draw.random() < 0.05:
            rows[-1]["answer"] = None
        else:
            firsts.append(place)
    return rows, copies


def _other(draw: random.Random, text: str) -> str:
    words = [word.upper() if draw.random() < 0.2 else word for word in text.split()]
    return draw.choice([" ", "  ", "\t"]).join(words) + draw.choice(["", ".", " !"])
