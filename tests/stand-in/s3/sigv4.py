"""AWS Signature Version 4, the side that verifies.

https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html. Nothing here is shared with the product.
"""
import hashlib
import hmac
import re
from urllib.parse import quote, unquote_to_bytes

AUTHORIZATION = re.compile(r"AWS4-HMAC-SHA256 Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})")


def encoded(raw, keep=""):
    """UriEncode: everything but unreserved characters, upper-case hex."""
    return quote(raw, safe="-._~" + keep)


def canonical_query(query):
    pairs = [part.partition("=")[::2] for part in query.split("&") if part]
    return "&".join(f"{name}={value}" for name, value in sorted(
        (encoded(unquote_to_bytes(name)), encoded(unquote_to_bytes(value))) for name, value in pairs))


def canonical_request(method, path, query, headers, signed, payload_hash):
    """headers: (name, value) as they came; signed: lower-case names in the order of SignedHeaders."""
    values = {}
    for name, value in headers:
        values.setdefault(name.lower(), []).append(re.sub(r"\s+", " ", value.strip()))
    lines = "".join(f"{name}:{','.join(values.get(name, ['']))}\n" for name in signed)
    return "\n".join((method, encoded(unquote_to_bytes(path), "/"), canonical_query(query), lines, ";".join(signed), payload_hash))


def string_to_sign(date, scope, request):
    return "\n".join(("AWS4-HMAC-SHA256", date, scope, hashlib.sha256(request.encode()).hexdigest()))


def signature(secret, scope, text):
    key = ("AWS4" + secret).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
