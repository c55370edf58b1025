"""What a bench may use: the corpora that are there, and lengths that look like those of an instruction
set."""

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / "tests")]  # the oracles


@pytest.fixture(scope="session")
def lengths() -> npt.NDArray[np.int32]:
    """A million lengths up to 2048, log-normal around 200, as token counts of instructions are."""
    drawn = np.random.default_rng(7).lognormal(5.3, 0.9, 1_000_000)
    return np.clip(drawn, 1, 2048).astype(np.int32)
