"""Tenants by turns on one connection never meet, whatever the transaction before did."""
import random

import psycopg2


def test_two_tenants_by_turns_on_one_connection(session, tenant):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    choose = random.Random(seed)
    s, tenants = session(), [tenant(), tenant()]
    for turn in range(10_000):
        mine = choose.choice(tenants)
        ending = choose.randrange(5)
        s.enter(mine)
        s.cursor.execute("SELECT tenant_id::text FROM tenant.entity")
        assert s.cursor.fetchall() == [(mine,)], f"turn {turn}"
        if ending == 0:
            s.rollback()
        elif ending == 1:
            try:
                s.value("SELECT 1 / 0")
            except psycopg2.Error:
                s.rollback()
        else:
            s.commit()
        if ending == 2:
            # Nobody entered: no row, and no error from a setting that is empty by now.
            assert s.value("SELECT count(*) FROM tenant.entity") == 0, f"turn {turn}"
            s.commit()
        if turn % 1000 == 999:
            s.connection.autocommit = True
            s.cursor.execute("DISCARD ALL")  # signs in anew, too
            s.cursor.execute("SET SESSION AUTHORIZATION billfold_api")
            s.connection.autocommit = False


def test_a_tenant_that_closes_lets_nobody_in_from_then_on(session, tenant):
    a, b, t = session("billfold_admin"), session(), tenant()
    a.enter(t)
    a.cursor.execute("UPDATE tenant.tenant SET state = 'suspended'")
    b.enter(t)
    b.commit()
    a.commit()
    try:
        b.enter(t)
        raise AssertionError("came in")
    except psycopg2.Error as reason:
        assert reason.pgcode == "ZB401"


def test_versions_are_judged_under_the_row_s_lock(session, tenant):
    a, b, t = session(), session(), tenant()
    for one in (a, b):
        one.enter(t)
    entity = a.value("SELECT id::text FROM tenant.entity")
    version = a.value("SELECT version FROM tenant.entity")
    a.value("SELECT api.expect_version('tenant.entity', %s, %s)", entity, version)
    a.cursor.execute("UPDATE tenant.entity SET phone = '1'")
    b.cursor.execute("SET LOCAL lock_timeout = '200ms'")
    try:
        b.value("SELECT api.expect_version('tenant.entity', %s, %s)", entity, version)
        raise AssertionError("did not wait")
    except psycopg2.Error as reason:
        assert reason.pgcode == "55P03"
    b.rollback()
    a.commit()
    b.enter(t)
    try:
        b.value("SELECT api.expect_version('tenant.entity', %s, %s)", entity, version)
        raise AssertionError("took an old version")
    except psycopg2.Error as reason:
        assert reason.pgcode == "ZB412"
