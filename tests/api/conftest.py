"""Fixtures of the API tests.

One product runs for the whole session (`product`). Two tenants share it, `tenant` and
`other`, each with a user a role; `owner`, `billing`, `sales`, `read_only` are sessions of
`tenant`'s users, `program` its client with an access token and all rights, `other_program` the
other tenant's. `stripe_product` is a second product, whose processor is the stand-in
`stripe`. A test that counts or closes things makes a tenant of its own: `new_tenant()`.
"""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from harness import shared  # noqa: E402
from harness.content import difference, fingerprint  # noqa: E402
from harness.contract import Things  # noqa: E402
from harness.mail import Mail  # noqa: E402
from harness.product import NotBuilt  # noqa: E402
from harness.promise import TOLD  # noqa: E402
from harness.stripe import Stripe, start_product  # noqa: E402


def pytest_collection_modifyitems(items):
    """What looks at all that the others have done comes last."""
    items.sort(key=lambda item: item.path.name == "test_invariants.py")


def pytest_sessionfinish(session):
    shared.stop()
    for broken in dict.fromkeys(TOLD):
        print("\n" + broken)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def product():
    try:
        return shared.product()
    except NotBuilt as reason:
        pytest.exit(str(reason), 2)


@pytest.fixture(scope="session")
def contract(product):
    return shared.contract()


@pytest.fixture(scope="session")
def tenant(product):
    return product.tenant("north")


@pytest.fixture(scope="session")
def other(product):
    return product.tenant("south")


@pytest.fixture(scope="session")
def new_tenant(product):
    return product.tenant


@pytest.fixture(scope="session")
def stripe():
    """The stand-in for Stripe, well again before each test of `stripe_product`."""
    stand_in = Stripe().start()
    yield stand_in
    stand_in.stop()


@pytest.fixture
def stripe_well(stripe):
    """It fails nothing and tells nobody, before and after; and was asked nothing outside its vendor's contract."""
    stripe.fail()
    stripe.control("/webhooks")
    yield
    stripe.fail()
    stripe.control("/webhooks")
    assert stripe.state()["violations"] == []


@pytest.fixture(scope="session")
def stripe_product(stripe, product):
    made = start_product(stripe)
    yield made
    made.stop()


@pytest.fixture
def owner(tenant):
    return tenant.as_role("owner")


@pytest.fixture
def billing(tenant):
    return tenant.as_role("billing")


@pytest.fixture
def sales(tenant):
    return tenant.as_role("sales")


@pytest.fixture
def read_only(tenant):
    return tenant.as_role("read_only")


@pytest.fixture
def program(tenant):
    return tenant.program()


@pytest.fixture
def other_program(other):
    return other.program()


@pytest.fixture
def anonymous(product):
    return product.client()


@pytest.fixture(scope="session")
def sql(product):
    """A connection of the superuser, past every policy: for looks at what was stored."""
    connection = product.database()
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def mail(product):
    return Mail(product.facts["mail"])


def things_of(contract, tenant, sql):
    made = Things(contract, tenant.program())
    with sql.cursor() as cursor:  # the API lists those alone that are not done
        cursor.execute("SELECT id::text FROM job.job WHERE tenant_id = %s LIMIT 1", (tenant.id,))
        made.made["jobs"] = cursor.fetchone()[0]
        # Of what comes by mail, which no request brings.
        cursor.execute("BEGIN; SELECT api.enter(%s, 'worker:maild', NULL, NULL, -1, NULL)", (tenant.id,))
        cursor.execute("""SELECT document.mail_take(m.id, d.id, encode(sha256(d.id::text::bytea), 'hex'),
            '{"kind": "reply", "sender": "anna@generated.example", "sender_name": "Anna", "subject": "Re: Generated", "text": "Thanks", "shortened": false,
              "attachments": []}') , m.id::text FROM document.delivery d, base.new_id() AS m (id) WHERE d.tenant_id = %s LIMIT 1""", (tenant.id,))
        made.made["mails"] = cursor.fetchone()[1]
        cursor.execute("COMMIT")
    return made


@pytest.fixture(scope="session")
def things(contract, tenant, sql):
    """Objects of `tenant`, one a resource."""
    return things_of(contract, tenant, sql)


@pytest.fixture(scope="session")
def other_things(contract, other, sql):
    return things_of(contract, other, sql)


_last = {}


@pytest.fixture
def nothing_written(request, sql, things, other_things):
    """The whole database is as before, whatever the test asked for. Within a module whose tests all say so,
    the look after one is the look before the next."""
    module = request.module.__name__
    before = _last.pop(module, None) or fingerprint(sql)
    _last.clear()
    yield
    after = fingerprint(sql)
    assert difference(before, after) == []
    _last[module] = after
