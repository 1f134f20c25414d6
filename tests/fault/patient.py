"""A caller who does as the API's conventions say when a part of it is away: the same request again, under the same key."""
import http.client
import secrets
import time

from harness.client import Client

AWAY = (429, 502, 503, 504)


class Patient(Client):
    """limit: seconds until it gives up. It repeats what is safe to repeat: reads, and POSTs, each under a key of its own."""

    def __init__(self, tenant, limit=180):
        super().__init__(tenant.product.host, tenant.product.port, timeout=60)
        self.tenant, self.limit = tenant, limit
        self.repeats, self.replays = 0, 0
        self.renew_at = 0

    def renew(self):
        """Tokens live for a quarter of an hour."""
        if time.monotonic() < self.renew_at:
            return
        self.renew_at = time.monotonic() + 300
        self.headers.pop("Authorization", None)
        self.headers["Authorization"] = "Bearer " + self.token(self.tenant.client_id, self.tenant.client_secret)

    def send(self, method, path, body=None, headers=None):
        if not path.startswith("/v1/oauth/"):
            self.renew()
        headers = dict(headers or {})
        if method == "POST" and not path.startswith("/v1/oauth/"):
            headers.setdefault("Idempotency-Key", secrets.token_urlsafe(16))
        end = time.monotonic() + self.limit
        while True:
            try:
                answer = super().send(method, path, body, headers)
            except (OSError, http.client.HTTPException):
                self.close()
                answer = None
            if answer is not None and not self.comes_later(answer):
                self.replays += answer.headers["Idempotent-Replayed"] == "true"
                return answer
            assert time.monotonic() < end, f"{method} {path} has no answer after {self.limit} s: {answer!r}"
            self.repeats += 1
            time.sleep(0.2)

    @staticmethod
    def comes_later(answer):
        return answer.status in AWAY or answer.status == 409 and b'"idempotency_key_in_use"' in answer.body
