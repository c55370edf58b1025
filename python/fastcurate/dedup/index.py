"""A growing set of rows that remembers what it has seen: `DuplicateIndex`.

What is stored is the compared columns themselves, of all rows that were ever added, removed ones included, in the
order of adding; and which of them are kept. So nothing in a file depends on how texts are hashed, and law 1 ("a row
goes if and only if a row that is already kept is similar to it") can be asked again at any time: a new row is held
against the kept rows alone, and merging two indexes judges the rows of the second one again. A few new rows are not
held against all of them: a table of keys, which is made when it is first of use, says which of them can be similar.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastcurate.dedup.compared import compare, cut, judge
from fastcurate.dedup.result import Deduplicated
from fastcurate.dedup.settings import Settings, number
from fastcurate.dedup.stored import ID, KEPT, ids_of, stored

if TYPE_CHECKING:
    import os

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from fastcurate import _core
    from fastcurate.dedup.compared import Compared
    from fastcurate.dedup.settings import Measure, Within
    from fastcurate.frames.arrow import ArrowFrame
    from fastcurate.on import On

FORMAT = 1
KEY = b"fastcurate.duplicate_index"
MOST_CHUNKS = 256
"""Rows that come one by one are put together after so many calls."""


@dataclass(frozen=True)
class Config:
    """What has to be equal where two indexes meet."""

    on: Any
    ids: str | None
    threshold: float
    shingle: str
    distinct_numbers: bool
    within: Any
    system_turns: bool
    measure: str = "jaccard"


class DuplicateIndex:
    """Rows that have been seen, to hold new ones against: `deduplicate(new, against=old)` without the old rows at hand.

    Adding in portions gives what adding all rows at once gives. Rows are in the order of adding, and the first of
    several similar ones is kept. The compared columns of all rows stay in memory and go into the file. What a call
    costs grows with the rows it brings, but for the first one after loading, and whenever the index has doubled, when
    all kept rows are read once.

    Args:
        on: What is compared, as in `deduplicate`. None is settled by the first rows that come.
        ids: The column with your own names of the rows (text or numbers); without one rows are known by their place in
            the order of adding, from 0.
        threshold: The similarity from which on a row is a duplicate.
        shingle: `"word:N"` or `"char:N"`.
        distinct_numbers: Whether rows with other numbers are different.
        within: Columns in which rows that are compared have the same values.
        system_turns: Whether the system turns of a chat are compared too.
        measure: What similarity means, as in `deduplicate`; with `"containment"` a row goes if it is contained in one
            that was there before it.
        idf: Refused: the weights depend on all rows of a call, and would be others with every row that is added.

    Raises:
        TypeError: An argument is of another type.
        ValueError: An argument is out of range.

    Examples:
        >>> import fastcurate as fc
        >>> index = fc.DuplicateIndex(on="text", ids="key")
        >>> index.add({"key": ["a", "b"], "text": ["Name three rivers.", "Boil an egg."]}).kept.num_rows
        2
        >>> found = index.add({"key": ["c", "d"], "text": ["boil an egg", "Name three lakes."]})
        >>> found.removed.select(["key", "kept_id", "kept_in", "similarity"]).to_pylist()
        [{'key': 'c', 'kept_id': 'b', 'kept_in': 'against', 'similarity': 1.0}]
        >>> index
        <DuplicateIndex: 4 rows, 3 kept (on 'text', similarity >= 0.8)>
        >>> index.save("seen.index")
        >>> len(fc.DuplicateIndex.load("seen.index"))
        4
    """

    def __init__(
        self,
        *,
        on: On = None,
        ids: str | None = None,
        threshold: float = 0.8,
        shingle: str = "word:3",
        distinct_numbers: bool = False,
        within: Within = None,
        system_turns: bool = False,
        measure: Measure = "jaccard",
        idf: bool = False,
    ) -> None:
        from fastcurate.dedup.deduplicate import deduplicate

        if idf:
            raise ValueError(
                "idf cannot be had in a DuplicateIndex: its weights depend on all rows, and would be others with "
                "every row that is added; call deduplicate(new, against=old, idf=True)"
            )
        threshold = number("threshold", threshold)
        if ids is not None and not isinstance(ids, str):
            raise TypeError(f"ids must be the name of a column, got {ids!r} ({type(ids).__name__})")
        deduplicate(
            {"text": []}, on="text", threshold=threshold, shingle=shingle, measure=measure
        )  # refuses what is out of range
        if within is not None:
            within = [within] if isinstance(within, str) else list(within)
        self._config = Config(
            _plain(on), ids, threshold, shingle, distinct_numbers, within, system_turns, measure
        )
        self._rows: pa.Table | None = None
        self._seen: _core.Seen | None = None
        self._seen_first = 0  # how many kept rows there were when it was made

    def add(self, data: Any, *, on_error: str = "raise", threads: int | None = None) -> Deduplicated:
        """Hold rows against those in the index, and put them in, the removed ones too.

        Args:
            data: A table or files, as in `deduplicate`; of a `DatasetDict` one split.
            on_error: What to do with a broken line of a JSONL file, which is not put in.
            threads: How many threads to use; all cores for None.

        Returns:
            What `deduplicate` says of `data`, with the rows of the index as `against`: in `removed`, `kept_row` counts
            the rows of the index in the order of adding where `kept_in` is `"against"`, and `kept_id` is your own name
            of that row.

        Raises:
            TypeError: As in `deduplicate`, or the ids are of another type than those before.
            ValueError: As in `deduplicate`, or `data` has no column of ids. The index is then as it was.
        """
        import pyarrow as pa

        found, new = self._look(data, on_error, threads)
        self._config = replace(self._config, on=_plain(found.summary()["on"]))
        if self._seen is not None:
            self._seen.add(self._texts(new.filter(new[KEPT])), threads=threads)
        self._rows = (
            new if self._rows is None else pa.concat_tables([self._rows, new], promote_options="permissive")
        )
        if self._rows[KEPT].num_chunks > MOST_CHUNKS:
            self._rows = self._rows.combine_chunks()
        return found

    def query(self, data: Any, *, on_error: str = "raise", threads: int | None = None) -> Deduplicated:
        """What `add` would say of these rows; the index stays as it is."""
        return self._look(data, on_error, threads)[0]

    def merge(self, other: DuplicateIndex, *, threads: int | None = None) -> None:
        """Put the rows of another index behind those of this one: as if they had been added here.

        Args:
            other: An index with the same configuration, which stays as it is.
            threads: How many threads to use; all cores for None.

        Raises:
            TypeError: `other` is no index, or has ids of another type.
            ValueError: Its configuration differs; the message names the difference.
        """
        if not isinstance(other, DuplicateIndex):
            raise TypeError(f"other must be a DuplicateIndex, got {type(other).__name__}")
        on = self._config.on if other._config.on is None else other._config.on
        mine = replace(self._config, on=on if self._config.on is None else self._config.on)
        _same(mine, replace(other._config, on=on), "other")
        if other._rows is None:
            return
        # Without ids of their own its rows are known by their places behind ours.
        rows = other._rows.drop_columns([KEPT] if mine.ids is not None else [KEPT, ID])
        self._config = mine
        self.add(rows, threads=threads)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the index to a file (Arrow), which appears whole or not at all; an older one stays until then.

        Raises:
            OSError: The file cannot be written.
        """
        import pyarrow as pa

        from fastcurate.files.atomic import new_file

        rows = (
            pa.table({ID: pa.array([], pa.int64()), KEPT: pa.array([], pa.bool_())})
            if self._rows is None
            else self._rows
        )
        about = {
            "format": FORMAT,
            "rows": self._rows is not None,
            "config": asdict(self._config),
            "shingles": _shingles(self._config.shingle),
        }
        rows = rows.replace_schema_metadata({KEY: json.dumps(about).encode()})
        with new_file(str(path)) as file, pa.ipc.new_file(file, rows.schema) as writer:
            writer.write_table(rows)

    @classmethod
    def load(cls, path: str | os.PathLike[str], **expected: Any) -> DuplicateIndex:
        """Read an index that `save` has written.

        Args:
            path: The file.
            expected: Arguments of `DuplicateIndex` that the index must have been made with, such as `threshold=0.9`.

        Returns:
            The index. Where another version of Unicode or of the shingles was used to write it, its rows are judged
            anew.

        Raises:
            FileNotFoundError: There is no such file.
            ValueError: It is no index, one of a later version, or made with other arguments; the message names them.
            TypeError: `expected` names an argument that there is not.
        """
        import pyarrow as pa

        with Path(path).open("rb") as file:
            try:
                rows = pa.ipc.open_file(file).read_all()
                about = json.loads(rows.schema.metadata[KEY])
            except (pa.ArrowInvalid, KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{path} is not a saved DuplicateIndex: {error}") from None
        if about["format"] != FORMAT:
            raise ValueError(
                f"{path} has the format {about['format']}, this version reads {FORMAT}: update fastcurate"
            )
        config = Config(**about["config"])
        if expected:
            known = {name: getattr(config, name) for name in asdict(config) if name not in expected}
            asked = cls(**known | expected)
            _same(asked._config, config, str(path))
        stored_rows = rows.replace_schema_metadata(None) if about["rows"] else None
        if stored_rows is None or about.get("shingles") == _shingles(config.shingle):
            return cls._of(config, stored_rows)
        # Cut in another way by the version that wrote it: judged anew.
        index, old = cls(**asdict(config)), cls._of(config, stored_rows)
        index.merge(old)
        return index

    @classmethod
    def _of(cls, config: Config, rows: pa.Table | None) -> DuplicateIndex:
        index = cls(**asdict(config))
        index._rows = rows
        return index

    def __len__(self) -> int:
        """How many rows were added."""
        return 0 if self._rows is None else int(self._rows.num_rows)

    @property
    def kept(self) -> int:
        """How many of them are kept: no kept row before them is similar."""
        return 0 if self._rows is None else int(self._rows[KEPT].combine_chunks().true_count)

    @property
    def rows(self) -> ArrowFrame:
        """The compared columns of all rows, in the order of adding."""
        from fastcurate.frames.arrow import ArrowFrame

        if self._rows is None:
            raise ValueError("the index has no rows yet: add some before anything is held against it")
        return ArrowFrame(self._rows)

    @property
    def config(self) -> dict[str, Any]:
        """The arguments it was made with; `on=None` is what the first rows settled, once there are some."""
        return asdict(self._config)

    def __repr__(self) -> str:
        on = self._config.on
        shown = on[0] if isinstance(on, list) and len(on) == 1 else on
        likeness = "similarity" if self._config.measure == "jaccard" else self._config.measure
        return (
            f"<DuplicateIndex: {len(self):,} rows, {self.kept:,} kept "
            f"(on {shown!r}, {likeness} >= {self._config.threshold:g})>"
        )

    def _look(self, data: Any, on_error: str, threads: int | None) -> tuple[Deduplicated, pa.Table]:
        """The verdicts about new rows, and these rows as they are stored."""
        import pyarrow as pa

        from fastcurate.frames import open_frame

        config = self._config
        frame = open_frame(data, on_error=on_error)
        if isinstance(frame, dict):
            raise TypeError(f"data must be one table, got a DatasetDict; pass its splits: {', '.join(frame)}")
        settings = Settings(
            "similar",
            config.threshold,
            config.shingle,
            "first",
            config.distinct_numbers,
            "join",  # misses nothing, so that adding in portions gives what adding at once gives
            0.999,
            config.within,
            config.system_turns,
            threads,
            config.measure,
        )
        compared = compare(frame, None, config.on)
        ids = ids_of(config.ids, frame, len(self))
        names = [name for entry in compared.entries for name in entry.columns]
        new = stored([*names, *(config.within or [])], frame, ids)
        if self._rows is not None:
            old_ids = self._rows[ID]
            if old_ids.type != ids.type:
                raise TypeError(f"ids: the index has ids of type {old_ids.type}, data has {ids.type}")
            against, places = self._old(self._rows, compared, threads)
            compared = compare(frame, against, config.on)
            ids = pa.chunked_array([*against.table[ID].chunks, *ids.chunks], ids.type)
            compared = replace(compared, places=places, old_rows=self.kept)
        compared = replace(compared, ids=ids.combine_chunks())
        similar = cut(compared, settings, settings.threshold, None)
        verdicts = judge(similar, settings)
        kept = pa.array(verdicts[2]).slice(compared.first)
        return Deduplicated(compared, settings, verdicts, similar), new.append_column(KEPT, kept)

    def _old(
        self, rows: pa.Table, new: Compared, threads: int | None
    ) -> tuple[ArrowFrame, npt.NDArray[np.int64]]:
        """The kept rows that new ones are held against, perhaps only those that can be similar, and their places."""
        import numpy as np
        import pyarrow as pa

        from fastcurate.frames.arrow import ArrowFrame, gather

        places = np.flatnonzero(rows[KEPT].to_numpy())
        if new.num_rows < len(places) and self._config.measure != "hamming":
            if self._seen is None or len(places) > 2 * self._seen_first:
                from fastcurate import _core

                self._seen = _core.Seen(
                    self._texts(gather(rows, places)),
                    measure=self._config.measure,
                    shingle=self._config.shingle,
                    threshold=self._config.threshold,
                    system=self._config.system_turns,
                    threads=threads,
                )
                self._seen_first = len(places)
            places = places[np.asarray(pa.array(self._seen.candidates(new.columns, threads=threads)))]
        return ArrowFrame(gather(rows, places)), places

    def _texts(self, rows: pa.Table) -> Any:
        """The compared columns of stored rows."""
        from fastcurate.frames.arrow import ArrowFrame

        return compare(ArrowFrame(rows), None, self._config.on).columns


def _shingles(shingle: str) -> dict[str, Any]:
    """What texts are cut by in this version: the shingle, and the version of Unicode and of the sketches made of it."""
    import pyarrow as pa

    from fastcurate import _core

    return dict(json.loads(_core.simhash(pa.array([], pa.string()), shingle=shingle)[1]))


def _plain(on: Any) -> Any:
    """`on` as JSON gives it back: lists, and a list even of one column."""
    if on is None:
        return None
    entries = [on] if isinstance(on, str) else on
    return [entry if isinstance(entry, str) else list(entry) for entry in entries]


def _same(ours: Config, theirs: Config, name: str) -> None:
    differences = [
        f"{key} is {mine!r} here and {getattr(theirs, key)!r} in {name}"
        for key, mine in asdict(ours).items()
        if mine != getattr(theirs, key)
    ]
    if differences:
        raise ValueError(f"{name} was made with another configuration: {'; '.join(differences)}")
