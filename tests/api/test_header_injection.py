"""What people write stays where they wrote it: no line of it becomes a header, a recipient or the name of a file.

ASVS 1.3.11 and 1.2.1. A name may be as odd as people make it, line ends and all: on its way into a mail it is made
one line and encoded (RFC 2047). NUL is refused everywhere, an address that is not one address at the door. The
envelope has the recipient alone.
"""
import email.header
import re
import secrets

import pytest

from harness.billing import new_account
from harness.problem import pointers, problem
from harness.wait import wait_for
from test_imports import counts, finished

EVE = "eve@evil.example"
BREAKS = ["\r\nBcc: " + EVE, "\nX-Evil: 1", "\rCc: " + EVE, "\r\n\r\nHello", "\x0b", "\x1b[31m", "\x7f", "\x01", "\t"]
ADDRESSES = ["a@b.example" + tail for tail in BREAKS] + [
    "a@b.example, " + EVE, "a@b.example;" + EVE, "a@b.example " + EVE, "<a@b.example>", "A <a@b.example>", '"a\r\n"@b.example', "a\r\n@b.example",
    "a@b.example>\r\nRCPT TO:<" + EVE, "a@@b.example", "a(b)@b.example", "a\\@b.example", "jörg@b.example", "ａ@b.example"]
# As odd as a name may be: each a way in where somebody does not encode.
ODD = ['Öffner "Quoted" <' + EVE + ">, Bcc: " + EVE, "=?utf-8?q?Bcc:_eve=40evil.example?=", "=?utf-8?B?DQpCY2M6IGV2ZUBldmlsLmV4YW1wbGU=?=",
       "a,b;c:d", "(comment)", "\u202eelpmaxe\u202c", "日本語株式会社", "line\u2028and\u2029paragraph\x85next", "x" * 190, "ß" * 190, "%0d%0aBcc: eve", "\\r\\nBcc: eve",
       "{{payer.name}} {{#.}}"]


ODD += ["Anne" + tail + "x" for tail in BREAKS]


def flat(text):
    return " ".join(re.split(r"[\x00-\x20\x7f]+", text))


def squeezed(text):
    return re.sub(r"[\x00-\x20\x7f]", "", text)


@pytest.fixture(scope="module")
def seller(new_tenant):
    return new_tenant("lines", roles=("owner",))


@pytest.fixture
def api(seller):
    return seller.program()


def put(body, path, value):
    """A copy of the body with the value at the path."""
    head, _, rest = path.partition("/")
    if isinstance(body, list):
        return [put(body[int(head)], rest, value)]
    return {**body, head: put(body.get(head, {}), rest, value) if rest else value}


# ---- at the door ----

def test_nul_is_refused(api):
    for path, body in (("/v1/accounts", {"legal_name": "a\0b"}), ("/v1/accounts", {"legal_name": "a", "contacts": [{"name": "a\0b"}]}),
                       ("/v1/deals", {"name": "a\0b"}), ("/v1/users", {"name": "a\0b", "email": "u@lines.example", "role": "sales"}),
                       ("/v1/templates", {"kind": "invoice", "locale": "fr", "subject": "a\0b"}), ("/v1/accounts", {"legal_name": "a", "po_number": "a\0b"})):
        problem(api.post(path, body), (400, 422))


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_one_address(api, address):
    for path, body, member in (("/v1/contacts", {"name": "C"}, "email"), ("/v1/accounts", {"legal_name": "A"}, "email"),
                               ("/v1/users", {"name": "U", "role": "sales"}, "email"),
                               ("/v1/accounts", {"legal_name": "A", "contacts": [{"name": "C"}]}, "contacts/0/email"),
                               ("/v1/entities", {"name": "E", "legal_name": "E", "base_currency": "EUR"}, "email")):
        assert pointers(problem(api.post(path, put(body, member, address)), 422)).get("/" + member) == "format", path


# ---- in a mail ----

OURS = {"return-path", "x-original-to", "received"}  # the catcher's own
HEADERS = {"from", "to", "reply-to", "subject", "date", "message-id", "mime-version", "content-type", "auto-submitted"}


def sound(message, recipient):
    """One mail to one recipient, with our headers once each and no others."""
    names = [name.lower() for name in message.keys() if name.lower() not in OURS]
    assert len(names) == len(set(names)) and set(names) <= HEADERS and HEADERS - {"reply-to"} <= set(names), names
    assert [str(a) for a in message.get_all("X-Original-To")] == [recipient]
    assert [a.addr_spec for a in message["To"].addresses] == [recipient]
    assert len(message["From"].addresses) == 1
    for line in message.as_bytes().split(b"\n"):
        assert len(line) <= 998


def name_of(message, header):
    """The name in an address header, as RFC 2047 has it decoded. (Python's own headers put blanks between encoded words.)"""
    whole = str(email.header.make_header(email.header.decode_header(dict(message.raw_items())[header])))
    name = whole.rpartition(" <")[0]
    return re.sub(r"\\(.)", r"\1", name[1:-1]) if name.startswith('"') and name.endswith('"') else name


class Letter:
    """An invoice that is on its way to somebody; `arrived` waits for its mail."""

    def __init__(self, api, to, account=None, **document):
        self.to = to
        account = new_account(api, **{"contacts": [{"name": "Office", "email": to, "roles": ["billing"]}], **(account or {})})
        self.document = api.post("/v1/invoices", {"account_id": account["id"], "finalize": True,
                                                  "lines": [{"description": "x", "unit_price": "1", "tax_rate": "0"}], **document}).expect(201).json
        api.post(f"/v1/invoices/{self.document['id']}/send").expect(200)

    def arrived(self, mail, to=None):
        message = mail.wait(to=to or self.to, seconds=60)[0]  # dozens are sent at once
        sound(message, to or self.to)
        return message


@pytest.fixture(scope="module")
def odd_letters(new_tenant):
    """{odd text: a letter where it is the seller's, the payer's and the contact's name, the order's number, a line, and the custom subject's words}"""
    found = {}
    for odd in ODD:
        api = new_tenant("odd", roles=()).program()
        entity = api.get("/v1/entities").expect(200).json["data"][0]
        api.patch(f"/v1/entities/{entity['id']}", {"name": odd, "legal_name": odd, "email": "seller@odd.example"}, entity).expect(200)
        api.post("/v1/templates", {"kind": "invoice", "locale": "de", "subject": "{{number}}|{{payer.name}}|{{contact.name}}|{{po_number}}",
                                   "text": "{{payer.name}}"}).expect(201)
        to = f"pay-{secrets.token_hex(4)}@odd.example"
        found[odd] = Letter(api, to, {"legal_name": odd, "locale": "de", "contacts": [{"name": odd, "email": to, "roles": ["billing"]}]},
                            po_number=odd[:100], lines=[{"description": odd, "unit_price": "1", "tax_rate": "0"}])
    return found


@pytest.mark.parametrize("odd", ODD, ids=[ascii(text)[:30] for text in ODD])
def test_an_odd_name_is_a_name(odd_letters, mail, odd):
    letter = odd_letters[odd]
    message = letter.arrived(mail)
    assert name_of(message, "To") == name_of(message, "From") == name_of(message, "Reply-To") == flat(odd)
    subject = str(message["Subject"])
    assert not re.search(r"[\x00-\x1f\x7f]", subject) and squeezed(subject) == squeezed(f"{letter.document['number']}|{odd}|{odd}|{odd[:100]}")
    assert squeezed(message.get_body(("plain",)).get_content()) == squeezed(odd)
    assert [a.addr_spec for a in message["Reply-To"].addresses] == ["seller@odd.example"]
    assert mail.messages(to=EVE) == []


def test_an_invitation_is_to_one_person(api, seller, mail):
    for odd in ODD[:3] + ODD[-len(BREAKS):][:2]:
        to = f"new-{secrets.token_hex(4)}@odd.example"
        api.post("/v1/users", {"name": odd, "email": to, "role": "read_only"}).expect(201)
        message = mail.wait(to=to)[0]
        sound(message, to)
        assert name_of(message, "To") == flat(odd)
    assert mail.messages(to=EVE) == []


# IDNA 2008: mail to straße is not mail to strasse.
DOMAINS = {"müller.example": "xn--mller-kva.example", "日本.example": "xn--wgv71a.example", "straße.example": "xn--strae-oqa.example",
           "BÜCHER.example": "xn--bcher-kva.example"}


def test_a_domain_of_other_letters_is_encoded(api, mail):
    local = "pay-" + secrets.token_hex(4)
    letters = {domain: Letter(api, f"{local}@{domain}") for domain in DOMAINS}
    for domain, letter in letters.items():
        letter.arrived(mail, f"{local}@{DOMAINS[domain]}")
        delivery = api.get("/v1/deliveries", invoice_id=letter.document["id"]).expect(200).json["data"][0]
        assert delivery["recipient"] == f"{local}@{domain}"


def test_a_domain_that_none_can_be_is_told(api):
    """What looks like a domain and is none cannot be mailed to: not tried again and again, and a person is told."""
    letter = Letter(api, "pay@\u0301\u202e.example")

    def bounced():
        return [d for d in api.get("/v1/deliveries", invoice_id=letter.document["id"]).expect(200).json["data"] if d["state"] == "bounced"]

    assert "address" in wait_for(bounced, 20, "the bounce")[0]["reply"]


# ---- names of files (RFC 6266) ----

NAME = r'attachment; filename="([A-Za-z0-9][A-Za-z0-9._-]*)"'


def file_name(answer, end):
    said = answer.expect(200).headers.get_all("Content-Disposition")
    assert len(said) == 1
    found = re.fullmatch(NAME, said[0])
    assert found and found[1].endswith(end), said
    assert answer.headers.get_all("X-Evil") is None and answer.headers.get_all("Set-Cookie") is None
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    return found[1]


PATTERNS = ['A"; filename="evil.exe{NNN}', "../../etc/{NNN}", "№ Ü {NNN}", "a\\{NNN}", "%0d%0aSet-Cookie: a=b{NNN}", "a;b={NNN}.exe", "=?utf-8?q?=0D=0A?={NNN}", ".{NNN}"]


@pytest.fixture(scope="module")
def numbered(new_tenant):
    """{pattern: (api, a letter whose invoice has such a number)}"""
    found = {}
    for pattern in PATTERNS:
        api = new_tenant("files", roles=()).program()
        entity = api.get("/v1/entities").expect(200).json["data"][0]
        api.post("/v1/series", {"entity_id": entity["id"], "series_group": "invoice", "pattern": pattern, "reset": "never"}).expect(201)
        found[pattern] = api, Letter(api, f"pay-{secrets.token_hex(4)}@files.example")
    return found


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_document_s_file_is_named_by_letters_and_digits(numbered, mail, pattern):
    api, letter = numbered[pattern]
    assert letter.document["number"] == pattern.replace("{NNN}", "001")
    answer = wait_for(lambda: (a := api.get(f"/v1/invoices/{letter.document['id']}/pdf")).status == 200 and a, 30, "the PDF")
    name = file_name(answer, ".pdf")
    message = letter.arrived(mail)
    attached, = message.iter_attachments()
    assert attached.get_filename() == name and attached["Content-Disposition"].content_disposition == "attachment"
    assert letter.document["number"] in str(message["Subject"])


def test_a_pattern_is_one_line(api):
    entity = api.get("/v1/entities").expect(200).json["data"][0]
    for tail in BREAKS:
        body = {"entity_id": entity["id"], "series_group": "credit_note", "pattern": "A{NNN}" + tail, "reset": "never"}
        assert pointers(problem(api.post("/v1/series", body), 422)) == {"/pattern": "invalid"}


@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_an_export_s_file_is_named_by_us(api, format):
    api.post("/v1/accounts", {"legal_name": 'a"; filename="evil.exe', "notes": "x\r\nX-Evil: 1"}).expect(201)
    done = finished(api, api.post("/v1/exports", {"resource": "account", "format": format}))
    answer = api.get(f"/v1/operations/{done['id']}/file")
    assert re.fullmatch(r"accounts-\d{4}-\d\d-\d\d\." + format, file_name(answer, "." + format))


def test_an_uploaded_file_s_name_means_nothing(api):
    """multipart/form-data whose file is called what no file is called: its rows come in, its name goes nowhere."""
    spec = '{"resource": "account", "columns": [{"column": "name", "field": "legal_name"}]}'
    for name in ("../../../etc/passwd", 'a\\"; x="y', "/dev/null", "CON", "ü\u202e.csv", "a" * 300):
        body = (f'--b\r\nContent-Disposition: form-data; name="spec"\r\nContent-Type: application/json\r\n\r\n{spec}\r\n'
                f'--b\r\nContent-Disposition: form-data; name="csv"; filename="{name}"\r\nContent-Type: text/csv\r\n\r\nname\r\nUploaded\r\n--b--\r\n')
        done = finished(api, api.request("POST", "/v1/imports", body.encode(), media="multipart/form-data; boundary=b"))
        assert counts(done) == (1, 0, 0, 0)
        assert name not in str(done)
