"""A door between the programs and PostgreSQL or Redis that a test can shut, or shut at the worst moment.

It takes the place of a unix socket, which goes on below `real/` beside it. `mode`:
    "open"           everything passes
    "shut"           connections are closed, and new ones as they come
    "hold request"   the next request of a role is kept back (PostgreSQL): nothing of it is done; `held` is set then
    "hold commit"    the answer to the next COMMIT of a role is kept back: it has happened; `held` is set then
    "cut commit"     the same, and the connection is closed instead of answering
"""
import os
import pathlib
import select
import socket
import struct
import threading


class Link:
    """One connection: the client's socket, the server's, who signed in, what is being read."""

    def __init__(self, client, server):
        self.client, self.server = client, server
        self.role, self.startup = None, b""
        self.answers = b""

    def close(self):
        for end in (self.client, self.server):
            try:
                end.close()
            except OSError:
                pass


class Proxy:
    def __init__(self, path, postgres=False):
        self.path, self.postgres = pathlib.Path(path), postgres
        self.real = self.path.parent / "real"
        self.real.mkdir(exist_ok=True)
        self.target = str(self.real / self.path.name)
        os.rename(self.path, self.target)
        self.mode, self.role = "open", None
        self.held = threading.Event()
        self.held_pid = None  # of the program whose request or answer is kept back
        self.links = {}
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        os.chmod(self.path, 0o777)
        self.listener.listen(200)
        self.wake, self._woken = socket.socketpair()
        self.running = True
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def set(self, mode, role=None):
        self.held.clear()
        self.mode, self.role = mode, role
        self.wake.send(b"x")

    def close(self):
        self.running = False
        self.wake.send(b"x")
        self.thread.join(10)
        self.listener.close()

    # ---- the thread ----

    def _run(self):
        while self.running:
            ready, _, _ = select.select([self.listener, self._woken, *self.links], [], [])
            for end in ready:
                if end is self._woken:
                    end.recv(100)
                    if self.mode == "shut":
                        self._drop_all()
                elif end is self.listener:
                    self._accept()
                elif end in self.links:
                    self._pass(end)
        self._drop_all()

    def _accept(self):
        client, _ = self.listener.accept()
        if self.mode == "shut":
            client.close()
            return
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(self.target)
        except OSError:
            client.close()
            server.close()
            return
        link = Link(client, server)
        self.links[client] = self.links[server] = link

    def _drop(self, link):
        self.links.pop(link.client, None)
        self.links.pop(link.server, None)
        link.close()

    def _drop_all(self):
        for link in set(self.links.values()):
            self._drop(link)

    def _pass(self, end):
        link = self.links[end]
        try:
            data = end.recv(1 << 16)
            if not data:
                self._drop(link)
            elif end is link.client:
                self._request(link, data)
            else:
                self._answer(link, data)
        except OSError:
            self._drop(link)

    def _hold(self, link):
        peer = link.client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        self.held_pid = struct.unpack("3i", peer)[0]
        self.held.set()

    def _concerns(self, link):
        return self.role is None or link.role == self.role

    def _request(self, link, data):
        if self.postgres and link.role is None:
            link.startup += data
            words = link.startup[8:].split(b"\0")
            if b"user" in words:
                link.role = words[words.index(b"user") + 1].decode()
        elif self.mode == "hold request" and self._concerns(link) and not self.held.is_set():
            self._hold(link)
            return
        link.server.sendall(data)

    def _answer(self, link, data):
        if self.mode in ("hold commit", "cut commit") and self._concerns(link) and not self.held.is_set():
            if self._has_commit(link, data):
                cut = self.mode == "cut commit"
                self._hold(link)
                if cut:
                    self._drop(link)
                return
        link.client.sendall(data)

    def _has_commit(self, link, data):
        """CommandComplete with the tag COMMIT among the messages so far."""
        link.answers += data
        while len(link.answers) >= 5:
            length = struct.unpack("!I", link.answers[1:5])[0] + 1
            if len(link.answers) < length:
                return False
            kind, body = link.answers[:1], link.answers[5:length]
            link.answers = link.answers[length:]
            if kind == b"C" and body == b"COMMIT\0":
                return True
        return False
