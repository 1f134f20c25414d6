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
            assert s.value("SELECT count(*) FROM tenant.entity") == 0, f"turn {turn}"
            s.connection.autocommit = False


def may_read(session):
    """{program: what of ours it may select from}"""
    s = session("postgres")
    s.cursor.execute("""
        SELECT r.rolname, array_agg(c.oid::regclass::text ORDER BY 1) FROM pg_roles r, pg_class c
          JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
         WHERE pg_has_role(r.oid, 'billfold_program', 'MEMBER') AND NOT r.rolsuper AND r.rolname <> 'billfold_program'
           AND c.relkind IN ('r', 'v') AND pg_get_userbyid(n.nspowner) = 'billfold_owner' AND has_table_privilege(r.oid, c.oid, 'SELECT')
         GROUP BY 1""")
    return dict(s.cursor.fetchall())


def ended(s, way, program):
    """A transaction that has ended in one of its ways."""
    if way == "error":
        try:
            s.value("SELECT 1 / 0")
        except psycopg2.Error:
            s.rollback()
    elif way == "DISCARD ALL":
        s.commit()
        s.connection.autocommit = True
        s.cursor.execute("DISCARD ALL")
        s.cursor.execute("SET SESSION AUTHORIZATION " + program)
        s.connection.autocommit = False
    else:
        getattr(s, way)()


def test_no_table_shows_anything_once_a_transaction_is_over(session, tenant):
    """Every table and view, as every program, after each way in which a transaction ends: no row and no error, on a
    connection that has just seen a tenant's."""
    programs = may_read(session)
    assert len(programs) >= 7 and sum(map(len, programs.values())) > 300
    mine = tenant()
    for program, names in programs.items():
        s = session(program)
        every = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in names)
        for way in ("commit", "rollback", "error", "DISCARD ALL"):
            s.enter(mine)
            s.cursor.execute(every)
            assert sum(count for _, count in s.cursor.fetchall()) > 0, f"{program} sees nothing of its tenant"
            ended(s, way, program)
            s.cursor.execute(every)
            assert [name for name, count in s.cursor.fetchall() if count] == [], (program, way)
            s.commit()


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
