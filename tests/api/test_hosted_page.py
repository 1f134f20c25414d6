"""The page behind a pay link: one invoice and nothing else, seen and paid by whoever has the link."""
import concurrent.futures
import re

import pytest

from harness.billing import charged, draft, events, invoice, new_account, pay, state
from harness.content import fingerprint
from harness.money import check_money
from harness.payer import FORM, Payer, link
from harness.problem import problem
from harness.wait import wait_for



@pytest.fixture(scope="module")
def seller(new_tenant):
    return new_tenant("page", roles=("owner", "sales"))


@pytest.fixture
def api(seller):
    return seller.program()


@pytest.fixture
def account(api):
    return new_account(api, locale="en-GB")


@pytest.fixture(autouse=True)
def books_agree(sql, seller):
    yield
    check_money(sql, seller.id, leave_out=("what a processor captured and what was received are the same",))


@pytest.fixture
def payer(api, product):
    return lambda document: Payer(product, link(api, document)["url"])


def attempts(api, document):
    return api.all("/v1/payment_attempts", invoice_id=document["id"])


def settled(api, document):
    def over():
        made = attempts(api, document)
        return made if made and all(a["state"] not in ("new", "in_flight", "unknown") for a in made) else None

    return wait_for(over, 30, "the outcome of an attempt")


# ---- looking ----

def test_an_open_invoice_says_what_is_due_and_how_to_pay(api, account, payer):
    document = invoice(api, account, 123456)
    someone = payer(document)
    answer = someone.look()
    for words in (document["number"], "€1,234.56", "Alpenblick Hotel GmbH", "Stay", "Due", "Pay €1,234.56"):
        assert words in someone.text, words
    assert someone.page.count("<form") == 1 and someone.nonce()
    assert "<script" not in someone.page and "http://" not in someone.page and "https://" not in someone.page
    assert re.search(r'<html lang="en">', someone.page) and someone.page.startswith("<!DOCTYPE html>")
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'" and policy["form-action"] == "'self'" and policy["frame-ancestors"] == "'none'"
    assert policy["style-src"] == style_hash(someone.page)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow" and 'name="robots" content="noindex, nofollow"' in someone.page
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in answer.headers


def style_hash(page):
    import base64
    import hashlib

    style = re.search(r"<style>(.*?)</style>", page, re.S).group(1)
    return "'sha256-" + base64.urlsafe_b64encode(hashlib.sha256(style.encode()).digest()).decode() + "'"


def test_looking_changes_nothing(api, account, payer, sql):
    document = invoice(api, account, 100)
    someone = payer(document)
    wait_for(lambda: api.get(f"/v1/invoices/{document['id']}/pdf").status == 200, 20, "the PDF")
    before = fingerprint(sql)
    for _ in range(3):
        someone.look()
        assert someone.client.head(someone.path).status == 200
    assert fingerprint(sql) == before


@pytest.mark.parametrize("locale, words", [("de-AT", ("Rechnung", "Jetzt zahlen", "Fällig am")), ("fr-FR", ("Facture", "Payer", "À payer avant le")),
                                           ("es-ES", ("Factura", "Pagar", "Vence el")), ("ja-JP", ("Invoice", "Pay"))])
def test_it_speaks_the_payers_language(api, payer, locale, words):
    someone = payer(invoice(api, new_account(api, locale=locale), 100))
    someone.look()
    for word in words:
        assert word in someone.text
    assert f'<html lang="{locale[:2] if locale != "ja-JP" else "en"}">' in someone.page


def test_a_paper_that_is_lost_is_a_fault_and_not_a_wrong_link(product, api, account, payer):
    document = invoice(api, account, 100)
    someone = payer(document)
    paper = f"/v1/invoices/{document['id']}/pdf"
    sha = wait_for(lambda: (a := api.get(paper)).status == 200 and a.headers["ETag"].strip('"'), 20, "the PDF")
    assert someone.client.get(someone.path + "/pdf").expect(200).body[:5] == b"%PDF-"
    (stored,) = product.home.rglob(sha)
    stored.rename(stored.with_name("away"))
    try:
        assert (someone.client.get(someone.path + "/pdf").status, api.get(paper).status) == (500, 500)
    finally:
        stored.with_name("away").rename(stored)
    someone.client.get(someone.path + "/pdf").expect(200)


def test_what_people_wrote_is_text(api, payer):
    evil = "<script>alert(1)</script>{{nonce}}\"'<img src=x>"
    account = new_account(api, legal_name=evil)
    document = api.post("/v1/invoices", {"account_id": account["id"], "finalize": True, "lines": [
        {"description": evil, "unit_price": "1", "tax_rate": "0", "unit": "<b>"}]}).expect(201).json
    someone = payer(document)
    someone.look()
    assert "<script" not in someone.page and "<img" not in someone.page and "<b>" not in someone.page
    assert someone.text.count(evil) >= 2
    assert someone.page.count(someone.nonce()) == 1


# ---- links ----

def same(answers):
    bodies = {re.sub(re.escape(a.headers["X-Request-Id"]), "", a.body.decode()) for a in answers}
    heads = {tuple(sorted((n.lower(), v) for n, v in a.headers.items() if n.lower() not in ("x-request-id", "date"))) for a in answers}
    return len(bodies) == 1 and len(heads) == 1


def test_a_link_that_leads_nowhere_is_like_any_other(api, account, payer, product, seller, other, other_program):
    document = invoice(api, account, 100)
    someone = payer(document)
    token = someone.path.removeprefix("/pay/")
    theirs = Payer(product, link(other_program, invoice(other_program, new_account(other_program), 100))["url"])
    secret, foreign = token.split(".")[1], theirs.path.removeprefix("/pay/").split(".")[1]
    wrong = [f"{seller.id}.{foreign}", f"{other.id}.{secret}", f"{seller.id}.{'A' * 43}", token[:-1], token + "A", secret, "x", f"{seller.id}.",
             "00000000-0000-7000-8000-000000000000." + secret]
    gone = payer(invoice(api, account, 100))
    gone.look()
    answers = [someone.look(f"/pay/{w}", 404) for w in wrong]
    answers += [someone.client.request("POST", f"/pay/{w}", b"nonce=x&payment_method=sandbox_ok", media=FORM).expect(404) for w in wrong]
    for answer in answers:
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8" and answer.headers["Cache-Control"] == "no-store"
    assert same(answers)
    assert "There is no such page." in someone.text
    assert "'none'" in answers[0].headers["Content-Security-Policy"]
    assert attempts(api, document) == []


def test_a_revoked_link_leads_nowhere_and_the_next_is_another(api, account, product):
    document = invoice(api, account, 100)
    first = link(api, document)
    assert link(api, document) == first
    old = Payer(product, first["url"])
    old.look()
    nonce = old.nonce()
    api.post(f"/v1/invoices/{document['id']}/revoke_pay_link").expect(200)
    revoked = old.look(status=404)
    assert same([revoked, old.look("/pay/nonsense", 404)])
    assert old.send(nonce=nonce, payment_method="sandbox_ok").status == 404
    second = link(api, document)
    assert second["url"] != first["url"] and link(api, document) == second
    Payer(product, second["url"]).look()
    assert attempts(api, document) == []


def test_a_link_that_is_too_old_leads_nowhere(api, account, product, sql):
    document = invoice(api, account, 100)
    first = link(api, document)
    with sql.cursor() as cursor:
        cursor.execute("UPDATE document.pay_link SET expires_at = now() WHERE invoice_id = %s", (document["id"],))
    Payer(product, first["url"]).look(status=404)
    second = link(api, document)
    assert second["url"] != first["url"]
    Payer(product, second["url"]).look()


def test_the_paper_and_the_program_print_one_link(api, account, mail, seller):
    document = invoice(api, account, 100)
    url = link(api, document)["url"]
    api.post(f"/v1/invoices/{document['id']}/send").expect(200)
    (message,) = mail.wait("office@alpenblick.example", document["number"])
    assert url in message.get_body(("plain",)).get_content()


def test_who_may_have_a_link(api, account, seller, other_program):
    document = invoice(api, account, 100)
    for action in ("pay_link", "revoke_pay_link"):
        problem(seller.as_role("sales").post(f"/v1/invoices/{document['id']}/{action}"), 403, "forbidden")
        problem(other_program.post(f"/v1/invoices/{document['id']}/{action}"), 404, "not_found")
    problem(api.post(f"/v1/invoices/{draft(api, account, 5)['id']}/pay_link"), 409, "wrong_state")


# ---- paying ----

def test_paying(api, account, payer, sql):
    document = invoice(api, account, 4200)
    someone = payer(document)
    answer = someone.pay()
    assert answer.headers["Location"] == someone.path and answer.headers["Cache-Control"] == "no-store"
    (attempt,) = attempts(api, document)
    assert (attempt["source"], attempt["amount"], attempt["currency"]) == ("customer", 4200, "EUR")
    (done,) = settled(api, document)
    assert done["state"] == "succeeded"
    someone.look()
    assert "Paid. Thank you." in someone.text and "receipt" in someone.text and "card €42.00" in someone.text
    assert "<form" not in someone.page
    assert state(api, document) == ("paid", 0)
    (paid,) = api.all("/v1/payments", account_id=account["id"])
    assert (paid["attempt_id"], paid["kind"], paid["amount"], paid["unapplied"]) == (done["id"], "card", 4200, 0)
    assert {e["type"] for e in events(api, document["id"], "invoice.paid")} >= {"invoice.paid"}
    with sql.cursor() as cursor:
        cursor.execute("SELECT DISTINCT actor FROM audit.entry WHERE object_id = %s AND before IS NULL", (done["id"],))
        actors = [row[0] for row in cursor.fetchall()]
    assert len(actors) == 1 and actors[0].startswith("link:")


def test_a_receipt_tells_each_payment(api, account, payer):
    document = invoice(api, account, 1000)
    pay(api, account, 300, kind="bank")
    pay(api, account, 300, kind="cash")
    charged(api, document)
    someone = payer(document)
    someone.look()
    for words in ("bank transfer €3.00", "cash €3.00", "card €4.00"):
        assert words in someone.text


def test_declined_and_tried_again(api, account, payer):
    document = invoice(api, account, 100)
    someone = payer(document)
    someone.pay("sandbox_decline_soft")
    settled(api, document)
    someone.look()
    assert "The payment was declined." in someone.text and someone.nonce()
    someone.pay("sandbox_decline_hard")
    settled(api, document)
    someone.look()
    assert "This way to pay cannot be used." in someone.text
    someone.pay("sandbox_ok")
    assert [a["state"] for a in settled(api, document)] == ["declined", "declined", "succeeded"]
    someone.look()
    assert "Paid." in someone.text and "declined" not in someone.text


def test_pending_while_nobody_knows(api, account, payer):
    document = invoice(api, account, 100)
    someone = payer(document)
    someone.pay("sandbox_unknown")
    wait_for(lambda: attempts(api, document)[0]["state"] == "unknown", 20, "an unknown outcome")
    someone.look()
    assert "The bank has not answered yet. You will not be charged twice." in someone.text
    assert "<form" not in someone.page and 'http-equiv="refresh"' in someone.page
    assert settled(api, document)[0]["state"] == "succeeded"
    someone.look()
    assert "Paid." in someone.text and 'http-equiv="refresh"' not in someone.page


def test_void(api, account, payer):
    document = invoice(api, account, 100)
    someone = payer(document)
    someone.look()
    nonce = someone.nonce()
    api.post(f"/v1/invoices/{document['id']}/void").expect(200)
    someone.look()
    assert "cancelled" in someone.text and "<form" not in someone.page
    someone.send(nonce=nonce, payment_method="sandbox_ok").expect(303)
    assert attempts(api, document) == []


def test_disputed(api, account, payer):
    document = invoice(api, account, 9000)
    someone = payer(document)
    someone.pay("sandbox_dispute")
    settled(api, document)
    wait_for(lambda: api.get(f"/v1/invoices/{document['id']}").json["dispute_status"] == "disputed", 20, "the dispute")
    someone.look()
    assert "disputed" in someone.text and "<form" not in someone.page


def test_a_kept_card_is_kept_with_consent(api, account, payer):
    document = invoice(api, account, 100)
    payer(document).pay("sandbox_ok", keep="yes")
    settled(api, document)
    (kept,) = api.all("/v1/payment_methods", account_id=account["id"])
    assert kept["off_session"] and kept["consent_at"] and kept["state"] == "active"
    again = invoice(api, account, 100)
    payer(again).pay("sandbox_ok")
    settled(api, again)
    assert len(api.all("/v1/payment_methods", account_id=account["id"])) == 1


# ---- the form ----

def test_a_form_serves_once(api, account, payer):
    document = invoice(api, account, 100)
    someone = payer(document)
    someone.look()
    nonce = someone.nonce()
    someone.send(nonce=nonce, payment_method="sandbox_decline_soft").expect(303)
    settled(api, document)
    answer = someone.send(nonce=nonce, payment_method="sandbox_ok").expect(303)
    assert answer.headers["Location"] == someone.path + "?again"
    someone.look(answer.headers["Location"])
    assert "This page was out of date." in someone.text and someone.nonce() not in (None, nonce)
    assert [a["state"] for a in attempts(api, document)] == ["declined"]
    assert state(api, document) == ("open", 100)


def test_a_form_is_for_the_amount_that_it_showed(api, account, payer):
    document = invoice(api, account, 1000)
    someone = payer(document)
    someone.look()
    nonce = someone.nonce()
    pay(api, account, 400)
    someone.send(nonce=nonce, payment_method="sandbox_ok").expect(303)
    assert attempts(api, document) == []
    someone.pay()
    assert [a["amount"] for a in settled(api, document)] == [600]


def test_the_amount_is_not_the_forms_to_say(api, account, payer):
    document = invoice(api, account, 1000)
    payer(document).pay("sandbox_ok", amount="1", due_amount="1", currency="USD", invoice_id="x")
    assert [(a["amount"], a["currency"]) for a in settled(api, document)] == [(1000, "EUR")]


def test_two_clicks_at_once_charge_once(api, account, payer, product):
    document = invoice(api, account, 1000)
    someone = payer(document)
    someone.look()
    nonce = someone.nonce()

    def click(_):
        twin = Payer(product, someone.path)
        return twin.send(nonce=nonce, payment_method="sandbox_ok").status

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        assert set(pool.map(click, range(6))) == {303}
    assert [a["state"] for a in settled(api, document)] == ["succeeded"]
    assert len(api.all("/v1/payments", account_id=account["id"])) == 1


@pytest.mark.parametrize("form", [{}, {"payment_method": ""}, {"payment_method": "x" * 201}, {"payment_method": "0198f3a0-5c1e-7a52-9d1c-3f0b6a1f2e77"}])
def test_a_form_that_chooses_nothing(api, account, payer, form):
    document = invoice(api, account, 100)
    someone = payer(document)
    someone.look()
    answer = someone.send(nonce=someone.nonce(), **form)
    assert answer.status == 422 and answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<script" not in answer.body.decode() and attempts(api, document) == []


@pytest.mark.parametrize("nonce", ["", "x", "A" * 43])
def test_a_form_that_we_did_not_make(api, account, payer, nonce):
    document = invoice(api, account, 100)
    someone = payer(document)
    someone.send(nonce=nonce, payment_method="sandbox_ok").expect(303)
    someone.send(payment_method="sandbox_ok").expect(303)
    assert attempts(api, document) == []


def test_a_form_of_another_invoice(api, account, payer):
    one, other = payer(invoice(api, account, 100)), invoice(api, account, 100)
    one.look()
    payer(other).send(nonce=one.nonce(), payment_method="sandbox_ok").expect(303)
    assert attempts(api, other) == []


def test_what_is_no_form(api, account, payer):
    document = invoice(api, account, 100)
    someone = payer(document)
    for answer in (someone.client.post(someone.path, {"payment_method": "sandbox_ok"}), someone.client.send("PUT", someone.path, b""),
                   someone.client.send("DELETE", someone.path)):
        assert answer.status in (405, 415)
    assert attempts(api, document) == []
    someone.look()


def test_a_kept_method_is_not_the_links_to_use(api, account, payer):
    kept = api.post("/v1/payment_methods", {"account_id": account["id"], "token": "sandbox_ok"}).expect(201).json
    document = invoice(api, account, 100)
    someone = payer(document)
    someone.look()
    assert someone.send(nonce=someone.nonce(), payment_method=kept["id"]).status == 422
    assert attempts(api, document) == []


def test_where_no_processor_is_connected_the_page_says_how_to_transfer(new_tenant, product):
    own = new_tenant("transfer", sandbox=False, roles=())
    api = own.program()
    entity = api.get("/v1/entities").json["data"][0]
    api.patch(f"/v1/entities/{entity['id']}", {"bank_accounts": [{"bank": "Erste Bank", "iban": "AT611904300234573201", "bic": "BKAUATWW"}]},
              entity).expect(200)
    document = invoice(api, new_account(api, locale="en-GB"), 100)
    someone = Payer(product, link(api, document)["url"])
    someone.look()
    assert "<form" not in someone.page
    for words in ("By bank transfer", "AT611904300234573201", "BKAUATWW", "Erste Bank", document["number"]):
        assert words in someone.text
    someone.send(nonce="x", payment_method="sandbox_ok").expect(303)
    assert attempts(api, document) == []


def test_its_log_holds_no_token(api, account, payer, product):
    document = invoice(api, account, 100)
    someone = payer(document)
    someone.look()
    someone.look("/pay/" + "q" * 60, 404)
    secret = someone.path.rsplit(".", 1)[1]
    wait_for(lambda: '"/pay/*"' in product.log("nginx-access"), 10, "nginx' log")
    assert '"route":"/pay/{token}"' in product.log("billfold-api")
    for log in (product.home / "log").iterdir():
        text = log.read_text(errors="replace")
        assert secret not in text and "q" * 60 not in text, log.name
