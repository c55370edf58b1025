"""What every test may use: hypothesis profiles, the folder of real data, small corpora that reach corners.

Profiles: `same` (the default: the same examples every time, so that a green tree stays green) and `search` (other
and more examples each time, to find what nobody thought of); `make test PROFILE=search` chooses.
Real data: the folder named by FASTCURATE_DATA, by default `../shared/data` beside the repository. A test that
needs it takes the fixture `data` and says so when it had to be skipped.
"""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("FASTCURATE_DATA", ROOT.parent / "shared" / "data")).resolve()

SLOW = [HealthCheck.too_slow]  # how fast examples are drawn depends on what else the machine does
settings.register_profile(
    "same", max_examples=100, deadline=None, derandomize=True, print_blob=True, suppress_health_check=SLOW
)
settings.register_profile(
    "search", max_examples=500, deadline=None, print_blob=True, suppress_health_check=SLOW
)
settings.load_profile("same")


def pytest_addoption(parser: pytest.Parser) -> None:
    """How many random frames `test_polars_frames.py` draws, and from which on."""
    parser.addoption("--frames", type=int, default=150, help="random frames for the Polars expressions")
    parser.addoption("--first-frame", type=int, default=0, help="the number of the first of them")


CORPORA: dict[str, list[str | None]] = {
    "nothing": [],
    "only nulls": [None, None],
    "empty": ["", None, ""],
    "one byte": ["a", "b", "a", "\x00", "\x7f"],
    "ascii": ["The quick brown fox", "the quick  brown fox!", "jumps over", None, "the lazy dog"],
    "scripts": [
        "日本語のテキスト",
        "ภาษาไทย",
        "ພາສາລາວ",
        "ភាសាខ្មែរ",
        "မြန်မာ",
        "한국어",
        "हिन्दी",
    ],
    "right to left": ["العربية", "עברית", "العربية abc 123"],
    "marks": ["e\u0301", "\u00e9", "\u0301", "a\u0323\u0307", "a\u0307\u0323", "ﬁ", "Ⅷ", "ß", "ẞ", "İ"],
    "invisible": ["soft\u00adhyphen", "\ufeffmark", "a\u200db", "a\u200bb", "\ufe0f", "\u2060", "a\u202eb"],
    "emoji": ["👍🏽", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "1️⃣", "❤️"],
    "beyond": ["\U0001f600" * 3, "𝒜𝓑𝓒", "𠀀𠀁", "\U0010ffff", "\ufffd", "\uffff"],
    "white space": [" ", "\t", "\n", "\r\n", "\u00a0", "\u2028", "\u3000", "a\r\nb"],
    "long": ["word " * 4_000, "x" * 20_000, "é" * 10_000],
}
"""Name -> rows. Nulls and empty rows are among them on purpose."""


@pytest.fixture(params=list(CORPORA.values()), ids=list(CORPORA))
def corpus(request: pytest.FixtureRequest) -> list[str | None]:
    """One small corpus after the other."""
    rows: list[str | None] = request.param
    return rows


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real data, or a skip that says what is missing."""
    if not DATA.is_dir():
        pytest.skip(
            f"real data: no folder {DATA}; set FASTCURATE_DATA to the folder that holds instruct/, raw/ ..."
        )
    return DATA
