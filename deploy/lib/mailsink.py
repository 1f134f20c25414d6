#!/usr/bin/python3
"""An SMTP server on loopback that delivers nothing and keeps everything.

    mailsink.py PORT MAILDIR

Each message is written to the Maildir as it came, below three lines that tell the
envelope: Return-Path, X-Original-To (one a recipient), Received. Message files appear
whole (tmp, then new), in the order of arrival by name. Addresses at refused.example are
refused with 550, at later.example with 451, so that a bounce and a retry can be seen.
"""
import asyncio
import itertools
import os
import socket
import sys
import time

from aiosmtpd.smtp import SMTP

ANSWERS = {"refused.example": "550 5.1.1 no such mailbox", "later.example": "451 4.3.0 not now"}


class Keep:
    def __init__(self, maildir):
        self.maildir = maildir
        self.count = itertools.count(1)
        for part in ("tmp", "new", "cur"):
            os.makedirs(os.path.join(maildir, part), mode=0o700, exist_ok=True)

    async def handle_RCPT(self, server, session, envelope, address, options):
        refusal = ANSWERS.get(address.rpartition("@")[2].lower())
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        name = "%d.%06d_%d.%s" % (time.time_ns(), next(self.count), os.getpid(), socket.gethostname())
        head = ["Return-Path: <%s>" % envelope.mail_from]
        head += ["X-Original-To: %s" % address for address in envelope.rcpt_tos]
        head += ["Received: from %s by mailsink; %s" % (session.host_name, time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime()))]
        path = os.path.join(self.maildir, "tmp", name)
        with open(path, "wb") as f:
            f.write("".join(line + "\r\n" for line in head).encode("utf-8", "replace"))
            f.write(envelope.original_content)
            f.flush()
        os.rename(path, os.path.join(self.maildir, "new", name))
        return "250 2.0.0 kept"


async def serve(port, maildir):
    keep = Keep(maildir)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(keep, enable_SMTPUTF8=True, data_size_limit=64 << 20, hostname="mailsink"), "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
    except KeyboardInterrupt:
        pass
