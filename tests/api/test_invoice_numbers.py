"""T25: numbers without gaps, whoever finalizes at the same time and whatever comes between."""
import concurrent.futures
import random

import pytest

from harness.problem import problem

WORK = {"description": "Work", "unit_price": "100"}


@pytest.fixture(scope="module")
def seller(new_tenant):
    return new_tenant("gapless")


def make_account(api, name, **more):
    return api.post("/v1/accounts", {"legal_name": name, "contacts": [
        {"name": "Office", "email": "office@alpenblick.example", "roles": ["billing"]}], **more}).expect(201).json


@pytest.fixture
def doomed(product, seller):
    """Finalizing these fails when everything has been done but the commit, as if the server had gone."""
    session = product.database()
    with session.cursor() as cursor:
        cursor.execute("CREATE FUNCTION public.doom() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                       " IF NEW.memo = 'doomed' AND NEW.number IS NOT NULL THEN RAISE EXCEPTION 'doomed' USING ERRCODE = '53100'; END IF;"
                       " RETURN NULL; END $$;"
                       " CREATE CONSTRAINT TRIGGER doom AFTER UPDATE ON billing.invoice DEFERRABLE INITIALLY DEFERRED"
                       " FOR EACH ROW EXECUTE FUNCTION public.doom()")
    yield
    with session.cursor() as cursor:
        cursor.execute("DROP TRIGGER doom ON billing.invoice; DROP FUNCTION public.doom()")
    session.close()


def test_t25_a_hundred_at_once_seven_of_which_roll_back(seller, doomed):
    """T25: 100 parallel finalizes, 7 forced rollbacks: 93 consecutive numbers, in the order of their finalizing."""
    seed = random.randrange(10**9)
    print("seed", seed)
    rng = random.Random(seed)
    api = seller.program()
    accounts = [make_account(api, f"Account {i}") for i in range(10)]
    fated = set(rng.sample(range(100), 7))
    items = [{"op": "create", "data": {"account_id": rng.choice(accounts)["id"], "lines": [WORK], "issue_date": "2026-03-10",
                                       **({"memo": "doomed"} if i in fated else {})}} for i in range(100)]
    drafts = [row["data"]["id"] for row in api.post("/v1/invoices/batch", {"items": items}).expect(200).json["data"]]
    order = list(range(100))
    rng.shuffle(order)

    def finalize(i):
        return i, api.with_headers().post(f"/v1/invoices/{drafts[i]}/finalize", {})

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = dict(pool.map(finalize, order))
    for i, answer in answers.items():
        if i in fated:
            problem(answer, 503)
        else:
            answer.expect(200)
    rows = [row for row in api.all("/v1/invoices", limit=200) if row["number"]]
    numbers = sorted(row["number"] for row in rows)
    assert numbers == [f"INV-2026-{n:05d}" for n in range(1, 94)], f"seed {seed}"
    assert [row["number"] for row in sorted(rows, key=lambda r: r["finalized_at"])] == numbers, f"seed {seed}"
    for i in fated:
        assert api.get(f"/v1/invoices/{drafts[i]}").json["status"] == "draft"


def test_t25_what_uses_numbers_and_what_does_not(seller):
    """T25: a deleted draft uses none, void keeps its own, a new year begins anew, dates do not go back."""
    api = seller.program()
    account = make_account(api, "Numbers")

    def final(day):
        return api.post("/v1/invoices", {"account_id": account["id"], "lines": [WORK], "issue_date": day, "finalize": True}).expect(201).json

    first = final("2027-05-01")
    gone = api.post("/v1/invoices", {"account_id": account["id"], "lines": [WORK]}).expect(201).json
    api.delete(f"/v1/invoices/{gone['id']}", gone).expect(204)
    second = final("2027-05-01")
    void = api.post(f"/v1/invoices/{second['id']}/void").expect(200).json
    third = final("2027-05-02")
    assert [x["number"] for x in (first, void, third)] == ["INV-2027-00001", "INV-2027-00002", "INV-2027-00003"]
    answer = api.post("/v1/invoices", {"account_id": account["id"], "lines": [WORK], "issue_date": "2027-05-01", "finalize": True})
    problem(answer, 409, "issue_date_before_series")
    assert final("2028-01-01")["number"] == "INV-2028-00001"
    assert final("2027-12-31")["number"] == "INV-2027-00004"


def test_a_document_is_issued_on_its_seller_s_day(new_tenant):
    """Customers a day apart do not keep each other from being billed: the series goes by one calendar."""
    api = new_tenant("date-line", roles=("billing",)).program()
    days = []
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Pacific/Kiritimati"):
        account = make_account(api, f"Hotel of {zone}", time_zone=zone)
        days.append(api.post("/v1/invoices", {"account_id": account["id"], "lines": [WORK], "finalize": True}).expect(201).json["issue_date"])
    assert len(set(days)) == 1
