"""Every set of instructions that the machine has gives the same answers; asking for more than that is no error."""

from collections.abc import Iterator

import fastcurate as fc
import pytest
from fastcurate import _core

LEVELS = ["scalar", "avx2", "avx512"]
TEXT = "The Quick brown foxes, über-schnell (1.5 km/h): 中文字符 и кириллица; e\u0301 ﬁne "
ROWS = [TEXT * times + "x" * times for times in (0, 1, 2, 5, 40, 1000)] + [None, "", "?", "a" * 5000]


@pytest.fixture(autouse=True)
def all_instructions() -> Iterator[None]:
    yield
    _core.limit_instructions("avx512")


def test_every_level_gives_the_same_answers() -> None:
    answers = []
    for level in LEVELS:
        used = _core.limit_instructions(level)
        assert LEVELS.index(used) <= LEVELS.index(level)
        answers.append([
            fc.fingerprint(ROWS).to_pylist(),
            fc.normalize(ROWS).to_pylist(),
            fc.simhash(ROWS).to_pylist(),
            fc.similarity(ROWS, ROWS[1:] + ROWS[:1], shingle="char:3").to_pylist(),
            *(fc.minhash(ROWS, num_perm=200, shingle=shingle, algorithm=algorithm).to_pylist()
              for shingle in ("word:1", "word:3", "char:5", "nemo")
              for algorithm in ("multiply", "fss", "datasketch")),
        ])  # fmt: skip
    assert answers[0] == answers[1] == answers[2]


def test_the_scalar_level_is_everywhere() -> None:
    assert _core.limit_instructions("scalar") == "scalar"


def test_unknown_levels_are_named() -> None:
    with pytest.raises(ValueError, match='level must be "scalar", "avx2" or "avx512", got "sse"'):
        _core.limit_instructions("sse")
