"""Packing as it is defined, one piece after the other over a plain list of bins.

A piece is `(row, start, length)`; the answer is a list of bins, each a list of pieces.
"""

from bisect import bisect_left, insort

Piece = tuple[int, int, int]


def pack(lengths: list[int], capacity: int, strategy: str, overflow: str) -> list[list[Piece]]:
    rows = [(row, 0, length) for row, length in enumerate(lengths) if length > 0]
    if strategy == "wrapped":
        return _wrapped(rows, capacity)
    if strategy == "bfd_split":
        rows = [piece for row in rows for piece in _split(row, capacity)]
    elif overflow == "truncate":
        rows = [(row, 0, min(length, capacity)) for row, _, length in rows]
    elif overflow == "drop":
        rows = [piece for piece in rows if piece[2] <= capacity]
    return _best_fit_decreasing(rows, capacity)


def _best_fit_decreasing(pieces: list[Piece], capacity: int) -> list[list[Piece]]:
    bins: list[list[Piece]] = []
    open_bins: list[tuple[int, int, int]] = []  # space left, when it came to that space, number; sorted
    for step, piece in enumerate(sorted(pieces, key=lambda piece: -piece[2])):
        at = bisect_left(open_bins, (piece[2],))
        if at < len(open_bins):
            space, _, number = open_bins.pop(at)
        else:
            space, number = capacity, len(bins)
            bins.append([])
        bins[number].append(piece)
        insort(open_bins, (space - piece[2], step, number))
    return bins


def _split(piece: Piece, capacity: int) -> list[Piece]:
    row, _, length = piece
    return [(row, start, min(capacity, length - start)) for start in range(0, length, capacity)]


def _wrapped(rows: list[Piece], capacity: int) -> list[list[Piece]]:
    """Token by token."""
    tokens = [(row, token) for row, _, length in rows for token in range(length)]
    bins = []
    for first in range(0, len(tokens), capacity):
        pieces: list[Piece] = []
        for row, token in tokens[first : first + capacity]:
            if pieces and pieces[-1][0] == row:
                pieces[-1] = (row, pieces[-1][1], pieces[-1][2] + 1)
            else:
                pieces.append((row, token, 1))
        bins.append(pieces)
    return bins
