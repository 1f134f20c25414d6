#!/usr/bin/python3
"""A stand-in for S3: `server.py [--port N]` prints its URL and serves until it is ended.

One bucket, path-style: objects are put, read, looked at and removed. Who asks is judged by the whole of Signature Version 4, as S3
does and in its words; what is sent is held against the hashes that come with it. Faults happen as scripted (script.py). Below
/_standin/ a test tells it what to do and reads what it knows.
"""
import argparse
import base64
import datetime
import hashlib
import hmac
import json
import os
import secrets
import sys
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import sigv4  # noqa: E402
from script import ERRORS, Script  # noqa: E402

BUCKET, REGION = "documents", "eu-test-1"
ACCESS_KEY, SECRET_KEY = "AKIASTANDIN", "standin/secret+key"
SKEW_S = 15 * 60
BODY_MAX = 64 << 20
CHECKSUMS = {"x-amz-checksum-sha256": lambda body: hashlib.sha256(body).digest(),
             "x-amz-checksum-crc32": lambda body: zlib.crc32(body).to_bytes(4, "big"),
             "content-md5": lambda body: hashlib.md5(body).digest()}


class Refused(Exception):
    def __init__(self, status, code, message):
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


class Cut(Exception):
    """The connection ends here."""


def judge(method, path, query, headers, body, now):
    """Who asks, as S3 finds out; Refused when it is not the owner of the key."""
    given = {name.lower(): value for name, value in headers}
    found = sigv4.AUTHORIZATION.fullmatch(given.get("authorization", ""))
    if not found:
        raise Refused(403, "AccessDenied", "Access Denied")
    credential, names, proof = found.groups()
    access_key, _, scope = credential.partition("/")
    day, region, service, end = (scope.split("/") + [""] * 4)[:4]
    signed = names.split(";")
    if access_key != ACCESS_KEY:
        raise Refused(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
    if (region, service, end, scope.count("/")) != (REGION, "s3", "aws4_request", 3):
        raise Refused(400, "AuthorizationHeaderMalformed",
                      f"The authorization header is malformed; the region '{region}' is wrong; expecting '{REGION}'")
    date = given.get("x-amz-date", "")
    try:
        at = datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc).timestamp()
    except ValueError:
        raise Refused(403, "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header") from None
    if day != date[:8]:
        raise Refused(400, "AuthorizationHeaderMalformed", "The authorization header is malformed; Invalid credential date")
    if abs(at - now) > SKEW_S:
        raise Refused(403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")
    must = {"host"} | {name for name in given if name.startswith("x-amz-") or name == "content-type"}
    if signed != sorted(signed) or not must <= set(signed):
        raise Refused(403, "AccessDenied", "There were headers present in the request which were not signed")
    payload = given.get("x-amz-content-sha256")
    if payload is None:
        raise Refused(400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
    request = sigv4.canonical_request(method, path, query, headers, signed, payload)
    if not hmac.compare_digest(proof, sigv4.signature(SECRET_KEY, scope, sigv4.string_to_sign(date, scope, request))):
        raise Refused(403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you "
                      "provided. Check your key and signing method.")
    # S3 also takes UNSIGNED-PAYLOAD; a policy of the bucket can forbid it, and here does.
    if payload != hashlib.sha256(body).hexdigest():
        raise Refused(400, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.")


class StandIn:
    def __init__(self):
        self.script, self.lock = Script(), threading.Lock()
        self.objects, self.requests, self.violations = {}, [], []
        self.skew = 0

    def handle(self, method, target, headers, body):
        """(status, headers, body, fault)."""
        parts = urlsplit(target)
        entry = {"method": method, "path": parts.path, "status": None, "code": None, "fault": None}
        self.requests.append(entry)
        try:
            judge(method, parts.path, parts.query, headers, body, time.time() + self.skew)
            fault = self.script.draw(method)
            entry["fault"] = fault["do"]
            if fault["do"] in ERRORS:
                raise Refused(*ERRORS[fault["do"]], "As scripted.")
            if fault["do"] == "cut_before":
                raise Cut
            answer = self.answer(method, unquote(parts.path), {name.lower(): value for name, value in headers}, body)
        except Refused as reason:
            if reason.status in (400, 403) and not entry["fault"]:
                self.violations.append({"method": method, "path": parts.path, "code": reason.code})
            entry["status"], entry["code"] = reason.status, reason.code
            page = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{reason.code}</Code><Message>{reason.message}</Message></Error>'
            more = {"Retry-After": "1"} if reason.status == 429 else {}
            return reason.status, {"Content-Type": "application/xml", **more}, page.encode(), {"do": None}
        entry["status"] = answer[0]
        return (*answer, fault)

    def answer(self, method, path, given, body):
        _, bucket, key = (path.split("/", 2) + ["", ""])[:3]
        if bucket != BUCKET:
            raise Refused(404, "NoSuchBucket", "The specified bucket does not exist")
        if not key or len(key.encode()) > 1024:
            raise Refused(400, "InvalidRequest", "This stand-in has objects alone.")
        with self.lock:
            if method == "PUT":
                return self.put(key, given, body)
            if method == "DELETE":
                self.objects.pop(key, None)
                return 204, {}, b""
            if key not in self.objects:
                raise Refused(404, "NoSuchKey", "The specified key does not exist.")
            thing = self.objects[key]
        more = thing["checksums"] if given.get("x-amz-checksum-mode") == "ENABLED" else {}
        return 200, {"Content-Type": thing["type"], "ETag": thing["etag"], **more}, thing["bytes"]

    def put(self, key, given, body):
        sums = {}
        for name, make in CHECKSUMS.items():
            if name in given:
                if base64.b64encode(make(body)).decode() != given[name]:
                    raise Refused(400, "BadDigest", f"The {name} you specified did not match the calculated checksum.")
                if name != "content-md5":
                    sums[name] = given[name]
        if not sums and "content-md5" not in given:
            raise Refused(400, "InvalidRequest", "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with "
                          "Object Lock parameters")
        if given.get("if-none-match") == "*" and key in self.objects:
            raise Refused(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
        etag = f'"{hashlib.md5(body).hexdigest()}"'
        self.objects[key] = {"bytes": body, "etag": etag, "checksums": sums, "type": given.get("content-type", "binary/octet-stream")}
        return 200, {"ETag": etag}, b""

    # ---- what tests say and ask ----

    def control(self, path, given):
        if path == "/script":
            self.script.set(given["rules"])
        elif path == "/skew":
            self.skew = given["seconds"]
        elif path == "/object":  # somebody else's hand in the bucket
            thing = self.objects.setdefault(given["key"], {"etag": '""', "checksums": {}, "type": "binary/octet-stream"})
            thing["bytes"] = base64.b64decode(given["bytes"])
        elif path == "/remove":
            self.objects.pop(given["key"])
        elif path == "/clear":
            self.objects, self.requests, self.violations = {}, [], []
        elif path == "/state":
            with self.lock:
                objects = {key: {"size": len(thing["bytes"]), "sha256": hashlib.sha256(thing["bytes"]).hexdigest(), "type": thing["type"]}
                           for key, thing in self.objects.items()}
            return {"objects": objects, "requests": self.requests, "violations": self.violations}
        else:
            raise ValueError("no such control")
        return {}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stand_in = None

    def log_message(self, *words):
        pass

    def reply(self, status, headers, body, keep=None):
        """keep: so many bytes of the body, then the connection ends."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("x-amz-request-id", secrets.token_hex(8).upper())
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body if keep is None else body[:keep])
        if keep is not None:
            raise Cut

    def spoiled(self, status, headers, body, fault):
        do = fault["do"]
        if do == "cut_after":
            raise Cut
        if do == "slow":
            time.sleep(fault.get("seconds", 3))
        if do == "html":
            return self.reply(200, {"Content-Type": "text/html"}, b"<!doctype html><title>Maintenance</title>")
        if do == "long_page":
            return self.reply(502, {"Content-Type": "text/html"}, b"<!doctype html><title>Bad gateway</title>" + b" " * (64 << 10))
        if do == "wrong_bytes" and body:
            body = body[:-1] + bytes([body[-1] ^ 1])
        if do == "short":
            body = body[:-1]
        return self.reply(status, headers, body, len(body) // 2 if do == "cut_body" else None)

    def serve(self):
        length = int(self.headers.get("Content-Length") or 0)
        if length > BODY_MAX or self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            return self.reply(400, {}, b"")
        body = self.rfile.read(length)
        try:
            if self.path.startswith("/_standin/"):
                answer = self.stand_in.control(self.path[9:], json.loads(body or b"{}"))
                return self.reply(200, {"Content-Type": "application/json"}, json.dumps(answer).encode())
            return self.spoiled(*self.stand_in.handle(self.command, self.path, self.headers.items(), body))
        except Cut:
            self.close_connection = True
            self.connection.close()
        except (KeyError, ValueError) as reason:
            return self.reply(400, {}, repr(reason).encode())

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = serve


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # callers that hang up


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0)
    Handler.stand_in = StandIn()
    server = Server(("127.0.0.1", parser.parse_args().port), Handler)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
