"""Mail that comes back: what was not delivered is known, and what people answer is read, once, and of nobody else.

Postfix and Dovecot run for real (harness/mailhost.py). A product of its own reads the mailbox every second.
"""
import email.message
import json
import os
import re
import secrets
import shutil
import signal
import subprocess

import pytest
from harness.mailhost import ADDRESS, MailHost
from harness.product import Product
from harness.sandbox import Sandbox
from harness.wait import wait_for

pytestmark = pytest.mark.skipif(not (shutil.which("postfix") and shutil.which("dovecot")) or os.getuid() != 0,
                                reason="Postfix and Dovecot, and root to start Postfix, are needed")


@pytest.fixture(scope="module")
def host():
    made = MailHost().start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def house(host, product):
    made = Product(settings=host.settings(more="imap_every = 1\n")).start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def database(house):
    connection = house.database()
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def seller(house):
    return Seller(house)


class Seller:
    def __init__(self, house):
        self.house = house
        self.tenant = house.tenant("seller")
        self.api = self.tenant.program()

    def account(self, *addresses):
        return self.api.post("/v1/accounts", {
            "legal_name": "Alpenblick Hotel GmbH", "payment_terms": 14,
            "invoice_address": {"line1": "Seestrasse 1", "city": "Wien", "postal_code": "1010", "country": "AT"},
            "contacts": [{"name": f"Office {n}", "email": address, "roles": ["billing"]} for n, address in enumerate(addresses)]}).expect(201).json

    def invoice(self, account):
        return self.api.post("/v1/invoices", {"account_id": account["id"], "finalize": True,
                                              "lines": [{"description": "Work", "unit_price": "100"}]}).expect(201).json

    def send(self, invoice):
        self.api.post(f"/v1/invoices/{invoice['id']}/send").expect(200, 202)
        return invoice

    def read(self, invoice):
        return self.api.get(f"/v1/invoices/{invoice['id']}").expect(200).json

    def deliveries(self, invoice):
        return self.api.get("/v1/deliveries", invoice_id=invoice["id"]).expect(200).json["data"]

    def mails(self, invoice, **more):
        return self.api.get("/v1/mails", invoice_id=invoice["id"], **more).expect(200).json["data"]

    def tasks(self, invoice, state="open"):
        return [t for t in self.api.all("/v1/tasks") if t["invoice_id"] == invoice["id"] and t["kind"] == "delivery_failed" and t["state"] == state]

    def timeline(self, invoice):
        return [e["type"] for e in self.api.get(f"/v1/accounts/{invoice['account_id']}/timeline", limit=200).expect(200).json["data"]]

    def sent(self, address=None):
        """An invoice that the mail host has taken: with its only delivery."""
        invoice = self.send(self.invoice(self.account(address or f"{secrets.token_hex(4)}@buyer.example")))
        delivery = wait_for(lambda: next((d for d in self.deliveries(invoice) if d["state"] == "sent"), None), 30, "the mail")
        return invoice, delivery


def tag_address(host, house, delivery, kind="r"):
    """Where an answer to the delivery goes: the tag of its Message-ID is no other's, so it is asked of the mail host's log."""
    def logged():
        log = host.log("postfix")
        queues = re.findall(r"(\w+): message-id=<" + re.escape(delivery["message_id"]) + ">", log)
        return queues and re.findall(queues[-1] + r": from=<([^>]*)>", log)

    return wait_for(logged, what="the mail host's word")[-1]


def answer(delivery, text="Thank you, it is paid tomorrow.", **headers):
    message = email.message.EmailMessage()
    message["From"] = "Anna Office <anna@buyer.example>"
    message["To"] = ADDRESS
    message["Subject"] = "Re: Your invoice"
    message["Message-ID"] = f"<{secrets.token_hex(8)}@buyer.example>"
    message["In-Reply-To"] = f"<{delivery['message_id']}>"
    message["Date"] = "Fri, 27 Nov 2026 10:00:00 +0100"
    for name, value in headers.items():
        del message[name.replace("_", "-")]
        if value:
            message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def report(delivery, recipient="office@buyer.example", action="failed", status="5.1.1", diagnostic="smtp; 550 5.1.1 no such user", to=ADDRESS):
    """What a mail system writes of a mail that it had (RFC 3464)."""
    return (f"Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.buyer.example\r\nTo: {to}\r\nSubject: Undelivered\r\nMessage-ID: <{secrets.token_hex(8)}@mx.buyer.example>\r\n"
            "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=B\r\n\r\n"
            "--B\r\nContent-Type: text/plain\r\n\r\nIt did not get there.\r\n"
            "--B\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.buyer.example\r\n\r\n"
            f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\nDiagnostic-Code: {diagnostic}\r\n\r\n"
            f"--B\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{delivery['message_id']}>\r\nSubject: Your invoice\r\n\r\n--B--\r\n").encode()


def read_up_to(host, database, uid):
    """Until the product has gone past this mail."""
    def past():
        with database.cursor() as cursor:
            cursor.execute("SELECT last_uid FROM connect.mailbox")
            row = cursor.fetchone()
            return row and row[0] >= uid

    wait_for(past, 30, f"mail {uid} to be read")


# ---- what was not delivered ----

def test_an_invoice_that_comes_back_is_known_and_somebody_has_a_task(seller, host):
    invoice = seller.send(seller.invoice(seller.account("nobody@refused.example")))
    wait_for(lambda: seller.read(invoice)["delivery_status"] == "bounced", 40, "the bounce")
    delivery = seller.deliveries(invoice)[0]
    assert (delivery["state"], delivery["bounce_class"], delivery["bounce_status"]) == ("bounced", "hard", "5.1.1")
    assert "There is nobody of this name" in delivery["reply"] and delivery["bounced_at"] and delivery["sent_at"]
    task, = seller.tasks(invoice)
    assert "nobody@refused.example" in task["body"]
    mail, = seller.mails(invoice)
    assert (mail["kind"], mail["delivery_id"], mail["account_id"]) == ("bounce", delivery["id"], invoice["account_id"])
    assert {"delivery.bounced", "invoice.bounced", "mail.bounced", "task.created"} <= set(seller.timeline(invoice))
    wait_for(lambda: "invoice.bounced" in [e["type"] for e in seller.api.all("/v1/events") if e["id"] == invoice["id"]], what="the event")
    assert seller.read(invoice)["status"] == "open"  # what was not delivered is owed all the same


def test_of_two_who_get_it_one_is_told_of(seller):
    invoice = seller.send(seller.invoice(seller.account("nobody@refused.example", "second@buyer.example")))
    wait_for(lambda: sorted(d["state"] for d in seller.deliveries(invoice)) == ["bounced", "sent"], 40, "the bounce")
    assert seller.read(invoice)["delivery_status"] == "sent"  # it has arrived
    assert "nobody@refused.example" in seller.tasks(invoice)[0]["body"]


def test_another_contact_gets_it(seller, host, database):
    invoice, delivery = seller.sent()
    seller.api.post("/v1/contacts", {"account_id": invoice["account_id"], "name": "Second", "email": "second@buyer.example",
                                     "roles": ["billing"]}).expect(201)
    read_up_to(host, database, host.put(report(delivery)))
    wait_for(lambda: seller.read(invoice)["delivery_status"] == "sent", 30, "it to be sent")
    assert [(d["recipient"], d["state"]) for d in seller.deliveries(invoice)] == [(delivery["recipient"], "bounced"), ("second@buyer.example", "sent")]
    assert seller.tasks(invoice) == [] and len(seller.tasks(invoice, "done")) == 1


def test_a_full_mailbox_is_no_bad_address(seller):
    invoice = seller.send(seller.invoice(seller.account("office@full.example")))
    wait_for(lambda: seller.read(invoice)["delivery_status"] == "bounced", 40, "the bounce")
    delivery = seller.deliveries(invoice)[0]
    assert (delivery["bounce_class"], delivery["bounce_status"]) == ("soft", "5.2.2")
    assert "may be sent again" in seller.tasks(invoice)[0]["body"]


def test_an_address_that_was_mended_and_sending_again_closes_the_task(seller):
    account = seller.account("nobody@refused.example")
    invoice = seller.send(seller.invoice(account))
    wait_for(lambda: seller.tasks(invoice), 40, "the task")
    contact = seller.api.get(f"/v1/contacts/{account['contacts'][0]['id']}").expect(200)
    seller.api.patch(f"/v1/contacts/{contact.json['id']}", {"email": "mended@buyer.example"}, contact.etag).expect(200)
    seller.send(invoice)
    wait_for(lambda: seller.read(invoice)["delivery_status"] == "sent", 30, "it to be sent again")
    assert seller.tasks(invoice) == [] and len(seller.tasks(invoice, "done")) == 1
    assert [d["recipient"] for d in seller.deliveries(invoice)][-1] == "mended@buyer.example"


def test_an_old_bounce_takes_nothing_back(seller, host, database):
    invoice, first = seller.sent()
    seller.send(invoice)
    wait_for(lambda: [d["state"] for d in seller.deliveries(invoice)] == ["sent", "sent"], 30, "the second mail")
    read_up_to(host, database, host.put(report(first)))
    assert [d["state"] for d in seller.deliveries(invoice)] == ["bounced", "sent"]
    assert seller.read(invoice)["delivery_status"] == "sent" and seller.tasks(invoice) == []


def test_the_same_bounce_again_is_nothing(seller, host, database):
    invoice, delivery = seller.sent()
    bytes_ = report(delivery)
    host.put(bytes_)
    host.put(b"Received: from elsewhere\r\n" + bytes_)
    read_up_to(host, database, host.put(report(delivery)))  # another report of the same

    def told():
        return [e["type"] for e in seller.api.all("/v1/events") if e["id"] in (invoice["id"], delivery["id"])]

    wait_for(lambda: {"invoice.bounced", "delivery.bounced"} <= set(told()), what="the events")
    assert told().count("invoice.bounced") == 1 and told().count("delivery.bounced") == 1
    task, = seller.tasks(invoice)
    assert task["occurrences"] == 1 and len(seller.mails(invoice)) == 2


def test_what_is_late_or_read_is_no_failure(seller, host, database):
    invoice, delivery = seller.sent()
    host.put(report(delivery, action="delayed", status="4.4.1", diagnostic="smtp; 451 later"))
    read_up_to(host, database, host.put(report(delivery, action="delivered", status="2.0.0", diagnostic="smtp; 250 ok")))
    assert sorted(m["kind"] for m in seller.mails(invoice)) == ["delay", "notice"]
    assert seller.read(invoice)["delivery_status"] == "sent" and seller.tasks(invoice) == []


@pytest.mark.parametrize("words", [
    {"X-Failed-Recipients": "office@buyer.example", "body": "This message was created automatically by mail delivery software.\n550 5.1.1 unknown user"},
    {"body": "Hi. This is the qmail-send program at mx.buyer.example.\nI'm afraid I wasn't able to deliver.\n550 no mailbox #5.1.1"},
], ids=["exim", "qmail"])
def test_notices_that_are_no_reports_count_where_refusals_go(seller, host, house, database, words):
    invoice, delivery = seller.sent()
    words = dict(words)
    body = words.pop("body")
    plain = answer(delivery, body, From="MAILER-DAEMON@mx.buyer.example", Return_Path="<>", In_Reply_To=None, **words)
    uid = host.put(plain)  # to our address as everybody knows it, about nothing: nobody's
    read_up_to(host, database, uid)
    assert seller.read(invoice)["delivery_status"] == "sent" and "\\Seen" not in host.flags()[uid]
    plain.replace_header("To", tag_address(host, house, delivery))
    read_up_to(host, database, host.put(plain))
    assert seller.read(invoice)["delivery_status"] == "bounced"
    assert seller.deliveries(invoice)[0]["bounce_class"] == "hard"


# ---- what people answer ----

def test_a_reply_is_on_the_invoice_and_in_the_accounts_history(seller, host, database):
    invoice, delivery = seller.sent()
    message = answer(delivery, "Grüße – it is paid tomorrow.\n\n> Your invoice", Subject="Re: Änderung")
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="order.pdf")
    host.post(message, "anna@buyer.example", ADDRESS)
    mail = wait_for(lambda: next(iter(seller.mails(invoice)), None), 30, "the reply")
    assert (mail["kind"], mail["sender"], mail["sender_name"], mail["subject"]) == ("reply", "anna@buyer.example", "Anna Office", "Re: Änderung")
    assert mail["attachments"] == [{"name": "order.pdf", "media_type": "application/pdf", "size": 5}]
    assert mail["sent_at"] == "2026-11-27T09:00:00.000000Z"
    whole = seller.api.get(f"/v1/mails/{mail['id']}").expect(200).json
    assert whole["text"].startswith("Grüße – it is paid tomorrow.")
    entries = seller.api.get(f"/v1/accounts/{invoice['account_id']}/timeline", object="mail").expect(200).json["data"]
    assert [(e["type"], e["subject"]["subject"]) for e in entries] == [("mail.replied", "Re: Änderung")]
    assert seller.read(invoice)["delivery_status"] == "sent" and seller.tasks(invoice) == []
    wait_for(lambda: "\\Seen" in host.flags()[max(host.flags())], 10, "the mark in the mailbox")


def test_a_reply_to_the_tagged_address_needs_no_message_id(seller, host, house, database):
    invoice, delivery = seller.sent()
    where = tag_address(host, house, delivery)
    host.post(answer(delivery, In_Reply_To=None, To=where), "anna@buyer.example", where)
    wait_for(lambda: [m["kind"] for m in seller.mails(invoice)] == ["reply"], 30, "the reply")


def test_what_a_program_answers_is_told_apart(seller, host, database):
    invoice, delivery = seller.sent()
    host.put(answer(delivery, "I am away.", Auto_Submitted="auto-replied (vacation)"))
    read_up_to(host, database, host.put(answer(delivery, "Ticket 4711", Precedence="bulk")))
    assert [m["kind"] for m in seller.mails(invoice)] == ["auto_reply", "auto_reply"]
    assert "mail.replied" not in seller.timeline(invoice) and seller.mails(invoice, kind="reply") == []


def test_a_renewals_mail_is_answered_and_comes_back_as_an_invoices_does(house, host, database):
    """R41, R77: the answer to a notice is the subscription's; one that comes back opens a task and goes to another contact."""
    shop = Sandbox(house.tenant("renewing"))
    accounts = [shop.account(contacts=[{"name": "Anna", "email": address, "roles": ["billing"]}])
                for address in ("anna@buyer.example", "nobody@refused.example")]
    answered, refused = (shop.api.post("/v1/subscriptions", {
        "account_id": account["id"], "name": "Care", "term": 1, "start_date": f"{shop.year}-02-27", "billing_mode": "finalize",
        "items": [{"description": "Care", "unit_price": "49", "recurring": "month"}]}).expect(201).json for account in accounts)
    shop.to("03-21")

    def sent(subscription, recipient, state):
        return wait_for(lambda: [d for d in shop.api.all("/v1/deliveries", subscription_id=subscription["id"])
                                 if (d["recipient"], d["state"]) == (recipient, state)], 40, state)[0]

    delivery = sent(answered, "anna@buyer.example", "sent")
    read_up_to(host, database, host.put(answer(delivery, "We do not want another year.")))
    mail, = shop.api.all("/v1/mails", subscription_id=answered["id"])
    assert (mail["kind"], mail["invoice_id"], mail["account_id"]) == ("reply", None, answered["account_id"])
    entry, = shop.api.get(f"/v1/accounts/{answered['account_id']}/timeline", object="mail").expect(200).json["data"]
    assert (entry["subject"]["subscription_id"], entry["subject"]["text"].strip()) == (answered["id"], "We do not want another year.")
    assert sent(refused, "nobody@refused.example", "bounced")["bounce_status"] == "5.1.1"
    task, = [t for t in shop.api.all("/v1/tasks", account_id=refused["account_id"]) if t["title"] == "Mail refused: Care"]
    assert task["kind"] == "delivery_failed" and "nobody@refused.example" in task["body"]
    shop.api.post("/v1/contacts", {"account_id": refused["account_id"], "name": "Second", "email": "second@buyer.example",
                                   "roles": ["billing"]}).expect(201)
    shop.to("03-27", "00:30:00")
    sent(refused, "second@buyer.example", "sent")
    assert shop.api.get(f"/v1/tasks/{task['id']}").json["state"] == "done"


# ---- whose it is ----

def test_no_claim_leads_anywhere(seller, house, host, database):
    """A sender, an invoice's number, another tenant's ids: without our tag a mail is nobody's, and stays for people."""
    invoice, delivery = seller.sent()
    ident = delivery["message_id"]
    forged = ident[:-1 - len("billfold.example") - 3] + "aaa@billfold.example"
    assert forged != ident
    uids = [host.put(answer(delivery, In_Reply_To=value, Subject=f"Re: {invoice['number']} {invoice['id']} {delivery['id']}"))
            for value in (None, f"<{forged}>", f"<{delivery['id']}@billfold.example>", "<b" + ident[1:] + ">")]
    read_up_to(host, database, uids[-1])
    assert seller.mails(invoice) == []
    flags = host.flags()
    assert all("\\Seen" not in flags[uid] for uid in uids)
    other = Seller(house)
    assert other.api.get("/v1/mails").expect(200).json["data"] == []


def test_who_may_read_it(seller, host, database):
    invoice, delivery = seller.sent()
    read_up_to(host, database, host.put(answer(delivery)))
    mail, = seller.mails(invoice)
    assert seller.tenant.as_role("read_only").get(f"/v1/mails/{mail['id']}").status == 200
    nobody = seller.house.client()
    assert nobody.get(f"/v1/mails/{mail['id']}").status == 401
    assert seller.house.tenant("elsewhere").program().get(f"/v1/mails/{mail['id']}").status == 404
    for method in ("PATCH", "DELETE"):
        assert seller.api.send(method, f"/v1/mails/{mail['id']}", b"{}", {"Content-Type": "application/json"}).status == 405


# ---- hostile mail ----

def hostile(delivery):
    head = f"From: x@y.example\r\nTo: {ADDRESS}\r\nIn-Reply-To: <{delivery['message_id']}>\r\nMIME-Version: 1.0\r\n"
    deep = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(3000))
    yield "deep", (head + deep + "Content-Type: text/plain\r\n\r\nend\r\n").encode()
    yield "wide", (head + "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + "--b\r\n\r\nx\r\n" * 20000).encode()
    yield "charset", head.encode() + b"Content-Type: text/plain; charset=\"../../etc/passwd\"\r\n\r\n\xff\xfe\x00words\r\n"
    yield "controls", head.encode() + b"Subject: =?utf-8?B?YQANClg6IHk=?=\r\n\r\n\x00\x1b[31mred\xe2\x80\xae\r\n"
    yield "large", head.encode() + b"Subject: large\r\n\r\n" + b"0123456789abcde\n" * 300000
    yield "headers", head.encode() + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 50) for n in range(3000)) + b"\r\ntext\r\n"


def test_hostile_mail_is_read_as_far_as_it_goes(seller, host, database):
    invoice, delivery = seller.sent()
    uids = {name: host.put(bytes_) for name, bytes_ in hostile(delivery)}
    read_up_to(host, database, max(uids.values()))
    mails = seller.mails(invoice)
    assert len(mails) == len(uids)
    whole = [seller.api.get(f"/v1/mails/{m['id']}").expect(200).json for m in mails]
    assert all(len(m["text"]) <= 65536 and not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202e]", m["text"] + m["subject"]) for m in whole)
    assert [m["shortened"] for m in whole if m["subject"] == "large"] == [True]
    assert seller.read(invoice)["delivery_status"] == "sent"


# ---- once ----

def test_ids_that_were_given_anew_are_read_again_without_effect(seller, host, database):
    invoice, delivery = seller.sent()
    read_up_to(host, database, host.put(answer(delivery)))
    count = len(host.flags())

    def state():
        with database.cursor() as cursor:
            cursor.execute("SELECT uid_validity, last_uid FROM connect.mailbox")
            return cursor.fetchone()

    def rows():
        with database.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM document.mail")
            return cursor.fetchone()[0]

    before, validity = rows(), state()[0]
    host.renumber()
    wait_for(lambda: state()[0] != validity and state()[1] >= count, 60, "the mailbox to be read from its beginning")
    assert rows() == before and len(seller.mails(invoice)) == 1


def test_killed_at_any_moment_each_has_its_effect_once(seller, house, host, database):
    invoice, delivery = seller.sent()
    uids = []

    def children():
        return [int(p) for p in open(f"/proc/{house.pid('billfold-maild')}/task/{house.pid('billfold-maild')}/children").read().split()]

    def done():
        with database.cursor() as cursor:
            cursor.execute("SELECT last_uid FROM connect.mailbox")
            return cursor.fetchone()[0]

    for _ in range(3):
        seen = done()
        uids += [host.put(answer(delivery, f"Reply {n}")) for n in range(15)]
        wait_for(lambda: done() > seen, what="the first of them", every=0.001)
        for child in children():  # at work: in the middle of one mail or another
            os.kill(child, signal.SIGKILL)
        with database.cursor() as cursor:  # its turn is not waited for: the one that had it is dead
            cursor.execute("UPDATE connect.mailbox SET asked_at = now() - interval '1 hour'")
    read_up_to(host, database, uids[-1])
    mails = [m["message_id"] for m in seller.api.all("/v1/mails", invoice_id=invoice["id"])]
    assert len(mails) == len(uids) == len(set(mails))


def test_a_mail_that_kills_its_reader_is_passed_over(seller, house, host, database):
    invoice, delivery = seller.sent()
    with database.cursor() as cursor:
        cursor.execute("SELECT last_uid FROM connect.mailbox")
        cursor.execute("UPDATE connect.mailbox SET trying = last_uid + 1, tries = 5")
    poison = host.put(answer(delivery, "the sixth time"))
    read_up_to(host, database, host.put(answer(delivery, "the next one")))
    assert len(seller.mails(invoice)) == 1 and "\\Seen" not in host.flags()[poison]
    assert "a mail is passed over" in house.log("billfold-maild")


# ---- the mailbox's server ----

def looked_at(house, changes):
    """What doctor says of the mailbox with other settings."""
    lines = (house.home / "etc" / "billfold.conf").read_text().splitlines()
    kept = [line for line in lines if line.split("=")[0].strip() not in changes]
    other = house.home / "etc" / "other.conf"
    other.write_text("\n".join(kept + [f'{name} = "{value}"' for name, value in changes.items()]) + "\n")
    other.chmod(0o644)
    done = subprocess.run(["setpriv", "--reuid=billfold", "--regid=billfold", "--init-groups", "--", str(house.app / "bin" / "billfold"), "-c", str(other),
                           "--json", "doctor"], capture_output=True, text=True)
    return {c["check"]: c for c in json.loads(done.stdout)["checks"]}["mailbox"]


def test_a_server_is_who_it_says_and_nobody_listens(house, host):
    assert looked_at(house, {})["state"] == "ok"
    assert looked_at(house, {"imap_url": f"imap://127.0.0.1:{host.imap}"})["state"] == "ok"  # STARTTLS
    for changes, words in (({"imap_ca_file": ""}, "certificate"), ({"imap_url": f"imaps://localhost.localdomain:{host.imaps}"}, ""),
                           ({"imap_url": f"imap://127.0.0.1:{host.imap}", "imap_ca_file": ""}, "certificate"),
                           ({"imap_password": "wrong"}, "log-in"), ({"imap_folder": "Nothing"}, "refused"), ({"imap_url": "http://127.0.0.1"}, ""),
                           ({"mail_return": "a-name-too-long@billfold.example"}, "mail_return")):
        found = looked_at(house, changes)
        assert found["state"] == "failed" and words in found["words"] and "mailbox-secret" not in str(found), (changes, found)


def test_a_server_that_is_away_is_waited_for(seller, host, house, database):
    invoice, delivery = seller.sent()
    host.stop_dovecot()
    wait_for(lambda: house.metrics("billfold-maild").get("billfold_mailbox_failures_total", 0) > 0, 30, "the failure to be counted")
    found = {c["check"]: c for c in json.loads(house.command("--json", "doctor", check=False).stdout)["checks"]}["mailbox"]
    assert found["state"] == "failed" and found["hint"]
    host.restart_dovecot()
    read_up_to(host, database, host.put(answer(delivery)))
    assert len(seller.mails(invoice)) == 1
    found = {c["check"]: c for c in json.loads(house.command("--json", "doctor", check=False).stdout)["checks"]}["mailbox"]
    assert found["state"] == "ok" and ADDRESS in found["words"]
