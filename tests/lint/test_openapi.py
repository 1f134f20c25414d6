"""The contract lints clean by a linter that is not ours."""
import json
import pathlib
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
REDOCLY = HERE / "node_modules" / "@redocly" / "cli" / "bin" / "cli.js"


def node():
    found = sorted(HERE.glob("node_modules/node-linux-*/bin/node"))
    return found[0] if found else None


def test_openapi_document_lints_clean(contract):
    if not node() or not REDOCLY.exists():
        pytest.skip("the linters of tests/lint are not installed: no npm registry")
    config = HERE / "redocly.yaml"
    done = subprocess.run([str(node()), str(REDOCLY), "lint", "--config", str(config), "--format", "json", str(contract)],
                          capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", "HOME": str(contract.parent),
                                                               "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"})
    start = done.stdout.find("{")
    assert start >= 0, done.stdout + done.stderr
    report = json.loads(done.stdout[start:])
    said = [f"{p['severity']} {p['ruleId']}: {p['message']} {p['location'][0].get('pointer', '')}" for p in report["problems"]]
    assert not said, f"{len(said)} findings\n" + "\n".join(said[:40])


def test_openapi_document_is_of_version_3_1(contract):
    document = json.loads(contract.read_text())
    assert document["openapi"].startswith("3.1.")
    assert document["paths"]
