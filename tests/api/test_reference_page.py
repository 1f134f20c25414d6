"""/docs/api: the contract as pages, with nothing of another origin, with Redoc where it was fetched and without."""
import gzip
import html.parser
import pathlib
import re
import subprocess
import urllib.parse

import pytest

CHROMIUM = pathlib.Path("/usr/bin/chromium")
READER = "/docs/redoc.standalone.js"


class Page(html.parser.HTMLParser):
    """What a page names: addresses by the element that names them, and whatever a strict policy would not run."""

    def __init__(self, text):
        super().__init__()
        self.addresses, self.inline, self.open, self.text = [], [], None, ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.open = tag
        self.addresses += [(tag, value) for name, value in attrs if name in ("href", "src", "action", "data", "poster", "srcset")]
        self.inline += [f"<{tag} {name}>" for name, _ in attrs if name == "style" or name.startswith("on")]
        self.inline += ["<style>"] if tag == "style" else []
        self.inline += ["<script>"] if tag == "script" and "src" not in dict(attrs) else []

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def page(anonymous):
    return Page(anonymous.get("/docs/api").expect(200).body.decode())


def test_its_headers(anonymous):
    answer = anonymous.get("/docs/api").expect(200)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    for name in ("Strict-Transport-Security", "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Resource-Policy",
                 "Content-Security-Policy", "X-Request-Id", "ETag", "Cache-Control"):
        assert len(answer.headers.get_all(name, [])) == 1, name
    assert "public" in answer.headers["Cache-Control"]
    again = anonymous.get("/docs/api", {"If-None-Match": answer.headers["ETag"]})
    assert again.status == 304 and again.headers["ETag"] == answer.headers["ETag"]


@pytest.mark.parametrize("path", ["/docs/api", "/docs/api.css", "/docs/api.js"])
def test_its_policy_names_no_other_origin_and_nothing_unsafe(anonymous, path):
    policy = {words[0]: words[1:] for words in map(str.split, anonymous.get(path).expect(200).headers["Content-Security-Policy"].split(";"))}
    assert policy["default-src"] == ["'none'"] and policy["frame-ancestors"] == ["'none'"]
    assert policy["base-uri"] == policy["form-action"] == ["'none'"]
    assert policy["script-src"] == policy["connect-src"] == ["'self'"]
    allowed = {"'self'", "'none'", "data:", "blob:"}
    assert not [word for words in policy.values() for word in words if word not in allowed and not word.startswith("'sha256-")]


def test_what_it_names_is_served_from_here(anonymous, page):
    assert not page.inline
    assert {"/docs/api.css", "/docs/api.js", READER, "/v1/openapi.json"} <= {
        urllib.parse.urljoin("/docs/api", address) for _, address in page.addresses}
    for tag, address in page.addresses:
        assert not urllib.parse.urlsplit(address).netloc, f"<{tag}> names {address}"
        found = anonymous.get(urllib.parse.urljoin("/docs/api", address))
        assert found.status == 200 or urllib.parse.urljoin("/docs/api", address) == READER, f"{address}: {found.status}"
    for path in ("/docs/api.css", "/docs/api.js"):
        assert not re.search(rb"https?:|//[a-z]|@import|url\(", anonymous.get(path).body.replace(b"\n// ", b"\n")), path


def test_it_tells_of_the_contract_without_a_script(anonymous, page):
    assert ("a", "../v1/openapi.json") in page.addresses and "/v1/openapi.json" in page.text
    assert anonymous.get("/v1/openapi.json").expect(200).json["openapi"].startswith("3.1")
    version = re.search(r"reader_version=(\S+)", (pathlib.Path(__file__).parents[2] / "deploy/lib/reader.sh").read_text()).group(1)
    assert set(re.findall(r"redoc[@-](\d+\.\d+\.\d+)", page.text)) == {version}


def test_scripts_and_styles_are_compressed_and_cached(anonymous):
    for path, kind in (("/docs/api.js", "text/javascript"), ("/docs/api.css", "text/css")):
        plain = anonymous.get(path).expect(200)
        assert plain.headers["Content-Type"] == f"{kind}; charset=utf-8" and plain.headers["ETag"]
        zipped = anonymous.get(path, {"Accept-Encoding": "gzip"}).expect(200)
        assert zipped.headers["Content-Encoding"] == "gzip" and gzip.decompress(zipped.body) == plain.body
        assert anonymous.get(path, {"If-None-Match": zipped.headers["ETag"]}).status == 304


@pytest.mark.parametrize("path", ["/docs/", "/docs/nothing", "/docs/api/", "/docs/../pay/pay.css", "/docs/%2e%2e/pay/pay.css", "/docs/.git/config"])
def test_nothing_else_is_there(anonymous, path):
    answer = anonymous.get(path)
    assert answer.status in (400, 403, 404) and answer.headers["Content-Type"] == "application/problem+json"


def rendered(product, tmp_path, path):
    """The page after its scripts, and what the browser's console said."""
    done = subprocess.run([str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
                           "--disable-background-networking", "--disable-component-update", f"--user-data-dir={tmp_path}/profile",
                           "--enable-logging=stderr", "--v=0", "--virtual-time-budget=15000", "--dump-dom", product.url + path],
                          capture_output=True, text=True, timeout=120)
    return done.stdout, [line for line in done.stderr.splitlines() if ":CONSOLE" in line]


@pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium")
def test_a_browser_shows_all_operations(product, anonymous, contract, tmp_path):
    text, said = rendered(product, tmp_path, "/docs/api")
    missing = [o.id for o in contract.operations if f"{o.method}</b>{o.path}</code>" not in text]
    assert contract.operations and not missing
    if anonymous.get(READER).status == 200:
        assert not said


@pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium")
def test_a_browser_shows_a_subject_in_full(product, anonymous, contract, tmp_path):
    if anonymous.get(READER).status != 200:
        pytest.skip("Redoc was not fetched: no npm registry")
    text, said = rendered(product, tmp_path, "/docs/api?of=tasks")
    wanted = [o.spec["operationId"] for o in contract.operations if "tasks" in o.spec["tags"]]
    assert wanted and not [name for name in wanted if f'id="tag/tasks/operation/{name}"' not in text]
    # Its maker's picture is of another origin; nothing else is kept from it.
    assert not [line for line in said if "logo-mini.svg" not in line]
