"""HTTP as a caller of the API speaks it: one kept connection, JSON in and out, nothing followed or retried."""
import base64
import http.client
import json
import urllib.parse

MERGE = "application/merge-patch+json"


class Answer:
    def __init__(self, response, body, sent):
        self.status = response.status
        self.headers = response.headers  # looked up whatever the case
        self.body = body
        self.sent = sent

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def etag(self):
        return self.headers["ETag"]

    def expect(self, *statuses):
        """Itself when the status is one of these; else fails with what was sent and what came."""
        assert self.status in statuses, f"{self.sent} answered {self.status}, not {statuses}: {self.body[:2000]!r}"
        return self

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


class Client:
    """promise: what the contract promises of answers (promise.py); each one is held against it. None: another system's.
    address: whom it comes from, as limits count it."""

    def __init__(self, host, port, headers=None, timeout=60, promise=None, address=None):
        self.host, self.port, self.timeout, self.promise, self.address = host, port, timeout, promise, address
        self.headers = dict(headers or {})
        self.connection = None
        self.user = None

    @classmethod
    def at(cls, url):
        parts = urllib.parse.urlsplit(url)
        return cls(parts.hostname, parts.port)

    def with_headers(self, **headers):
        """The same caller on a connection of its own, with further headers (`_` reads as `-`)."""
        twin = Client(self.host, self.port, self.headers, self.timeout, self.promise, self.address)
        twin.user = self.user
        twin.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
        return twin

    def send(self, method, path, body=None, headers=None):
        """body: bytes as they are. Headers: a dict, or a list of pairs where one is doubled."""
        pairs = list(self.headers.items())
        extra = list(headers.items()) if isinstance(headers, dict) else list(headers or [])
        named = {name.lower() for name, _ in extra}
        pairs = [(n, v) for n, v in pairs if n.lower() not in named] + [(n, v) for n, v in extra if v is not None]
        for attempt in (1, 2):
            fresh = self.connection is None
            if fresh:
                self.connection = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout,
                                                             source_address=self.address and (self.address, 0))
            try:
                self.connection.putrequest(method, path, skip_accept_encoding=True)
                for name, value in pairs:
                    self.connection.putheader(name, value)
                if body is not None:
                    self.connection.putheader("Content-Length", str(len(body)))
                elif method in ("POST", "PATCH", "PUT"):
                    self.connection.putheader("Content-Length", "0")
                self.connection.endheaders(body)
                response = self.connection.getresponse()
                answer = Answer(response, response.read(), f"{method} {path}")
                if response.will_close:
                    self.close()
                if self.promise:
                    self.promise.judge(answer, method, path)
                return answer
            except (http.client.RemoteDisconnected, ConnectionError):
                # A kept connection may have been closed in between; a new one must not be.
                self.close()
                if fresh or attempt == 2:
                    raise

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def request(self, method, path, data=None, headers=None, params=None, media="application/json"):
        if params:
            path += "?" + urllib.parse.urlencode(params, doseq=True, safe=",:")
        merged = {}
        body = None
        if data is not None:
            body = data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False).encode()
            merged["Content-Type"] = media
        merged.update(headers or {})
        return self.send(method, path, body, merged)

    def get(self, path, headers=None, **params):
        return self.request("GET", path, None, headers, params)

    def head(self, path, headers=None):
        return self.request("HEAD", path, None, headers)

    def post(self, path, data=None, headers=None, key=None):
        if key is not None:
            headers = dict(headers or {}, **{"Idempotency-Key": key})
        return self.request("POST", path, data, headers)

    def patch(self, path, data, version=None, headers=None):
        """version: an ETag, an object with its version, or a number."""
        headers = dict(headers or {})
        if version is not None:
            headers["If-Match"] = as_etag(version)
        return self.request("PATCH", path, data, headers, media=MERGE)

    def delete(self, path, version=None, headers=None):
        headers = dict(headers or {})
        if version is not None:
            headers["If-Match"] = as_etag(version)
        return self.request("DELETE", path, None, headers)

    def all(self, path, **params):
        """Every row of a list, page by page."""
        rows, cursor = [], None
        while True:
            page = self.get(path, **params, **({"cursor": cursor} if cursor else {})).expect(200).json
            rows += page["data"]
            cursor = page["next"]
            if not cursor:
                return rows

    # ---- who is calling ----

    def sign_in(self, tenant, email, password):
        answer = self.post("/v1/session", {"tenant": tenant, "email": email, "password": password}).expect(201)
        self.headers["Cookie"] = answer.headers["Set-Cookie"].split(";")[0]
        self.headers["X-CSRF-Token"] = answer.json["csrf_token"]
        self.user = answer.json["user"]
        return self

    def token(self, client_id, secret, scope=None):
        form = {"grant_type": "client_credentials", **({"scope": scope} if scope else {})}
        basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        answer = self.request("POST", "/v1/oauth/token", urllib.parse.urlencode(form).encode(),
                              {"Authorization": "Basic " + basic}, media="application/x-www-form-urlencoded").expect(200)
        return answer.json["access_token"]


def as_etag(version):
    if isinstance(version, dict):
        version = version["version"]
    return version if isinstance(version, str) else f'"{version}"'
