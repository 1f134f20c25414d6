"""A mail host of its own: Postfix takes mail and returns what it cannot deliver, Dovecot keeps one mailbox.

Both are Debian's, started here on free ports with everything below a temporary directory, and stopped by
their process ids. Mail to billing@billfold.example, with anything behind a +, lies in the mailbox. What
is for refused.example is handed on to another server, which refuses it (5.1.1), for full.example too
(5.2.2), and comes back as a report; what is for anybody else is taken and thrown away.
"""
import contextlib
import getpass
import imaplib
import os
import pathlib
import pwd
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import tempfile

from .wait import wait_for

PASSWORD = "mailbox-secret"
ADDRESS = "billing@billfold.example"

DOVECOT = """
protocols = imap lmtp
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
info_log_path = {home}/dovecot.log
default_internal_user = {inner}
default_internal_group = {group}
default_login_user = {login}
first_valid_uid = 0
mail_location = maildir:{home}/mails
recipient_delimiter = +
disable_plaintext_auth = no
ssl = yes
ssl_cert = <{home}/server.pem
ssl_key = <{home}/server.key
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/home allow_all_users=yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {imap}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {imaps}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
protocol lmtp {{
  postmaster_address = postmaster@billfold.example
  lmtp_hdr_delivery_address = original
}}
"""

POSTFIX = """
compatibility_level = 3.6
queue_directory = {home}/spool
data_directory = {home}/data
mail_owner = postfix
setgid_group = postdrop
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
maillog_file = {home}/postfix.log
maillog_file_prefixes = {home}
myhostname = mx.billfold.example
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
recipient_delimiter = +
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = billfold.example
virtual_mailbox_maps = static:everybody
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
transport_maps = inline:{{ {{refused.example = smtp:[127.0.0.1]:{other}}}, {{full.example = smtp:[127.0.0.1]:{other}}} }}
default_transport = discard
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_tls_security_level = none
smtputf8_enable = no
"""

MASTER = """
127.0.0.1:{smtp} inet n - n - - smtpd
127.0.0.1:{other} inet n - n - - smtpd
  -o myhostname=mx.elsewhere.example
  -o {{ smtpd_recipient_restrictions = check_recipient_access inline:{{{{refused.example = 550 5.1.1 There is nobody of this name}},{{full.example = 552 5.2.2 The mailbox is full}}}}, reject }}
cleanup   unix  n  -  n  -  0  cleanup
qmgr      unix  n  -  n  300  1  qmgr
rewrite   unix  -  -  n  -  -  trivial-rewrite
bounce    unix  -  -  n  -  0  bounce
defer     unix  -  -  n  -  0  bounce
trace     unix  -  -  n  -  0  bounce
verify    unix  -  -  n  -  1  verify
flush     unix  n  -  n  1000?  0  flush
proxymap  unix  -  -  n  -  -  proxymap
lmtp      unix  -  -  n  -  -  lmtp
smtp      unix  -  -  n  -  -  smtp
error     unix  -  -  n  -  -  error
retry     unix  -  -  n  -  -  error
discard   unix  -  -  n  -  -  discard
anvil     unix  -  -  n  -  1  anvil
postlog   unix-dgram n -  n  -  1  postlogd
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as s:
        return bool(s.recv(1))
    return False


class MailHost:
    def start(self, postfix=True):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="billfold-mailhost-"))
        self.home.chmod(0o755)
        self.smtp, self.other, self.imap, self.imaps, self.lmtp = (free_port() for _ in range(5))
        self.dovecot = self.master = None
        try:
            self._start_dovecot()
            if postfix:
                self._start_postfix()
        except Exception:
            self.stop()
            raise
        return self

    def _start_dovecot(self):
        root, me = os.getuid() == 0, pwd.getpwuid(os.getuid())
        owner = pwd.getpwnam("nobody") if root else me  # of the mails: no server runs as root with them
        self.certificate()
        for name in ("mails", "home", "state", "run"):
            (self.home / name).mkdir()
        if root:
            for name in ("mails", "home"):
                os.chown(self.home / name, owner.pw_uid, owner.pw_gid)
        (self.home / "dovecot.conf").write_text(DOVECOT.format(
            home=self.home, inner="dovecot" if root else getpass.getuser(), login="dovenull" if root else getpass.getuser(),
            group="dovecot" if root else me.pw_gid, uid=owner.pw_uid, gid=owner.pw_gid, password=PASSWORD, imap=self.imap,
            imaps=self.imaps, lmtp=self.lmtp))
        self.restart_dovecot()

    def _start_postfix(self):
        conf = self.home / "postfix"
        for path in (conf, self.home / "spool", self.home / "data"):
            path.mkdir()
        postfix = pwd.getpwnam("postfix")
        os.chown(self.home / "data", postfix.pw_uid, postfix.pw_gid)
        (conf / "main.cf").write_text(POSTFIX.format(home=self.home, lmtp=self.lmtp, other=self.other))
        (conf / "master.cf").write_text(MASTER.format(smtp=self.smtp, other=self.other))
        done = subprocess.run(["/usr/sbin/postfix", "-c", str(conf), "start"], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError("Postfix does not start:\n" + done.stdout + done.stderr + self.log("postfix"))
        wait_for(lambda: (self.home / "spool/pid/master.pid").exists(), 10, "Postfix")
        self.master = int((self.home / "spool/pid/master.pid").read_text())
        wait_for(lambda: answers(self.smtp), 15, "Postfix's port")

    def certificate(self):
        """An authority of its own, and the server's certificate by it."""
        def openssl(*words):
            subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=self.home)

        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out", "ca.pem",
                "-subj", "/CN=Tests", "-days", "2")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "server.key", "-out", "server.csr",
                "-subj", "/CN=localhost")
        (self.home / "names").write_text("subjectAltName = DNS:localhost,IP:127.0.0.1\n")
        openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "server.pem",
                "-extfile", "names", "-days", "2")
        (self.home / "server.key").chmod(0o600)
        (self.home / "ca.pem").chmod(0o644)

    def stop_dovecot(self):
        if self.dovecot:
            self.dovecot.terminate()
            self.dovecot.wait(20)
            self.dovecot = None

    def stop(self):
        if self.master:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.master, signal.SIGTERM)

            def gone():
                try:
                    os.kill(self.master, 0)
                except ProcessLookupError:
                    return True

            wait_for(gone, 20, "Postfix to end")
        self.stop_dovecot()
        shutil.rmtree(self.home, ignore_errors=True)

    def log(self, name):
        path = self.home / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    # ---- what a product is told, and what people do ----

    def settings(self, imap=None, more=""):
        return (f'smtp_url = "smtp://127.0.0.1:{self.smtp}"\nmail_from = "{ADDRESS}"\nimap_url = "{imap or f"imaps://127.0.0.1:{self.imaps}"}"\n'
                f'imap_user = "billing"\nimap_password = "{PASSWORD}"\nimap_ca_file = "{self.home / "ca.pem"}"\n{more}')

    def session(self):
        box = imaplib.IMAP4_SSL("localhost", self.imaps, ssl_context=ssl.create_default_context(cafile=self.home / "ca.pem"))
        box.login("billing", PASSWORD)
        return box

    def put(self, message, folder="INBOX"):
        """Lies in the mailbox, as if it had come by mail; its id."""
        box = self.session()
        state, answer = box.append(folder, None, None, message if isinstance(message, bytes) else message.as_bytes())
        assert state == "OK", answer
        box.logout()
        return int(answer[0].split(b"]")[0].split()[2])

    def post(self, message, sender, recipient):
        """Comes by mail, the whole way."""
        with smtplib.SMTP("127.0.0.1", self.smtp) as server:
            server.send_message(message, sender, [recipient])

    def flags(self, folder="INBOX"):
        """id -> flags."""
        box = self.session()
        box.select(folder, readonly=True)
        found = {}
        for line in box.uid("FETCH", "1:*", "(FLAGS)")[1]:
            if line:
                text = line.decode()
                found[int(text.split("UID ")[1].split()[0].rstrip(")"))] = text.split("FLAGS (")[1].split(")")[0]
        box.logout()
        return found

    def renumber(self):
        """The mailbox's ids are given anew, as after a restore: another UIDVALIDITY."""
        box = self.session()
        box.create("Copy")
        box.select("INBOX")
        box.uid("COPY", "1:*", "Copy")
        box.logout()
        self.stop_dovecot()
        for name in ("dovecot-uidlist", "dovecot.index", "dovecot.index.log", "dovecot.index.cache", "dovecot-uidvalidity"):
            for path in (self.home / "mails").glob(name + "*"):
                path.unlink()
        self.restart_dovecot()

    def restart_dovecot(self):
        self.dovecot = subprocess.Popen(["/usr/sbin/dovecot", "-F", "-c", str(self.home / "dovecot.conf")], stdout=subprocess.DEVNULL,
                                        stderr=(self.home / "dovecot.err").open("w"))
        wait_for(lambda: answers(self.imap), 15, "Dovecot: " + str(self.home))
