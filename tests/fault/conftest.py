"""Fixtures of the crash proof: one whole Billfold with fsync, and a storm that goes over it."""
import pathlib
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "api"))
sys.path.insert(0, str(TESTS / "fault"))

from harness.product import NotBuilt, Product  # noqa: E402


@pytest.fixture(scope="module")
def product():
    """With fsync and synchronous commit: what was answered must be there after PostgreSQL was stopped at once."""
    try:
        made = Product(throwaway=False)
    except NotBuilt as reason:
        pytest.exit(str(reason), 2)
    made.start()
    yield made
    made.stop()
