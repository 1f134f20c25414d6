"""Whether mails about invoices are looked at (R45): told per mail, never a change of state, never an error, never much to write."""
import re

import pytest
from harness.content import fingerprint
from harness.wait import wait_for

READER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}
PROXY = {"User-Agent": "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"}
SCANNER = {"User-Agent": "Mozilla/5.0 (compatible; bingbot/2.0)"}


class Letter:
    """An invoice that was mailed, and the mail."""

    def __init__(self, api, mail, product):
        account = api.post("/v1/accounts", {"legal_name": "Alpenblick Hotel GmbH", "invoice_address": {"line1": "Seestrasse 1", "city": "Wien",
                           "postal_code": "1010", "country": "AT"}, "contacts": [{"name": "Office", "email": "office@viewing.example",
                                                                               "roles": ["billing"]}]}).expect(201).json
        self.api, self.product = api, product
        self.invoice = api.post("/v1/invoices", {"account_id": account["id"], "finalize": True,
                                                 "lines": [{"description": "Work", "unit_price": "100"}]}).expect(201).json
        api.post(f"/v1/invoices/{self.invoice['id']}/send").expect(200)
        wait_for(lambda: self.delivery()["state"] == "sent", 30, "the mail")
        self.message = mail.wait("office@viewing.example", self.invoice["number"])[-1]
        self.html = self.message.get_body(("html",)).get_content()
        self.text = self.message.get_body(("plain",)).get_content()

    def delivery(self):
        return self.api.get("/v1/deliveries", invoice_id=self.invoice["id"]).expect(200).json["data"][0]

    def viewings(self):
        return self.api.get(f"/v1/invoices/{self.invoice['id']}/viewings").expect(200).json["data"]

    def picture(self):
        return self.path(re.search(r'<img src="([^"]+/o/[^"]+)" width="1" height="1" alt="">', self.html).group(1))

    def link(self):
        return self.path(re.search(r"https?://\S+/pay/\S+", self.text).group())

    def path(self, url):
        return re.sub(r"^https?://[^/]+", "", url)

    def look(self, path, agent=READER):
        return self.product.client().get(path, headers=agent)


@pytest.fixture(scope="module")
def api(new_tenant):
    return new_tenant("viewing").program()


@pytest.fixture
def letter(api, mail, product):
    return Letter(api, mail, product)


def test_an_opened_mail_is_told_and_nothing_changes(letter, sql):
    tag = letter.api.get(f"/v1/deliveries/{letter.delivery()['id']}").expect(200).etag
    invoice = letter.api.get(f"/v1/invoices/{letter.invoice['id']}").expect(200).json
    assert letter.delivery()["opened_at"] is None and letter.viewings() == []
    answer = letter.look(letter.picture()).expect(200)
    assert answer.headers["Content-Type"] == "image/gif" and answer.body[:6] == b"GIF89a"
    assert "no-store" in answer.headers["Cache-Control"] and answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    delivery = letter.delivery()
    assert delivery["opened_at"] and delivery["state"] == "sent" and delivery["page_viewed_at"] is None
    row, = letter.viewings()
    assert (row["delivery_id"], row["channel"], row["agent"], row["times"]) == (delivery["id"], "mail", "person", 1)
    assert letter.api.get(f"/v1/deliveries/{delivery['id']}").etag == tag
    assert letter.api.get(f"/v1/invoices/{letter.invoice['id']}").json == invoice
    with sql.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM job.event WHERE object_id = %s AND type NOT IN ('delivery.sent')", (delivery["id"],))
        assert cursor.fetchone()[0] == 0


def test_the_page_and_the_paper_behind_the_link(letter):
    page = letter.look(letter.link()).expect(200)
    paper = letter.look(re.search(r'href="(/pay/[^"]+/pdf[^"]*)"', page.body.decode()).group(1).replace("&amp;", "&")).expect(200)
    assert paper.headers["Content-Type"] == "application/pdf" and paper.body.startswith(b"%PDF-")
    assert "no-store" in paper.headers["Cache-Control"] and paper.headers["Content-Disposition"].startswith("attachment")
    delivery = letter.delivery()
    assert delivery["page_viewed_at"] and delivery["downloaded_at"] and delivery["opened_at"] is None
    assert [(v["channel"], v["agent"]) for v in letter.viewings()] == [("page", "person"), ("pdf", "person")]
    bare = letter.link().split("?")[0]  # what stands on paper belongs to no mail
    letter.look(bare).expect(200)
    letter.look(bare + "/pdf").expect(200)
    assert [v["times"] for v in letter.viewings()] == [1, 1]


def test_programs_are_told_from_people(letter):
    for agent in (SCANNER, {}, {"User-Agent": "curl/8.0"}):
        letter.look(letter.picture(), agent).expect(200)
        letter.look(letter.link(), agent).expect(200)
    assert {v["agent"] for v in letter.viewings()} == {"program"}
    delivery = letter.delivery()
    assert delivery["opened_at"] is None and delivery["page_viewed_at"] is None
    letter.look(letter.picture(), PROXY).expect(200)
    assert letter.delivery()["opened_at"] and {v["agent"] for v in letter.viewings()} == {"program", "proxy"}


def test_who_asks_again_and_again_writes_once(letter, sql):
    def writes():
        with sql.cursor() as cursor:
            cursor.execute("SELECT xmin::text, times FROM document.viewing WHERE delivery_id = %s", (letter.delivery()["id"],))
            return cursor.fetchall()

    letter.look(letter.picture())
    before = writes()
    assert len(before) == 1
    client = letter.product.client()
    for _ in range(50):
        client.get(letter.picture(), headers=READER).expect(200)
    assert writes() == before or [row[1] for row in writes()] == [2]  # ten seconds may have passed, once
    with sql.cursor() as cursor:
        cursor.execute("UPDATE document.viewing SET last_at = last_at - interval '11 seconds' WHERE delivery_id = %s", (letter.delivery()["id"],))
    now = letter.viewings()[0]["times"]
    letter.look(letter.picture())
    assert letter.viewings()[0]["times"] == now + 1


def test_it_is_never_an_error_and_leads_nowhere(letter, product, other, sql):
    picture = letter.picture()
    prefix, token = picture.rsplit("/", 1)
    tenant, tag = token.split(".")
    changed = tag[:-1] + ("a" if tag[-1] != "a" else "b")
    before = fingerprint(sql)
    for wrong in ("x", "-", "%25", token[:-1], f"{tenant}.{changed}", f"{other.id}.{tag}", f"{tenant}.b{tag[1:]}", "y" * 2000, f"{tenant}."):
        answer = letter.look(f"{prefix}/{wrong}")
        assert (answer.status, answer.body[:6]) == (200, b"GIF89a"), wrong
    letter.look(f"{letter.link().split('?')[0]}?m={changed}").expect(200)
    product.client().head(picture, headers=READER).expect(200)
    assert fingerprint(sql) == before


def test_a_tenant_may_not_want_to_know(letter, mail, product):
    api = letter.api
    for value in ("no", 1, []):
        problem = api.patch("/v1/settings", {"settings": {"mail_tracking": value}}, api.get("/v1/settings").etag).expect(422).json
        assert problem["errors"][0]["pointer"] == "/settings/mail_tracking"
    api.patch("/v1/settings", {"settings": {"mail_tracking": False}}, api.get("/v1/settings").etag).expect(200)
    try:
        letter.look(letter.picture()).expect(200)  # of before
        letter.look(letter.link()).expect(200)
        assert letter.viewings() == []
        silent = Letter(api, mail, product)
        assert "/o/" not in silent.html and "?m=" not in silent.text and "?m=" not in silent.html
    finally:
        api.patch("/v1/settings", {"settings": {"mail_tracking": True}}, api.get("/v1/settings").etag).expect(200)


def test_whose_it_is(letter, other_program, tenant):
    letter.look(letter.picture())
    path = f"/v1/invoices/{letter.invoice['id']}/viewings"
    assert other_program.get(path).status == 404
    assert letter.product.client().get(path).status == 401


def test_logs_hold_no_token(letter, product):
    token = letter.picture().rsplit("/", 1)[1]
    letter.look(letter.picture())
    wait_for(lambda: '"/o/*"' in product.log("nginx-access"), 10, "nginx' log")
    assert token not in product.log("nginx-access") and token not in product.log("billfold-api")
