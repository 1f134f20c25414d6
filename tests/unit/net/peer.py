"""The other side of the net tests: an HTTP, an SMTP and an IMAP server that misbehave when asked.

Prints "HTTP_PORT SMTP_PORT IMAP_PORT" and serves until its standard input closes.
argv[1]: a directory; every mail that is taken lies there as a file.
"""
import asyncio
import itertools
import os
import socket
import socketserver
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller


class Web(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen = itertools.count(1)

    def log_message(self, *args):
        pass

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def serve(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if self.path == "/echo":
            text = "%s %s|%s|%s" % (self.command, body.decode(), self.headers.get("X-Key"),
                                    self.headers.get("Content-Type"))
            self.answer(200, text.encode(), [("Content-Type", "text/plain")])
        elif self.path == "/port":
            self.answer(200, str(self.client_address[1]).encode())
        elif self.path == "/count":
            self.answer(200, str(next(Web.seen)).encode())
        elif self.path == "/redirect":
            self.answer(302, b"", [("Location", "/echo")])
        elif self.path == "/large":
            self.answer(200, b"x" * 100000)
        elif self.path == "/slow":
            time.sleep(1.5)
            self.answer(200, b"late")
        elif self.path == "/cut":
            self.close_connection = True
            self.connection.close()
        elif self.path == "/garbage":
            self.wfile.write(b"what is this\r\n\r\n")
            self.close_connection = True
        else:
            self.answer(404, b"none")

    do_GET = do_POST = do_HEAD = do_PUT = serve


class Quiet(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass  # callers that hang up are what the tests are about


class Mail:
    def __init__(self, folder):
        self.folder = folder
        self.n = itertools.count(1)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused@"):
            return "550 no such mailbox here"
        if address.startswith("latin@"):  # as some servers of 1998 are still set up
            return "550 Empfänger unbekannt".encode("latin-1")
        if address.startswith("later@"):
            return "450 greylisted, come again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        to = envelope.rcpt_tos[0]
        if to.startswith("spam@"):
            return "554 this looks like spam"
        if to.startswith("hang@"):
            await asyncio.sleep(1.5)
        name = os.path.join(self.folder, "%03d" % next(self.n))
        with open(name + ".tmp", "wb") as f:
            f.write(b"X-Envelope-From: " + (envelope.mail_from or "").encode() + b"\r\n")
            f.write(b"X-Envelope-To: " + ",".join(envelope.rcpt_tos).encode() + b"\r\n")
            f.write(envelope.original_content)
        os.rename(name + ".tmp", name)
        if to.startswith("lost@"):
            server.transport.abort()
            return "250 never seen"
        if to.startswith("wordy@"):
            return ("250 a" + "ä" * 100).encode()
        return "250 queued"


class Mailbox(socketserver.StreamRequestHandler):
    """One folder with one mail; who signs in as "twice" gets it twice."""

    def say(self, *lines):
        self.wfile.write(b"".join(line + b"\r\n" for line in lines))

    def handle(self):
        self.say(b"* OK ready")
        user = b""
        for line in self.rfile:
            tag, verb, *words = line.split()
            if verb == b"LOGIN":
                user = words[0]
            elif verb == b"SELECT":
                self.say(b"* OK [UIDVALIDITY 7] lasts", b"* OK [UIDNEXT 2] comes")
            elif verb == b"UID":
                mail = b"* 1 FETCH (UID 1 BODY[] {4}\r\nmail)"
                self.say(mail, *[mail] * (user == b"twice"))
            elif verb == b"CAPABILITY":
                self.say(b"* CAPABILITY IMAP4rev1")
            self.say(tag + b" OK done")


def main():
    web = Quiet(("127.0.0.1", 0), Web)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    mail = Controller(Mail(sys.argv[1]), hostname="127.0.0.1", port=port)
    mail.start()
    mailbox = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox)
    mailbox.daemon_threads = True
    threading.Thread(target=mailbox.serve_forever, daemon=True).start()
    sys.stdout.write(f"{web.server_address[1]} {port} {mailbox.server_address[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()


main()
