"""What is no access token of ours opens nothing, and learns nothing: one answer, and nobody is called on its word.

RFC 8725 and what it warns of. Tokens signed by the product's own key are those of one who had stolen it for a
moment: whatever the signature, each claim and each header is still looked at.
"""
import base64
import hashlib
import hmac
import itertools
import json
import re
import secrets
import socket
import threading
import time
import uuid

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from harness.billing import invoice, new_account
from harness.generated import strip
from harness.problem import problem
from test_auth_link import make_link
from test_auth_mfa import Person

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def b64(data):
    return base64.urlsafe_b64encode(data if isinstance(data, bytes) else json.dumps(data).encode()).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def signed(key, header, claims, der=False):
    text = f"{b64(header)}.{b64(claims)}"
    signature = key.sign(text.encode(), ec.ECDSA(hashes.SHA256()))
    if not der:
        r, s = utils.decode_dss_signature(signature)
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return f"{text}.{b64(signature)}"


def public_jwk(key):
    point = key.public_key().public_numbers()
    return {"kty": "EC", "crv": "P-256", "x": b64(point.x.to_bytes(32, "big")), "y": b64(point.y.to_bytes(32, "big"))}


class Canary:
    """Listens on a port of this machine, where tokens say that their key lies; counts who calls."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.calls = []
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def listen(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.calls.append(connection.recv(1000))
            connection.close()

    def url(self, path, scheme="http"):
        return f"{scheme}://127.0.0.1:{self.socket.getsockname()[1]}/{path}"

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()


@pytest.fixture(scope="module")
def canary():
    made = Canary()
    yield made
    made.close()


class Token:
    """A token that is true, in its parts, and the key that signed it."""

    def __init__(self, product, tenant):
        self.text = tenant.token()
        self.header, self.claims, self.signature = self.text.split(".")
        self.h, self.c = json.loads(unb64(self.header)), json.loads(unb64(self.claims))
        pem = sorted((product.home / "etc" / "keys").glob("*.pem"))[-1]
        self.key = serialization.load_pem_private_key(pem.read_bytes(), None)

    def with_claims(self, claims):
        return signed(self.key, self.h, claims)

    def without(self, name):
        return {k: v for k, v in self.c.items() if k != name}


@pytest.fixture
def true(product, tenant):
    token = Token(product, tenant)
    me = product.client()
    for text in (token.text, token.with_claims(token.c)):  # so that a refusal is not the key's or the clock's
        me.get("/v1/me", {"Authorization": "Bearer " + text}).expect(200)
    yield token
    me.get("/v1/me", {"Authorization": "Bearer " + token.text}).expect(200)


@pytest.fixture
def refused(product):
    """Asks with each of these; every answer is the same to the byte, and no worker dies of any."""
    deaths = product.metrics("billfold-api")["billfold_child_deaths_total"]
    caller = product.client()

    def ask(tokens, code="invalid_token"):
        told = set()
        for token in tokens:
            answer = caller.get("/v1/me", {"Authorization": "Bearer " + token})
            problem(answer, 401, code)
            assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"', token[:200]
            told.add(strip(answer))
        assert len(told) == 1, told

    yield ask
    assert product.metrics("billfold-api")["billfold_child_deaths_total"] == deaths


# ---- how it is signed ----

def test_signatures_that_are_none(true, refused):
    header, claims, signature = true.header, true.claims, true.signature
    refused([*(f"{b64({**true.h, 'alg': alg})}.{claims}.{end}" for alg in ("none", "None", "nOnE", "NONE", "", None, ["ES256"])
               for end in ("", signature)),
             # nothing, r = s = 0, r = s = 1, both past the order of the curve
             *(f"{header}.{claims}.{b64(nonsense)}" for nonsense in (b"", bytes(64), (bytes(31) + bytes([1])) * 2, bytes([255]) * 64)),
             f"{header}.{b64({**true.c, 'tenant': str(uuid.uuid4())})}.{signature}"])


def test_a_public_key_is_no_secret(true, refused, anonymous):
    """HMAC keyed by whatever of our public keys is there to be had."""
    body = anonymous.get("/.well-known/jwks.json").expect(200).body
    jwk = next(k for k in json.loads(body)["keys"] if k["kid"] == true.h["kid"])
    x, y = unb64(jwk["x"]), unb64(jwk["y"])
    public = ec.EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1()).public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    compact = json.dumps(jwk, separators=(",", ":")).encode()
    secrets_tried = [pem, pem.strip(), pem + b"\0", der, body, json.dumps(jwk).encode(), compact, b"\4" + x + y, x + y, x, jwk["x"].encode(),
                     jwk["kid"].encode(), b"", b"secret"]

    def keyed(alg, digest, key):
        text = f"{b64({**true.h, 'alg': alg})}.{true.claims}"
        return f"{text}.{b64(hmac.new(key, text.encode(), digest).digest())}"

    refused(keyed(alg, digest, key) for alg, digest in (("HS256", hashlib.sha256), ("HS512", hashlib.sha512), ("ES256", hashlib.sha512))
            for key in secrets_tried)


def test_a_signature_has_one_form(true, refused):
    """A true signature, written otherwise: as DER, with zeros before, cut, with a byte more."""
    raw = unb64(true.signature)
    text = f"{true.header}.{true.claims}."
    refused([signed(true.key, true.h, true.c, der=True), text + b64(bytes(1) + raw), text + b64(raw + bytes(1)), text + b64(raw[:-1]),
             text + b64(bytes(2) + raw[:32] + bytes(2) + raw[32:]), text + b64(raw + raw), text + raw.hex(),
             text + base64.b64encode(raw).decode()])


def test_a_token_does_not_bring_its_key_along(true, refused, canary):
    """`jwk`, `jku`, `x5u` and their like, by a stranger's key and by our own: refused, and nobody is called."""
    own = ec.generate_private_key(ec.SECP256R1())
    jwk = public_jwk(own)
    pem = own.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    brought = [{}, {"jwk": jwk}, {"jwk": {**jwk, "kid": true.h["kid"]}}, {"x5c": [b64(pem.encode())]}, {"x5t": b64(b"a" * 20)}]
    for scheme, member in itertools.product(("http", "https", "file", "gopher"), ("jku", "x5u")):
        brought.append({member: canary.url(f"{member}.json", scheme)})
    brought += [{"kid": canary.url("kid")}, {"jku": canary.url("a"), "x5u": canary.url("b"), "jwk": jwk, "kid": "mine"}]
    refused(signed(key, {**true.h, **more}, true.c) for more in brought for key in ([own, true.key] if more else [own]))
    refused(signed(own, true.h, {**true.c, "iss": canary.url(""), "jwks_uri": canary.url("jwks")}) for _ in range(1))
    assert canary.calls == []


def test_a_key_is_named_as_we_named_it(true, refused):
    ours = true.h["kid"]
    kids = ["../../dev/null", "/dev/null", "' OR 1=1 --", "k" * 3000, "", "unknown", ours + "\0", ours + ".pem", "../keys/" + ours,
            ours[:-1], ours + "x", "$(id)", "|id", None, 1, [ours], {"kid": ours}]
    own = ec.generate_private_key(ec.SECP256R1())
    refused(signed(key, {**true.h, "kid": kid}, true.c) for kid in kids for key in (own, true.key))
    refused([signed(true.key, {k: v for k, v in true.h.items() if k != "kid"}, true.c)])


@pytest.mark.parametrize("size", [4_000, 10_000])
def test_a_key_s_name_may_be_as_long_as_it_likes(true, refused, size):
    refused([signed(true.key, {**true.h, "kid": "k" * size}, true.c)])


def test_headers_that_change_what_is_signed(true, refused):
    refused(signed(true.key, {**true.h, **more}, true.c) for more in (
        {"crit": ["exp"]}, {"crit": ["b64"], "b64": False}, {"crit": []}, {"zip": "DEF"}, {"cty": "JWT"}, {"typ": "at+jwt"}, {"typ": "jwt+x"},
        {"alg": "ES384"}, {"alg": "ES256K"}, {"alg": "es256"}, {"alg": "RS256"}, {"alg": "HS256"}, {"b64": True}, {"exp": 9_999_999_999}))
    doubled = json.dumps(true.h)[:-1] + ', "alg": "none"}'
    refused([signed(true.key, doubled.encode(), true.c), signed(true.key, b"[]", true.c), signed(true.key, b"null", true.c),
             signed(true.key, b"\xef\xbb\xbf" + json.dumps(true.h).encode(), true.c)])


# ---- how it is written ----

def test_parts_and_letters(true, refused):
    header, claims, signature = true.header, true.claims, true.signature
    refused([f"{header}.{claims}", header, f"{header}.{claims}.{signature}.x", f"{header}.{claims}.{signature}.", f".{header}.{claims}.{signature}",
             f"{header}..{signature}", f".{claims}.{signature}", "a.b.c", ".", "..", "...", "....", "{}", "A" * 5000, "null",
             f"{header}.{claims}.{signature}.{b64(b'iv')}.{b64(b'tag')}",
             *(true.text[:at] + letter + true.text[at:] for at in (0, 7, len(header), len(header) + 1, len(true.text) - 3)
               for letter in ("=", " ", "+", "/", "%", "\t", "\x80", "x", '"', "\\", "\xe9")),
             f"{header}=.{claims}.{signature}", f"{header}.{claims}=.{signature}", f"{header}.{claims}.{signature}=",
             f"{header}.{claims}.{signature}==", f"{header}.{claims}.{signature}===="])


def test_what_trails(true, refused):
    refused(true.text + tail for tail in ("x", "A", ".", "%00", "%0a", ", Bearer x", " x", ";", "\x80", "&a=b", ' realm="x"', "A" * 100,
                                          "." + true.signature, "," + true.text))
    refused([true.text[:-1], true.text[1:], "Bearer " + true.text])


def test_bytes_have_one_spelling(true, refused):
    """The last letter of 64 bytes carries four bits that mean nothing: only zeros are ours."""
    last = ALPHABET.index(true.signature[-1])
    assert last % 16 == 0
    refused(true.text[:-1] + ALPHABET[last + n] for n in range(1, 16))


def test_an_encrypted_token_is_none(true, refused, anonymous):
    """JWE: five parts, to our public key and with keys that anybody has."""
    jwk = json.loads(anonymous.get("/.well-known/jwks.json").expect(200).body)["keys"][0]
    ephemeral = public_jwk(ec.generate_private_key(ec.SECP256R1()))
    heads = [{"alg": "dir", "enc": "A256GCM"}, {"alg": "ECDH-ES", "enc": "A256GCM", "epk": ephemeral, "kid": jwk["kid"]},
             {"alg": "RSA-OAEP", "enc": "A128CBC-HS256", "cty": "JWT"}, {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 2**31 - 1, "p2s": "AAAA"},
             {"alg": "dir", "enc": "A256GCM", "zip": "DEF"}]
    refused(".".join([b64(head), key, b64(secrets.token_bytes(12)), b64(body), b64(secrets.token_bytes(16))])
            for head in heads for key in ("", b64(secrets.token_bytes(40))) for body in (true.text.encode(), bytes(100)))


@pytest.mark.parametrize("size", [4_095, 4_097, 8_000, 14_000])
def test_a_token_of_any_size(true, refused, size):
    refused(["A" * size, true.text + "A" * (size - len(true.text)), (true.text + ".") * (size // len(true.text)),
             f"{true.header}.{b64({**true.c, 'more': 'x' * ((size - len(true.text)) * 3 // 4)})}.{true.signature}"])


def test_a_token_larger_than_any_header(product, true):
    """Past what nginx takes of one header it is the request that is not sound: told so, and served again."""
    for size in (40_000, 64 * 1024):
        body = problem(product.client().get("/v1/me", {"Authorization": "Bearer " + "A" * size}), 400, "bad_header")
        assert "headers are too large" in body["detail"]


def test_other_schemes_and_places_are_not_credentials(product, true):
    for value in ("", "Bearer", "Bearer ", "bearer", f"Token {true.text}", f"Basic {true.text}", f"Bearer,{true.text}", f"DPoP {true.text}", true.text):
        problem(product.client().get("/v1/me", {"Authorization": value}), 401)
    problem(product.client().get(f"/v1/me?access_token={true.text}"), 401)
    for cookie in ("__Host-session", "access_token", "token"):
        problem(product.client().get("/v1/me", {"Cookie": f"{cookie}={true.text}"}), 401)
    doubled = [("Authorization", "Bearer " + true.text), ("Authorization", "Bearer x")]
    problem(product.client().send("GET", "/v1/me", None, doubled), 400)


# ---- what it says ----

def now():
    return int(time.time())


NUMBERS = ["exp", "iat", "epoch", "nbf"]
TEXTS = ["iss", "aud", "sub", "tenant", "scope", "jti", "token_use"]


def test_times(true, refused):
    c = true.c
    refused(map(true.with_claims, (
        {**c, "exp": now() - 120}, {**c, "exp": now() - 61}, {**c, "exp": 0}, {**c, "exp": -1}, {**c, "exp": 2**63}, {**c, "exp": 2**64 + now() + 600},
        {**c, "iat": now() + 120}, {**c, "iat": now() + 86400}, {**c, "iat": 2**62}, {**c, "iat": -1},
        {**c, "nbf": now() + 120}, {**c, "nbf": now() + 86400}, {**c, "nbf": 2**63})))


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_is_a_whole_one(true, refused, name):
    sound = true.c.get(name, now())
    later = max(sound, now() + 600) if name == "exp" else sound
    values = [float(later), later + 0.5, str(later), [later], {"a": later}, True, None, [], "", 2**63, 2**64 + later]
    texts = [f"{later}.0", f"{later}e0", f"{later}E+0", "1e10", "1e400", "-1e400", f'"{later}"', f"0{later}", f"+{later}", "NaN", "Infinity", "0x7fffffff"]
    raw = json.dumps({**true.c, name: "HERE"})
    refused([true.with_claims({**true.c, name: value}) for value in values]
            + [signed(true.key, true.h, raw.replace('"HERE"', text).encode()) for text in texts])
    if name != "nbf":
        refused([true.with_claims(true.without(name))])


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_one(true, refused, name):
    value = true.c[name]
    refused([true.with_claims({**true.c, name: bad}) for bad in ([value], [value, value], [], {value or "a": value}, {}, 1, 1.5, True, None)]
            + [true.with_claims(true.without(name))])


def test_issuer_audience_and_use(true, refused):
    c, url = true.c, true.c["iss"]
    refused([true.with_claims({**c, name: bad}) for name in ("iss", "aud") for bad in (
        "https://evil.example", "", url + "/", url.upper(), url + " ", " " + url, url + "\0", url + "x", url.replace("http", "https"), url[:-1])]
        + [true.with_claims({**c, "token_use": bad}) for bad in ("id", "refresh", "session", "", "ACCESS", "access ", "access\0")])


def test_a_claim_comes_once(true, refused):
    whole = json.dumps(true.c)[:-1]
    refused([signed(true.key, true.h, f'{whole}, {json.dumps(name)}: {json.dumps(value)}}}'.encode()) for name, value in true.c.items()]
            + [signed(true.key, true.h, f'{{"\\u0065xp": {now() + 600}, {whole[1:]}}}'.encode()), signed(true.key, true.h, b"[]"),
               signed(true.key, true.h, b""), signed(true.key, true.h, b"null"), signed(true.key, true.h, f"{whole}}} x".encode()),
               signed(true.key, true.h, f"{whole}, \"a\": {'[' * 40}{']' * 40}}}".encode())])


def test_who_it_is_for(product, true, refused, tenant, other):
    """A client is one of its own tenant; whoever it is not, the token is as good as none."""
    c = true.c
    refused(map(true.with_claims, (
        {**c, "sub": "x"}, {**c, "sub": ""}, {**c, "sub": "client:" + c["sub"]}, {**c, "sub": c["sub"] + "x"}, {**c, "sub": c["sub"] + " "},
        {**c, "tenant": "x"}, {**c, "tenant": ""}, {**c, "tenant": tenant.slug}, {**c, "tenant": c["tenant"] + "'--"}, {**c, "epoch": -1})))
    strangers = [{**c, "sub": other.client_id}, {**c, "tenant": other.id}, {**c, "sub": str(uuid.uuid4())}, {**c, "tenant": str(uuid.uuid4())},
                 {**c, "sub": tenant.users["owner"]["id"]}, {**c, "sub": other.users["owner"]["id"], "tenant": other.id},
                 {**c, "sub": c["tenant"]}, {**c, "epoch": c["epoch"] + 1}, {**c, "epoch": 2**62}]
    caller = product.client()
    for claims in strangers:
        bearer = {"Authorization": "Bearer " + true.with_claims(claims)}
        for path in ("/v1/me", "/v1/accounts", "/v1/entities"):
            body = problem(caller.get(path, bearer), 401, ("session_stale", "invalid_token", "unauthenticated"))
            assert not {tenant.id, other.id, other.slug, other.client_id} & set(re.findall(r"[\w-]+", body["detail"]))
        problem(caller.post("/v1/accounts", {"legal_name": "Made by nobody"}, bearer), 401)


def test_a_scope_gives_no_more_than_the_role(product, true):
    """Words that no permission is are passed over, also beside such as are."""
    caller = product.client(Authorization="Bearer " + true.with_claims({**true.c, "scope": "account.read everything * ../.. account.read"}))
    assert caller.get("/v1/me").expect(200).json["permissions"] == ["account.read"]
    problem(caller.post("/v1/accounts", {"legal_name": "x"}), 403, "insufficient_scope")


# ---- other things that the product hands out ----

def test_other_kinds_of_token_are_none(product, tenant, sql, true, refused):
    """Each true, each for something else: none of them is an access token, and an access token is none of them."""
    person = Person(product, tenant).enrol()
    challenge = person.first_step()
    api = tenant.program()
    signed_in = product.client().post("/v1/session", {"tenant": tenant.slug, "email": tenant.users["sales"]["email"],
                                                      "password": tenant.users["sales"]["password"]}).expect(201)
    cookies = {c.split("=", 1)[0]: c.split("=", 1)[1].split(";")[0] for c in signed_in.headers.get_all("Set-Cookie")}
    page = api.get("/v1/roles", limit=1).expect(200).json
    pay = api.post(f"/v1/invoices/{invoice(api, new_account(api), 100)['id']}/pay_link").expect(200).json["url"].rsplit("/", 1)[1]
    invited = tenant.add_user("read_only")
    reset = make_link(sql, tenant, invited["id"], "reset")
    invite = make_link(sql, tenant, tenant.users["read_only"]["id"], "invite")
    kinds = {"session": cookies["__Host-session"], **cookies, "csrf": signed_in.json["csrf_token"], "challenge": challenge, "reset": reset, "invite": invite,
             "pay": pay, "cursor": page["next"], "secret": tenant.client_secret, "id": tenant.client_id, "recovery": person.codes[0]}
    assert all(kinds.values()), kinds
    refused(kinds.values())
    refused(f"{true.header}.{b64(value.encode())}.{true.signature}" for value in kinds.values())
    for name, value in kinds.items():
        if name not in cookies and name != "session":
            problem(product.client().get("/v1/me", {"Cookie": "__Host-session=" + value}), 401)
    nobody = product.client()
    problem(nobody.post("/v1/password/set", {"token": true.text, "password": "a fine new password"}), 422)
    problem(nobody.post("/v1/session/mfa", {"challenge": true.text, "code": "123456"}), (401, 422))
    assert nobody.get("/pay/" + true.text).status == 404
    problem(api.get("/v1/roles", cursor=true.text), 422)
    product.client().post("/v1/password/set", {"token": reset, "password": "a fine new password"}).expect(204)  # it was true


def test_nothing_of_it_called_anybody(canary):
    """Runs last in this file."""
    assert canary.calls == []
