"""How many examples each promise of the standard is tried on: `--samples N`, 50 by default, is N / 10 of them."""

import pytest

from tests.array_api import strategies


def pytest_configure(config: pytest.Config) -> None:
    strategies.EXAMPLES = max(2, config.getoption("--samples") // 10)
