"""Fixtures of the command line's tests: one whole Billfold for the session, and `billfold` run in it as its operator."""
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "api"))

from harness import shared  # noqa: E402
from harness.mail import Mail  # noqa: E402
from harness.product import NotBuilt  # noqa: E402
from ran import Ran  # noqa: E402


def pytest_sessionfinish(session):
    shared.stop()


@pytest.fixture(scope="session")
def product():
    try:
        return shared.product()
    except NotBuilt as reason:
        pytest.exit(str(reason), 2)


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory):
    """Variables of the environment that tell a program of another machine (elsewhere.c): as it is said, and with room on its disks."""
    made = tmp_path_factory.mktemp("elsewhere")
    for place in (made, *made.parents[:2]):  # the programs' user reads it, too
        place.chmod(0o755)
    image = made / "elsewhere.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(image), str(pathlib.Path(__file__).with_name("elsewhere.c"))], check=True)

    def there(**said):
        return {"LD_PRELOAD": str(image), **{f"ELSEWHERE_{name.upper()}": str(value) for name, value in said.items()}}

    return there


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


@pytest.fixture(scope="session")
def billfold(product):
    """billfold("tenant", "list"): runs it with this product's configuration."""
    def run(*words, stdin=None):
        return Ran(product.command(*words, stdin=stdin or "", check=False), words)

    return run
