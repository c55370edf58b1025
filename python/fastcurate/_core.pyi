# The extension module: adapters over the Rust kernels. The public, documented doors are the Python modules.

from collections.abc import Callable, Sequence
from typing import Any, Protocol, Self, TypeAlias, final

class ArrowStream(Protocol):
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

class ArrowData(Protocol):
    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...

Arrow: TypeAlias = ArrowStream | ArrowData
Progress: TypeAlias = Callable[[int], Any]

__version__: str

@final
class ArrowArray:
    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...
    def __arrow_c_schema__(self) -> object: ...
    def __len__(self) -> int: ...

@final
class Chunk:
    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...

@final
class Checked:
    def __new__(cls, data: Arrow) -> Self: ...
    def chunks(self) -> list[Chunk]: ...

def bucket_by_length(
    lengths: Arrow, *, buckets: int, edges: str | Sequence[int], threads: int | None = None
) -> tuple[ArrowArray, ArrowArray, ArrowArray, int, int]: ...
def find_words(
    columns: Sequence[tuple[Arrow, str]],
    *,
    words: list[str],
    expressions: list[str],
    system: bool = False,
    threads: int | None = None,
) -> ArrowArray: ...
def fingerprint(text: Arrow, *, threads: int | None = None) -> ArrowArray: ...
def limit_instructions(level: str) -> str: ...
def minhash(
    text: Arrow, *, num_perm: int, shingle: str, seed: int, algorithm: str, threads: int | None = None
) -> tuple[ArrowArray, str]: ...
def minhash_similarity(sig_a: Arrow, sig_b: Arrow) -> ArrowArray: ...
def gather_tokens(
    tokens: Arrow, row: Arrow, start: Arrow, length: Arrow, *, threads: int | None = None
) -> ArrowArray: ...
def normalize(
    text: Arrow, *, options: dict[str, str], threads: int | None = None
) -> tuple[list[ArrowArray], list[ArrowArray]]: ...
def pack(
    lengths: Arrow,
    *,
    capacity: int,
    strategy: str,
    overflow: str,
    max_rows: int | None = None,
    together: Arrow | None = None,
    apart: Arrow | None = None,
    threads: int | None = None,
) -> tuple[ArrowArray, ArrowArray, ArrowArray, ArrowArray, ArrowArray, ArrowArray]: ...
def simhash(text: Arrow, *, shingle: str, threads: int | None = None) -> tuple[ArrowArray, str]: ...
def quality(
    columns: Sequence[tuple[Arrow, str]],
    *,
    signals: list[str],
    system: bool = False,
    threads: int | None = None,
    progress: Progress | None = None,
) -> ArrowArray: ...
def quality_signals() -> list[tuple[str, str]]: ...
def redact(
    text: Arrow,
    *,
    kinds: list[str],
    patterns: list[tuple[str, str]],
    seed: int | None = None,
    threads: int | None = None,
) -> tuple[list[ArrowArray], list[ArrowArray]]: ...
def redact_kinds() -> list[str]: ...
def similarity(a: Arrow, b: Arrow, *, shingle: str, threads: int | None = None) -> ArrowArray: ...

Entries: TypeAlias = Sequence[Sequence[tuple[Sequence[Arrow], str]]]

@final
class Similar:
    def __new__(
        cls,
        entries: Entries,
        order: Arrow,
        *,
        measure: str = "jaccard",
        idf: bool = False,
        shingle: str,
        threshold: float,
        distinct_numbers: bool,
        engine: str,
        recall: float,
        system: bool,
        within: Arrow | None = None,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> Self: ...
    @property
    def meeting(self) -> int: ...
    def plan(self, similarity: float) -> tuple[int, tuple[int, int] | None, float, float, float]: ...
    def verdicts(
        self,
        threshold: float,
        *,
        mutual: bool = False,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> tuple[ArrowArray, ArrowArray, ArrowArray]: ...
    @staticmethod
    def of_sketches(
        sketches: Arrow,
        order: Arrow,
        *,
        measure: str,
        threshold: float,
        within: Arrow | None = None,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> Similar: ...
    def pairs(self, threshold: float, both_ways: bool) -> Pairs: ...

@final
class Seen:
    def __new__(
        cls,
        entries: Entries,
        *,
        measure: str,
        shingle: str,
        threshold: float,
        system: bool,
        threads: int | None = None,
    ) -> Self: ...
    def add(self, entries: Entries, *, threads: int | None = None) -> None: ...
    def candidates(self, entries: Entries, *, threads: int | None = None) -> ArrowArray: ...

@final
class Pairs:
    def next(self, *, threads: int | None = None) -> tuple[ArrowArray, ArrowArray, ArrowArray] | None: ...

def duplicates(
    entries: Entries,
    order: Arrow,
    *,
    mutual: bool,
    system: bool,
    within: Arrow | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> tuple[ArrowArray, ArrowArray, ArrowArray]: ...
def code_points(entries: Entries, *, system: bool, threads: int | None = None) -> ArrowArray: ...
def identities(entries: Entries, *, system: bool, threads: int | None = None) -> ArrowArray: ...
def read_jsonl(
    files: Arrow, *, threads: int | None = None
) -> tuple[list[ArrowArray], ArrowArray, ArrowArray]: ...
def write_jsonl(rows: Arrow, *, threads: int | None = None) -> list[bytes]: ...

@final
class Tokenizer:
    def __new__(cls, kind: str, source: str | bytes) -> Tokenizer: ...
    @property
    def engine(self) -> str: ...
    @property
    def notice(self) -> str | None: ...
    def token_ends(
        self, text: Arrow, *, threads: int | None = None, progress: Progress | None = None
    ) -> ArrowArray: ...
    def keep(self, identity: str) -> None: ...
    def __reduce__(self) -> tuple[type[Tokenizer], tuple[str, str | bytes]]: ...

def count_tokens(
    text: Arrow,
    *,
    tokenizer: Tokenizer,
    add_special_tokens: bool = False,
    threads: int | None = None,
    progress: Progress | None = None,
) -> ArrowArray: ...

Cutting: TypeAlias = tuple[str, float, bool, int, tuple[int, int] | None]

def band_recall(bands: tuple[int, int], similarity: float) -> float: ...
def checksum(data: Arrow) -> int: ...
def compare_rows(
    a: Entries,
    b: Entries,
    rows_of_a: Arrow,
    rows_of_b: Arrow,
    cut: Cutting,
    *,
    system: bool,
    threads: int | None = None,
) -> ArrowArray: ...
def cut_rows(
    entries: Entries, cut: Cutting, *, system: bool, groups: Arrow | None = None, threads: int | None = None
) -> tuple[ArrowArray, ArrowArray, list[ArrowArray], list[ArrowArray], ArrowArray, ArrowArray]: ...
def distinct_rows(sampled: int, highest: int) -> tuple[int, float]: ...
def first_rows(
    identities: Arrow, rows: Arrow, *, ranks: Arrow | None = None, threads: int | None = None
) -> ArrowArray: ...
def lead_rows(
    class_of: Arrow,
    a: Arrow,
    b: Arrow,
    similarity: Arrow,
    *,
    order: Arrow | None = None,
    ranks: Arrow | None = None,
    mutual: bool = False,
) -> tuple[ArrowArray, ArrowArray, ArrowArray]: ...
def meet_rows(
    keys: Arrow,
    rows: Arrow,
    *,
    sizes: Sequence[Arrow],
    folds: Sequence[Arrow],
    starts: Sequence[Arrow],
    most_words: int,
    ranks: Arrow | None = None,
    groups: Arrow | None = None,
    removed: Arrow | None = None,
    threshold: float,
    most: int,
    threads: int | None = None,
) -> tuple[ArrowArray, ArrowArray, ArrowArray]: ...
def met_enough(pairs: Arrow, times: Arrow, sizes: Arrow, cut: Cutting) -> ArrowArray: ...
def narrow_sketches(folds: Arrow, sizes: Arrow, *, most: int) -> ArrowArray: ...
def plan_rows(
    entries: Entries,
    cut: Cutting,
    *,
    system: bool,
    distinct: float,
    engine: str,
    recall: float,
    groups: Arrow | None = None,
    threads: int | None = None,
) -> tuple[int, tuple[int, int] | None, float, float, float]: ...
def read_jsonl_piece(
    piece: Arrow, columns: Arrow, *, first: bool, threads: int | None = None
) -> tuple[list[ArrowArray], ArrowArray, ArrowArray]: ...
def scatter_keys(
    cut: Cutting,
    counts: KeyCounts,
    keys: Arrow,
    ends: Arrow,
    sizes: Arrow,
    takes_part: Arrow,
    *,
    first: int,
    parts: int,
    threads: int | None = None,
) -> tuple[ArrowArray, ArrowArray, ArrowArray]: ...
def surely_removed(
    a: Arrow, b: Arrow, undecided: Arrow, *, rows: int, ranks: Arrow | None = None
) -> ArrowArray: ...
def text_hashes(entries: Entries, *, system: bool, threads: int | None = None) -> ArrowArray: ...

@final
class KeyCounts:
    def __new__(cls, expected: int, most_bytes: int) -> Self: ...
    def add(self, keys: Arrow, ends: Arrow, takes_part: Arrow, *, threads: int | None = None) -> None: ...

@final
class JsonlSurvey:
    def __new__(cls) -> Self: ...
    def look(self, piece: Arrow, *, first: bool, threads: int | None = None) -> tuple[int, int]: ...
    def columns(self) -> ArrowArray: ...
