"""The stand-in for S3 against what the vendor publishes: the examples of Signature Version 4, and the vendor's own library as its client."""
import base64
import hashlib
import pathlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

HERE = pathlib.Path(__file__).resolve().parent
NODE = HERE / "node"
sys.path.insert(0, str(HERE.parent / "api"))
sys.path.insert(0, str(HERE / "s3"))

import sigv4  # noqa: E402
from harness.s3 import ACCESS_KEY, BUCKET, REGION, S3, SECRET_KEY  # noqa: E402

EMPTY = hashlib.sha256(b"").hexdigest()
BUCKET_HOST = ("Host", "examplebucket.s3.amazonaws.com")
DOCUMENTED = ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "20130524T000000Z", "us-east-1", "s3")
SUITE = ("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20150830T123600Z", "us-east-1", "service")
SUITE_HEADERS = [("Host", "example.amazonaws.com"), ("X-Amz-Date", "20150830T123600Z")]


def signed(secret, date, region, service, method, path, query, headers, body=b""):
    """(Authorization's parts) scope, names, signature."""
    names = sorted(name.lower() for name, _ in headers)
    scope = f"{date[:8]}/{region}/{service}/aws4_request"
    request = sigv4.canonical_request(method, path, query, headers, names, hashlib.sha256(body).hexdigest())
    return scope, names, sigv4.signature(secret, scope, sigv4.string_to_sign(date, scope, request))


def of_s3(*more, body=b""):
    return [BUCKET_HOST, ("x-amz-content-sha256", hashlib.sha256(body).hexdigest()), ("x-amz-date", DOCUMENTED[1]), *more]


# "Examples: Signature Calculations" of the S3 reference, and vectors of the published test suite.
@pytest.mark.parametrize("key, request_, signature", [
    (DOCUMENTED, ("GET", "/test.txt", "", of_s3(("Range", "bytes=0-9"))), "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
    (DOCUMENTED, ("PUT", "/test%24file.text", "", of_s3(("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
     body=b"Welcome to Amazon S3."), b"Welcome to Amazon S3."), "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
    (DOCUMENTED, ("GET", "/", "lifecycle", of_s3()), "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
    (DOCUMENTED, ("GET", "/", "max-keys=2&prefix=J", of_s3()), "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    (SUITE, ("GET", "/", "", SUITE_HEADERS), "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    (SUITE, ("POST", "/", "", SUITE_HEADERS), "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    (SUITE, ("GET", "/", "Param2=value2&Param1=value1", SUITE_HEADERS), "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
], ids=["get object", "put object", "get lifecycle", "list", "get-vanilla", "post-vanilla", "get-vanilla-query-order-key-case"])
def test_the_vendors_examples(key, request_, signature):
    assert signed(*key, *request_)[2] == signature


@pytest.fixture(scope="module")
def s3():
    stand_in = S3().start()
    yield stand_in
    stand_in.stop()


@pytest.fixture(scope="module")
def node():
    found = sorted(NODE.glob("node_modules/node-linux-*/bin/node"))
    if not found or not (NODE / "node_modules" / "@aws-sdk" / "client-s3").exists():
        pytest.skip("the library of S3 is not installed in tests/stand-in/node: no npm registry")
    return found[0]


def test_the_vendors_library_is_content(node):
    stand_in = S3().start()
    try:
        done = subprocess.run([str(node), "s3.mjs", stand_in.url], cwd=NODE, capture_output=True, text=True, timeout=120)
    finally:
        stand_in.stop()
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line[:3] for line in done.stdout.splitlines()] == ["ok "] * 5


def ask(s3, change=None, body=b"x", at=None, secret=SECRET_KEY):
    """A put that is signed well, then changed; (status, code)."""
    date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
    path = f"/{BUCKET}/one"
    headers = {"Host": s3.url.removeprefix("http://"), "x-amz-content-sha256": hashlib.sha256(body).hexdigest(), "x-amz-date": date,
               "Content-Type": "application/octet-stream", "Content-MD5": base64.b64encode(hashlib.md5(b"x").digest()).decode()}
    names = [(name, value) for name, value in headers.items() if name != "Content-MD5"]
    scope, order, proof = signed(secret, date, REGION, "s3", "PUT", path, "", names, body)
    asked = {"path": path, "headers": headers, "body": body, "names": ";".join(order), "proof": proof, "scope": scope}
    if change:
        change(asked)
    headers["Authorization"] = (f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/{asked['scope']},SignedHeaders={asked['names']},"
                                f"Signature={asked['proof']}")
    request = urllib.request.Request(s3.url + asked["path"], data=asked["body"], method="PUT", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, None
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode().partition("<Code>")[2].partition("<")[0]


def test_what_is_signed_well_is_taken(s3):
    assert ask(s3) == (200, None)
    assert ask(s3, at=time.time() - 14 * 60) == (200, None)


@pytest.mark.parametrize("change, more, refused", [
    (lambda a: a.update(path=f"/{BUCKET}/two"), {}, (403, "SignatureDoesNotMatch")),
    (lambda a: a.update(path=a["path"] + "?acl"), {}, (403, "SignatureDoesNotMatch")),
    (lambda a: a.update(proof="0" * 64), {}, (403, "SignatureDoesNotMatch")),
    (None, {"secret": "other"}, (403, "SignatureDoesNotMatch")),
    (lambda a: a.update(body=b"y"), {}, (400, "XAmzContentSHA256Mismatch")),
    (lambda a: a["headers"].update({"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}), {}, (403, "SignatureDoesNotMatch")),
    (lambda a: a["headers"].pop("x-amz-content-sha256"), {}, (400, "InvalidRequest")),
    (lambda a: a["headers"].update({"x-amz-acl": "public-read"}), {}, (403, "AccessDenied")),
    (lambda a: a.update(names=a["names"].replace("host;", "")), {}, (403, "AccessDenied")),
    (lambda a: a.update(names=a["names"].replace("content-type;", "")), {}, (403, "AccessDenied")),
    (lambda a: a["headers"].pop("x-amz-date"), {}, (403, "AccessDenied")),
    (lambda a: a.update(proof="short"), {}, (403, "AccessDenied")),
    (None, {"at": time.time() - 3600}, (403, "RequestTimeTooSkewed")),
    (None, {"at": time.time() + 3600}, (403, "RequestTimeTooSkewed")),
    (lambda a: a.update(scope=a["scope"].replace(REGION, "us-east-1")), {}, (400, "AuthorizationHeaderMalformed")),
    (lambda a: a.update(scope="20200101" + a["scope"][8:]), {}, (400, "AuthorizationHeaderMalformed")),
    (lambda a: a["headers"].update({"Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="}), {}, (400, "BadDigest")),
    (lambda a: a["headers"].pop("Content-MD5"), {}, (400, "InvalidRequest")),
], ids=["path", "query", "signature", "secret", "body", "unsigned", "no hash", "header that is not signed", "host not signed", "type not signed", "no date",
        "malformed", "old", "from the future", "region", "day", "md5", "no checksum"])
def test_what_is_wrong_is_refused_as_s3_does(s3, change, more, refused):
    assert ask(s3, change, **more) == refused


def test_nobody_else_is_heard(s3):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{s3.url}/{BUCKET}/one", timeout=10)
    assert refused.value.code == 403 and b"<Code>AccessDenied</Code>" in refused.value.read()
    host, port = s3.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 10) as raw:
        raw.sendall(b"PUT /documents/one HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        assert b" 400 " in raw.recv(100)
