"""A database that two or more sessions share: BILLFOLD_TEST_PG where it is set (a superuser's
conninfo of a migrated database, as tests/sql/run hands it over), else servers of this run's own.
No program is at work in it but those that a test starts: a scheduler of another's would hold the
lock and tell the workers of another Redis."""
import os
import pathlib
import sys
import uuid

import psycopg2
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "api"))


@pytest.fixture(scope="session")
def conninfo():
    given = os.environ.get("BILLFOLD_TEST_PG")
    if given:
        yield given
        return
    from harness.product import NotBuilt, Product

    try:
        product = Product()
    except NotBuilt as reason:
        pytest.skip(str(reason))
    try:
        product.start("servers")
        yield f"host={product.run} port=5432 dbname=billfold user=postgres"
    finally:
        product.stop()


class Session:
    """One connection as a program's role."""

    def __init__(self, conninfo, role):
        self.connection = psycopg2.connect(conninfo)
        self.cursor = self.connection.cursor()
        # What the role's own settings would be, had it signed in.
        self.cursor.execute("SET SESSION AUTHORIZATION " + role)
        self.cursor.execute("SET plan_cache_mode = force_generic_plan; SET lock_timeout = '5s'; SET search_path = pg_catalog")
        self.connection.commit()

    def value(self, statement, *parameters):
        self.cursor.execute(statement, parameters or None)
        row = self.cursor.fetchone() if self.cursor.description else None
        return row[0] if row else None

    def enter(self, tenant):
        self.cursor.execute("SELECT api.enter(%s, 'worker:test', 'test', 'request', -1, NULL)", (tenant,))

    def commit(self):
        self.connection.commit()

    def rollback(self):
        self.connection.rollback()


@pytest.fixture
def session(conninfo):
    made = []

    def open_session(role="billfold_api"):
        made.append(Session(conninfo, role))
        return made[-1]

    yield open_session
    for one in made:
        one.connection.close()


@pytest.fixture
def tenant(session):
    """Makes tenants; each call another."""
    def make():
        one = session("billfold_admin")
        made = str(uuid.uuid4())
        one.value("SELECT tenant.create(%s, %s, %s, 'Race', 'EUR', 'AT', 'UTC', 'en', true, 'operator:test')",
                  made, str(uuid.uuid4()), "race-" + made[:13])
        one.commit()
        return made

    return make


@pytest.fixture(scope="module")
def stripe():
    from harness.stripe import Stripe

    stand_in = Stripe().start()
    yield stand_in
    stand_in.stop()


@pytest.fixture(scope="module")
def seller(stripe):
    """A tenant of a whole product whose processor is the stand-in."""
    from harness.product import NotBuilt
    from harness.stripe import Seller, start_product

    try:
        product = start_product(stripe)
    except NotBuilt as reason:
        pytest.exit(str(reason), 2)
    yield Seller(product, stripe, "race")
    product.stop()
