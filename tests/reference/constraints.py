"""Best-fit decreasing where packs refuse some rows, one item after the other over a plain list.

An item is the rows that must stay together, or a single row. The answer is a list of packs, each a list of `(row,
length)`.
"""


def pack(
    lengths: list[int],
    capacity: int,
    *,
    max_rows: int | None = None,
    together: list[str | None] | None = None,
    apart: list[str | None] | None = None,
) -> list[list[tuple[int, int]]]:
    """Rows over the capacity, and what a group has beyond it, are cut off.

    At most `max_rows` rows a pack and nothing else: long rows beside short ones, where that takes fewer packs.
    """
    items: list[list[tuple[int, int]]] = []
    item_of_group: dict[str, list[tuple[int, int]]] = {}
    for row, length in enumerate(lengths):
        if length == 0:
            continue
        group = together[row] if together else None
        if group is not None and group in item_of_group:
            item_of_group[group].append((row, length))
            continue
        items.append([(row, length)])
        if group is not None:
            item_of_group[group] = items[-1]
    items = [_first(item, capacity) for item in items]
    numbers = {group: number for number, group in enumerate(dict.fromkeys(apart or []))}

    def order(item: list[tuple[int, int]]) -> tuple[int, float]:
        """Longest first; where groups are kept apart, equal lengths group by group, those of none last."""
        group = apart[item[0][0]] if apart else None
        return -_tokens(item), float("inf") if group is None else numbers[group]

    packs: list[list[tuple[int, int]]] = []
    came: list[int] = []  # when each pack came to the space it has
    for step, item in enumerate(sorted(items, key=order)):
        fitting = [
            (capacity - _tokens(pack), came[number], number)
            for number, pack in enumerate(packs)
            if _tokens(pack) + _tokens(item) <= capacity
            and (max_rows is None or len(pack) + len(item) <= max_rows)
            and not (
                apart
                and apart[item[0][0]] is not None
                and any(apart[row] == apart[item[0][0]] for row, _ in pack)
            )
        ]
        if fitting:
            _, _, number = min(fitting)
            packs[number] += item
            came[number] = step
        else:
            packs.append(list(item))
            came.append(step)
    if max_rows is not None and not together and not apart:
        tokens = sum(map(_tokens, items))
        if len(packs) > max(-(-tokens // capacity), -(-len(items) // max_rows)):
            return min(packs, _balanced([item for [item] in items], capacity, max_rows), key=len)
    return packs


def _balanced(rows: list[tuple[int, int]], capacity: int, max_rows: int) -> list[list[tuple[int, int]]]:
    """Each pack begins with the longest row; then comes the longest that leaves as much for each one behind it."""
    left = sorted(rows, key=lambda row: -row[1])
    packs = []
    while left:
        pack = [left.pop(0)]
        while left and len(pack) < max_rows:
            space = capacity - _tokens(pack)
            share = space // (max_rows - len(pack))
            shortest = min(length for _, length in left)
            wanted = max((length for _, length in left if length <= share), default=shortest)
            if wanted > space:
                break
            pack.append(left.pop(next(at for at, (_, length) in enumerate(left) if length == wanted)))
        packs.append(pack)
    return packs


def _tokens(pack: list[tuple[int, int]]) -> int:
    return sum(length for _, length in pack)


def _first(item: list[tuple[int, int]], capacity: int) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for row, length in item:
        left = capacity - _tokens(kept)
        if left > 0:
            kept.append((row, min(length, left)))
    return kept
