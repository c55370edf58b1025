"""Bucketing, tried in full: every way to cut the distinct lengths into runs."""

from itertools import combinations


def buckets(lengths: list[int], most: int) -> tuple[list[int], int]:
    """The edges of the least padding, and the padded tokens; of equals, those that come first."""
    distinct = sorted(set(lengths))
    count = min(most, len(distinct))
    if count == 0:
        return [], 0
    choices = ([*inner, distinct[-1]] for inner in combinations(distinct[:-1], count - 1))
    return min(((edges, padded(lengths, edges)) for edges in choices), key=lambda choice: choice[1])


def padded(lengths: list[int], edges: list[int]) -> int:
    return sum(min(edge for edge in edges if edge >= length) for length in lengths)


def layers(lengths: list[int], most: int) -> int:
    """The fewest padded tokens, from the recurrence without any shortcut: O(buckets x distinct^2)."""
    distinct = sorted(set(lengths))
    up_to = [sum(length <= edge for length in lengths) for edge in distinct]
    fewest = [edge * rows for edge, rows in zip(distinct, up_to, strict=True)]
    for _ in range(min(most, len(distinct)) - 1):
        fewest = [
            min([fewest[j], *(fewest[i] + distinct[j] * (up_to[j] - up_to[i]) for i in range(j))])
            for j in range(len(distinct))
        ]
    return fewest[-1] if fewest else 0
