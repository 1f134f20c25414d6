"""Fixtures of the command line's tests: one whole Billfold for the session, and `billfold` run in it as its operator."""
import json
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "api"))

from harness import shared  # noqa: E402
from harness.mail import Mail  # noqa: E402
from harness.product import NotBuilt  # noqa: E402


def pytest_sessionfinish(session):
    shared.stop()


@pytest.fixture(scope="session")
def product():
    try:
        return shared.product()
    except NotBuilt as reason:
        pytest.exit(str(reason), 2)


@pytest.fixture(scope="session")
def tenant(product):
    return product.tenant("north", roles=("owner", "billing"))


@pytest.fixture
def new_tenant(product):
    return product.tenant


@pytest.fixture(scope="session")
def sql(product):
    connection = product.database()
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def mail(product):
    return Mail(product.facts["mail"])


class Ran:
    """How one call of billfold ended."""

    def __init__(self, done, words):
        self.status, self.out, self.err, self.words = done.returncode, done.stdout, done.stderr, words

    @property
    def json(self):
        """Standard output, which with --json is one object and nothing else."""
        assert self.out.count("\n") == 1 and self.out.endswith("\n"), self.out
        return json.loads(self.out)

    @property
    def problem(self):
        """What --json says on standard error when it goes wrong: one object on a line of its own, the last."""
        return json.loads(self.err.splitlines()[-1])

    def expect(self, status):
        assert self.status == status, f"billfold {' '.join(self.words)} ended with {self.status}, not {status}:\n{self.out}{self.err}"
        return self


@pytest.fixture(scope="session")
def billfold(product):
    """billfold("tenant", "list"): runs it with this product's configuration."""
    def run(*words, stdin=None):
        return Ran(product.command(*words, stdin=stdin or "", check=False), words)

    return run
