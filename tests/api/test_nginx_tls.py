"""The TLS template, as an operator fills it in: protocols, HTTP/2, unknown names, the clear port."""
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import time

import pytest

from harness.product import SOURCE
from harness.wait import wait_for

NAME = "billing.example.com"


def free_ports(n):
    held = [socket.socket() for _ in range(n)]
    for s in held:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


# nginx.conf of Debian's package, but for the paths: what it sets in http, no part of ours may set there again.
DEBIAN = """worker_processes 1;
pid @HOME@/nginx.pid;
error_log @HOME@/log/nginx-error.log;
events {
	worker_connections 768;
}
http {
	client_body_temp_path @HOME@/tmp/nginx/body;
	fastcgi_temp_path @HOME@/tmp/nginx/fastcgi;
	proxy_temp_path @HOME@/tmp/nginx/proxy;
	uwsgi_temp_path @HOME@/tmp/nginx/uwsgi;
	scgi_temp_path @HOME@/tmp/nginx/scgi;
	sendfile on;
	tcp_nopush on;
	types_hash_max_size 2048;
	include /etc/nginx/mime.types;
	default_type application/octet-stream;
	ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;
	ssl_prefer_server_ciphers on;
	access_log @HOME@/log/access.log;
	gzip on;
	include @HOME@/site.conf;
}
"""


@pytest.fixture(scope="module")
def front(product, tmp_path_factory):
    """A second nginx in front of the same program: Debian's, with our site; (clear port, TLS port, pid)."""
    clear, tls = free_ports(2)
    home = tmp_path_factory.mktemp("tls")
    for part in ("log", "tmp/nginx", "tls"):
        (home / part).mkdir(parents=True)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}", "-keyout", str(home / "tls/key.pem"),
                    "-out", str(home / "tls/fullchain.pem")], check=True, capture_output=True)
    site = (SOURCE / "nginx/site.example").read_text()
    site = re.sub(r"^\s*listen \[::\].*\n", "", site, flags=re.M)
    site = site.replace("listen 80", f"listen 127.0.0.1:{clear}").replace("listen 443", f"listen 127.0.0.1:{tls}")
    for there, here in {"/etc/billfold/tls": home / "tls", "ssl_stapling": "# ssl_stapling", "/run/billfold": product.run,
                        "/var/log/nginx": home / "log"}.items():
        assert there in site
        site = site.replace(there, str(here))
    (home / "site.conf").write_text(site)
    main = DEBIAN.replace("@HOME@", str(home))
    # Beside the files that it includes.
    conf = product.home / "etc/nginx/tls.conf"
    conf.write_text(main)
    argv = ["nginx", "-e", str(home / "log/error.log"), "-c", str(conf), "-g", "daemon off;"]
    if os.getuid() == 0:
        for path in (home, *home.rglob("*")):
            shutil.chown(path, "billfold")
        for above in (tmp_path_factory.getbasetemp(), tmp_path_factory.getbasetemp().parent):
            above.chmod(0o755)
        argv = ["setpriv", "--reuid=billfold", "--regid=billfold", "--init-groups", "--", *argv]
    child = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def answers():
        assert child.poll() is None, child.stderr.read().decode()
        try:
            socket.create_connection(("127.0.0.1", tls), 1).close()
            return True
        except OSError:
            return False

    wait_for(answers, 10, "nginx with TLS")
    yield clear, tls, child.pid
    child.send_signal(signal.SIGQUIT)
    child.wait(10)


def connect(port, name=NAME, **options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    for key, value in options.items():
        setattr(context, key, value)
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), 5), server_hostname=name)


def curl(port, path, *words, scheme="https", name=NAME):
    return subprocess.run(["curl", "-sk", "--max-time", "10", "--resolve", f"{name}:{port}:127.0.0.1", *words, f"{scheme}://{name}:{port}{path}"],
                          capture_output=True, text=True)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_spoken_versions(front, version):
    with connect(front[1], minimum_version=version, maximum_version=version) as s:
        assert s.version() in ("TLSv1.2", "TLSv1.3")


def test_old_versions_are_refused(front):
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{front[1]}", "-servername", NAME, "-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0"],
                          input="", capture_output=True, text=True)
    assert "Cipher is (NONE)" in done.stdout or done.returncode


def test_http_2_with_the_same_headers(front):
    done = curl(front[1], "/v1/openapi.json", "--http2", "-D", "-", "-o", "/dev/null")
    head = done.stdout.lower()
    assert head.startswith("http/2 200"), done
    assert "strict-transport-security: max-age=63072000; includesubdomains" in head
    assert "content-security-policy: default-src 'none'; frame-ancestors 'none'" in head
    assert "x-content-type-options: nosniff" in head


# ---- frames that no client of good will sends (RFC 9113) ----

HEADERS, RST_STREAM, SETTINGS, CONTINUATION = 1, 3, 4, 9
END_STREAM, END_HEADERS = 1, 4


def frame(kind, flags, stream, body=b""):
    return struct.pack(">I", len(body))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + body


def block(path):
    """GET path, as HPACK: from its static table, the two texts literally."""
    def text(index, value):
        return bytes([index, len(value)]) + value.encode()

    return bytes([0x82, 0x87]) + text(0x04, path) + text(0x01, NAME)


def speak_h2(port):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    spoken = context.wrap_socket(socket.create_connection(("127.0.0.1", port), 10), server_hostname=NAME)
    assert spoken.selected_alpn_protocol() == "h2"
    spoken.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0))
    return spoken


def until_hung_up(spoken, frames):
    """Sends them all, or as many as the other side takes; how many those were."""
    sent = 0
    try:
        for one in frames:
            spoken.sendall(one)
            sent += 1
        while spoken.recv(65536):
            pass
    except (ConnectionError, ssl.SSLError):
        pass
    finally:
        spoken.close()
    return sent


def others_are_served(front):
    began = time.monotonic()
    assert curl(front[1], "/v1/openapi.json", "--http2", "-o", "/dev/null", "-w", "%{http_code}").stdout == "200"
    assert time.monotonic() - began < 5


def test_a_storm_of_resets(front, product):
    """Requests that are taken back as soon as they are made, ten thousand on each of four connections: a connection ends
    with its thousandth, no worker of ours dies, others are served."""
    deaths = product.metrics("billfold-api")["billfold_child_deaths_total"]
    for _ in range(4):
        storm = (frame(HEADERS, END_STREAM | END_HEADERS, n, block("/v1/me")) + frame(RST_STREAM, 0, n, struct.pack(">I", 8)) for n in range(1, 20_001, 2))
        until_hung_up(speak_h2(front[1]), storm)
        others_are_served(front)
    assert product.metrics("billfold-api")["billfold_child_deaths_total"] == deaths


def worker_kib(master):
    """Memory of nginx' one worker."""
    worker = pathlib.Path(f"/proc/{master}/task/{master}/children").read_text().split()[0]
    return int(re.search(r"VmRSS:\s+(\d+) kB", pathlib.Path(f"/proc/{worker}/status").read_text())[1])


def test_headers_without_end(front):
    """Forty megabytes of continuations: passed over, not gathered, and others are served."""
    kilobyte = b"\0" + bytes([4]) + b"x-aa" + bytes([0x7f, 0x81, 0x07]) + b"a" * 1024
    before = worker_kib(front[2])
    until_hung_up(speak_h2(front[1]), [frame(HEADERS, END_STREAM, 1, block("/v1/me"))] + [frame(CONTINUATION, 0, 1, kilobyte * 8)] * 5000)
    assert worker_kib(front[2]) < before + 4096
    others_are_served(front)


def test_an_unknown_name_gets_no_handshake(front):
    with pytest.raises(ssl.SSLError):
        connect(front[1], name="evil.example").close()


def test_the_clear_port_serves_nothing(front):
    assert curl(front[0], "/v1/me", "-o", "/dev/null", "-w", "%{http_code}", scheme="http").stdout == "403"
    moved = curl(front[0], "/pay/abc", "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", scheme="http").stdout
    assert moved.startswith(f"308 https://{NAME}")


def test_tls_on_the_clear_words_is_told(front):
    """Plain HTTP to the TLS port is a problem document too."""
    done = curl(front[1], "/v1/me", "-w", " %{http_code} %{content_type}", scheme="http")
    assert done.stdout.endswith(" 400 application/problem+json"), done.stdout
