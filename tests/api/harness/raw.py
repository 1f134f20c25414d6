"""Bytes over a socket, for what no HTTP library would send."""
import re
import socket


class Raw:
    """receive: bytes that the system takes ahead of us; few, for who reads slowly."""

    def __init__(self, product, timeout=15, receive=None):
        self.socket = socket.socket()
        if receive:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        self.socket.settimeout(timeout)
        self.socket.connect((product.host, product.port))
        self.host = f"{product.host}:{product.port}"

    def send(self, data):
        if isinstance(data, str):
            data = data.encode("latin-1")
        self.socket.sendall(data.replace(b"{HOST}", self.host.encode()))
        return self

    def read(self, timeout=3):
        """All that comes until the other side closes, or nothing more came for `timeout`; (bytes, closed).
        The first byte may take as long as a busy machine needs."""
        data = b""
        try:
            while chunk := self.socket.recv(65536):
                data += chunk
                self.socket.settimeout(timeout)
        except (TimeoutError, socket.timeout):
            return data, False
        except ConnectionResetError:
            pass
        return data, True

    def close(self):
        self.socket.close()


def exchange(product, data, timeout=3):
    raw = Raw(product)
    try:
        return raw.send(data).read(timeout)
    finally:
        raw.close()


def statuses(data):
    """Status codes of the answers in a stream; bodies of ours hold no status line."""
    return [int(n) for n in re.findall(rb"^HTTP/1\.[01] (\d{3})", data, re.M)]


def headers_of(data):
    head = data.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
    return [(n.strip().lower(), v.strip()) for n, _, v in (line.partition(":") for line in head)]
