"""What every test may ask for."""

import os

import numpy as np
import pytest
from hypothesis import settings

# The same examples on every run: a red test is red for everyone. WENGERT_FUZZ=1 draws new ones.
settings.register_profile("fixed", derandomize=True, deadline=None, max_examples=50)
settings.register_profile("fuzz", deadline=None, max_examples=500, print_blob=True)
settings.load_profile("fuzz" if os.environ.get("WENGERT_FUZZ") else "fixed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fuzz",
        type=int,
        default=0,
        metavar="N",
        help="compare N more random programs, compiled and interpreted (tests/compiler/test_differential.py)",
    )
    parser.addoption(
        "--reliability",
        type=int,
        default=1,
        metavar="N",
        help="run N times as many trials in tests/reliability (those of a release: N = 10)",
    )
    parser.addoption(
        "--samples",
        type=int,
        default=50,
        metavar="N",
        help="compare the derivatives of each primitive at N random points (tests/prims/test_gradients.py)",
    )


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator with the same stream in every test."""
    return np.random.default_rng(0)


@pytest.fixture(autouse=True, scope="session")
def settings_of_this_run(tmp_path_factory: pytest.TempPathFactory):
    """Graphs are verified between passes; kernels go to a folder of this run, so every run starts cold."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WENGERT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("WENGERT_VERIFY", "graphs")
        yield
