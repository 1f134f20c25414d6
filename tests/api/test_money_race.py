"""Whatever comes at the same time to one customer: payments, documents, voids, charges. Afterwards every rule of money holds."""
import concurrent.futures
import random
import secrets

from harness.billing import OPEN, draft, new_account
from harness.money import check_money
from harness.wait import wait_for

ROUNDS, HANDS, ACTS = 4, 6, 5


def act(api, account, pick):
    """One thing that somebody does; what is refused is refused for its reason."""
    kind = pick.choice(("pay", "pay", "finalize", "finalize", "void", "charge", "apply"))
    if kind == "pay":
        return api.post("/v1/payments", {"account_id": account["id"], "amount": pick.randrange(1, 1500)}).expect(201)
    if kind == "finalize":
        made = draft(api, account, pick.randrange(1, 1500))
        return api.post(f"/v1/invoices/{made['id']}/finalize", {}).expect(200)
    open_ones = api.get("/v1/invoices", account_id=account["id"], status=pick.choice(("open", "partially_paid"))).expect(200).json["data"]
    if not open_ones:
        return None
    document = pick.choice(open_ones)["id"]
    if kind == "void":
        return api.post(f"/v1/invoices/{document}/void").expect(200, 409)
    if kind == "charge":
        token = pick.choice(("sandbox_ok", "sandbox_decline_soft", "sandbox_unknown"))
        return api.post(f"/v1/invoices/{document}/pay", {"payment_method": token}).expect(202, 409)
    left = api.get("/v1/payments", account_id=account["id"], **{"unapplied[gt]": 0}).expect(200).json["data"]
    return left and api.post(f"/v1/payments/{pick.choice(left)['id']}/apply", {"invoice_id": document}).expect(200, 409)


def test_many_hands_at_one_customer(new_tenant, sql):
    own = new_tenant("hands", roles=())
    seed = secrets.randbelow(10**6)
    print("seed", seed)
    header = own.program().headers["Authorization"]
    for round_ in range(ROUNDS):
        account = new_account(own.program())

        def hand(n):
            api, pick = own.product.client(Authorization=header), random.Random(f"{seed}/{round_}/{n}")
            for _ in range(ACTS):
                act(api, account, pick)

        with concurrent.futures.ThreadPoolExecutor(HANDS) as pool:
            list(pool.map(hand, range(HANDS)))
        wait_for(lambda: not [a for s in OPEN for a in own.program().all("/v1/payment_attempts", account_id=account["id"], state=s)], 60,
                 "the last outcome")
        # A charge that found its invoice paid is credit beside what is open: that alone may stand until somebody applies it.
        check_money(sql, own.id, leave_out=("nothing is open beside money that no invoice has used",))


def test_payments_and_documents_alone_leave_nothing_side_by_side(new_tenant, sql):
    own = new_tenant("beside", roles=())
    seed = secrets.randbelow(10**6)
    print("seed", seed)
    header = own.program().headers["Authorization"]
    for round_ in range(ROUNDS):
        account = new_account(own.program())

        def hand(n):
            api, pick = own.product.client(Authorization=header), random.Random(f"{seed}/{round_}/{n}")
            for _ in range(ACTS):
                if pick.random() < 0.5:
                    api.post("/v1/payments", {"account_id": account["id"], "amount": pick.randrange(1, 1500)}).expect(201)
                else:
                    made = draft(api, account, pick.randrange(1, 1500))
                    api.post(f"/v1/invoices/{made['id']}/finalize", {}).expect(200)

        with concurrent.futures.ThreadPoolExecutor(HANDS) as pool:
            list(pool.map(hand, range(HANDS)))
        check_money(sql, own.id)
