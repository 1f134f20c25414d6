"""Two requests under one Idempotency-Key: one effect, and no wait."""
import concurrent.futures
import time

import psycopg2
import pytest

CLAIM = "SELECT api.claim_key(%s, 'user:1', %s)"
KEEP = "INSERT INTO api.answer (scope, key, fingerprint, status, body) VALUES ('user:1', %s, %s, 201, %s)"


def refused(call, *arguments):
    with pytest.raises(psycopg2.Error) as told:
        call(*arguments)
    return told.value.pgcode


def test_the_second_is_told_at_once_that_the_first_runs(session, tenant):
    a, b, t = session(), session(), tenant()
    a.enter(t)
    a.value(CLAIM, "k", "f")
    b.enter(t)
    started = time.monotonic()
    assert refused(b.value, CLAIM, "k", "f") == "ZBKEY"
    assert time.monotonic() - started < 4  # less than the lock limit: it did not wait
    b.rollback()
    a.value(KEEP, "k", "f", "first")
    a.commit()
    b.enter(t)
    assert refused(b.value, CLAIM, "k", "f") == "ZBRPL"
    b.rollback()
    b.enter(t)
    assert b.value("SELECT body FROM api.answer WHERE scope = 'user:1' AND key = 'k'") == "first"


def test_what_rolled_back_is_judged_anew(session, tenant):
    a, b, t = session(), session(), tenant()
    a.enter(t)
    a.value(CLAIM, "k", "f")
    a.value(KEEP, "k", "f", "never")
    a.rollback()
    b.enter(t)
    b.value(CLAIM, "k", "g")
    b.value(KEEP, "k", "g", "second")
    b.commit()


def test_the_same_key_of_two_tenants_does_not_meet(session, tenant):
    a, b = session(), session()
    a.enter(tenant())
    a.value(CLAIM, "k", "f")
    b.enter(tenant())
    b.value(CLAIM, "k", "f")


def test_twenty_at_once_have_one_effect(session, tenant):
    t = tenant()
    sessions = [session() for _ in range(20)]

    def request(number):
        s = sessions[number]
        s.enter(t)
        try:
            s.value(CLAIM, "k", "f")
            s.value(KEEP, "k", "f", f"effect {number}")
            s.commit()
            return "done"
        except psycopg2.Error as reason:
            s.rollback()
            return reason.pgcode

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(request, range(20)))
    assert outcomes.count("done") == 1, outcomes
    assert set(outcomes) <= {"done", "ZBKEY", "ZBRPL"}, outcomes
