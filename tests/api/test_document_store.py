"""Documents in a bucket: an invoice's PDF is made, kept, mailed and read there; what is wrong over there is told, and never handed out.

A product of this module's own, whose store is the stand-in for S3.
"""
import hashlib
import json
import os
import shutil
import struct
import uuid
import zlib

import pytest

from harness.mail import Mail
from harness.problem import problem
from harness.product import Product
from harness.s3 import S3, SECRET_KEY
from harness.wait import wait_for

AWAY = {"do": "cut_before", "times": None}


@pytest.fixture(scope="module")
def s3():
    stand_in = S3().start()
    yield stand_in
    stand_in.stop()


@pytest.fixture(scope="module")
def house(s3):
    made = Product()
    secret = made.home / "store-secret"
    secret.touch(0o600)
    secret.write_text(SECRET_KEY + "\n")
    made.settings += "\n" + s3.settings(secret)
    try:
        if os.getuid() == 0:
            shutil.chown(secret, "billfold")
        made.start()
        made.shop = made.tenant("bucket", roles=("owner",))
        yield made
    finally:
        made.stop()


@pytest.fixture
def api(house, s3):
    s3.fail()
    yield house.shop.program()
    s3.fail()


def finalized(api, name):
    account = api.post("/v1/accounts", {
        "legal_name": name, "invoice_address": {"line1": "Ring 1", "city": "Wien", "postal_code": "1010", "country": "AT"},
        "contacts": [{"name": "Pay", "email": f"pay@{name}.example", "roles": ["billing"]}]}).expect(201).json
    draft = api.post("/v1/invoices", {"account_id": account["id"], "lines": [{"description": "Work", "unit_price": "100"}]}).expect(201).json
    return api.post(f"/v1/invoices/{draft['id']}/finalize", {}).expect(200).json


def paper(api, invoice):
    return api.get(f"/v1/invoices/{invoice['id']}/pdf")


def made(api, invoice, seconds=120):
    return wait_for(lambda: (answer := paper(api, invoice)).status == 200 and answer, seconds, "the PDF")


def key_of(house, pdf):
    sha = pdf.headers["ETag"].strip('"')
    return f"billfold/{house.shop.id}/{sha[:2]}/{sha[2:4]}/{sha}"


def attached(house, name):
    message, = Mail(house.facts["mail"]).wait(f"pay@{name}.example", seconds=60)
    part, = message.iter_attachments()
    return part.get_content()


def store_check(house, *words):
    ran = house.command("--json", "doctor", *words, check=False)
    return {each["check"]: each for each in json.loads(ran.stdout)["checks"]}


def test_an_invoice_is_kept_mailed_and_read(house, api, s3):
    invoice = finalized(api, "kept")
    pdf = made(api, invoice)
    assert pdf.body.startswith(b"%PDF-")
    api.post(f"/v1/invoices/{invoice['id']}/send").expect(200)
    assert attached(house, "kept") == pdf.body
    there = s3.state()
    assert there["objects"][key_of(house, pdf)]["size"] == len(pdf.body)
    assert there["violations"] == []
    assert not (house.home / "state" / "documents").exists()


def test_doctor_writes_and_reads(house, api, s3):
    made(api, finalized(api, "doctor"))
    found = store_check(house, "--invariants")
    assert found["store"]["state"] == "ok" and s3.url in found["store"]["words"]
    assert found["I20 document.store"]["state"] == "ok"
    s3.fail({"do": "forbidden", "method": "PUT", "times": None})
    found = store_check(house)["store"]
    assert found["state"] == "failed" and found["hint"] and "403 AccessDenied" in found["words"]
    assert SECRET_KEY not in str(found)


def test_a_store_that_is_away_holds_up_nothing_but_paper(house, api, s3):
    earlier = finalized(api, "earlier")
    pdf = made(api, earlier)
    s3.fail(AWAY)
    later = finalized(api, "second")
    assert later["status"] == "open" and later["number"]
    with house.database() as connection, connection.cursor() as cursor:
        def waits():
            cursor.execute("SELECT state, attempts FROM job.job WHERE kind = 'render_pdf' AND payload ->> 'invoice_id' = %s"
                           " AND last_error = 'the document store is away' AND state <> 'leased'", (later["id"],))
            return cursor.fetchone()

        assert wait_for(waits, 30, "the job to be put off") == ("scheduled", 0)
    api.post(f"/v1/invoices/{later['id']}/send").expect(200)
    assert paper(api, later).status == 404  # not made yet
    answer = paper(api, earlier)
    told = problem(answer, (503,))
    assert told["code"] == "unavailable" and int(answer.headers["Retry-After"]) >= 1
    assert s3.url.split(":")[-1].encode() not in answer.body and b"documents" not in answer.body
    s3.fail()
    assert made(api, earlier).body == pdf.body
    assert attached(house, "second") == made(api, later).body
    assert SECRET_KEY not in "".join(house.log(name) for name in ("billfold-api", "billfold-invoiced", "billfold-maild"))


def png():
    """Four red dots."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(2 * (b"\0" + 2 * b"\xc8\0\0"))) + chunk(b"IEND", b""))


def test_a_paper_waits_for_its_logo_and_not_for_one_that_is_gone(house, s3):
    """What is made first is the paper for ever."""
    s3.fail()
    shop = house.tenant("logo", roles=("owner",))
    api, sha, logo = shop.program(), hashlib.sha256(png()).hexdigest(), str(uuid.uuid4())
    entity = api.get("/v1/entities").expect(200).json["data"][0]
    with house.database() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant', %s, false), set_config('app.actor', 'worker:test', false)", (shop.id,))
        cursor.execute("INSERT INTO document.file (tenant_id, id, object, object_id, kind, name, media_type, size, sha256)"
                       " VALUES (%s, %s, 'entity', %s, 'logo', 'logo.png', 'image/png', %s, %s)",
                       (shop.id, logo, entity["id"], len(png()), sha))
    api.patch(f"/v1/entities/{entity['id']}", {"logo_file_id": logo}, entity).expect(200)
    key = f"billfold/{shop.id}/{sha[:2]}/{sha[2:4]}/{sha}"
    s3.tamper(key, png())
    s3.fail({"do": "forbidden", "method": "GET", "times": None})  # what is put would be taken
    invoice = finalized(api, "logo")
    with house.database() as connection, connection.cursor() as cursor:
        def waits():
            cursor.execute("SELECT state, attempts FROM job.job WHERE tenant_id = %s AND kind = 'render_pdf'"
                           " AND last_error = 'the document store is away' AND state <> 'leased'", (shop.id,))
            return cursor.fetchone()

        assert wait_for(waits, 30, "the job to be put off") == ("scheduled", 0)
    assert paper(api, invoice).status == 404
    s3.fail()
    assert b"/Image" in made(api, invoice).body
    s3.control("/remove", key=key)
    assert b"/Image" not in made(api, finalized(api, "bare")).body
    wait_for(lambda: any("without its logo" in line and sha in line for line in house.log("billfold-invoiced").splitlines()), what="the word about it")


def test_bytes_that_somebody_changed_are_never_handed_out(house, api, s3):
    invoice = finalized(api, "changed")
    pdf = made(api, invoice)
    s3.tamper(key_of(house, pdf), pdf.body.replace(b"%PDF-1.", b"%PDF-9."))
    answer = paper(api, invoice)
    problem(answer, (500,))
    assert b"%PDF" not in answer.body
    api.post(f"/v1/invoices/{invoice['id']}/send").expect(200)
    with house.database() as connection, connection.cursor() as cursor:
        def refused():
            cursor.execute("SELECT last_error FROM job.job WHERE kind = 'send_document' AND state IN ('scheduled', 'dead') AND last_error IS NOT NULL"
                           " AND tenant_id = %s AND last_error LIKE '%%damaged%%'", (house.shop.id,))
            return cursor.fetchone()

        wait_for(refused, 30, "the mail to be refused")
    assert Mail(house.facts["mail"]).messages("pay@changed.example") == []
    s3.tamper(key_of(house, pdf), pdf.body)
    assert made(api, invoice).body == pdf.body


def test_a_file_that_is_gone_is_no_file_to_wait_for(house, api, s3):
    invoice = finalized(api, "gone")
    s3.control("/remove", key=key_of(house, made(api, invoice)))
    problem(paper(api, invoice), (500,))
