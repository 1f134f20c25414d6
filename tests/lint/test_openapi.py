"""The contract lints clean by a linter that is not ours."""
import json
import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "api"))

from harness.product import Product  # noqa: E402

REDOCLY = HERE / "node_modules" / "@redocly" / "cli" / "bin" / "cli.js"


def node():
    found = sorted(HERE.glob("node_modules/node-linux-*/bin/node"))
    return found[0] if found else None


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    product = Product()
    try:
        product.start()
        answer = product.client().get("/v1/openapi.json").expect(200)
    finally:
        product.stop()
    path = tmp_path_factory.mktemp("contract") / "openapi.json"
    path.write_bytes(answer.body)
    return path


def test_openapi_document_lints_clean(document):
    if not node() or not REDOCLY.exists():
        pytest.skip("the linters of tests/lint are not installed: no npm registry")
    config = HERE / "redocly.yaml"
    done = subprocess.run([str(node()), str(REDOCLY), "lint", "--config", str(config), "--format", "json", str(document)],
                          capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", "HOME": str(document.parent),
                                                               "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"})
    start = done.stdout.find("{")
    assert start >= 0, done.stdout + done.stderr
    report = json.loads(done.stdout[start:])
    said = [f"{p['severity']} {p['ruleId']}: {p['message']} {p['location'][0].get('pointer', '')}" for p in report["problems"]]
    assert not said, f"{len(said)} findings\n" + "\n".join(said[:40])


def test_openapi_document_is_of_version_3_1(document):
    contract = json.loads(document.read_text())
    assert contract["openapi"].startswith("3.1.")
    assert contract["paths"]
