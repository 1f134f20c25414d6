"""The stand-in for Stripe held against what Stripe publishes: its types, and its own library as a client."""
import json
import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
NODE = HERE / "node"
sys.path.insert(0, str(HERE.parent / "api"))
sys.path.insert(0, str(HERE / "stripe"))

from harness.stripe import Stripe  # noqa: E402


@pytest.fixture(scope="module")
def node():
    found = sorted(NODE.glob("node_modules/node-linux-*/bin/node"))
    if not found or not (NODE / "node_modules" / "stripe").exists():
        pytest.skip("Stripe's library is not installed in tests/stand-in/node: no npm registry")
    return found[0]


def run(node, *words, **options):
    return subprocess.run([str(node), *map(str, words)], cwd=NODE, capture_output=True, text=True, timeout=120, **options)


def described(tmp_path, change=None):
    text = subprocess.run([sys.executable, Stripe.server(), "--describe"], capture_output=True, text=True, check=True).stdout
    table = json.loads(text)
    if change:
        change(table["operations"])
    path = tmp_path / "contract.json"
    path.write_text(json.dumps(table))
    return path


def test_the_contract_is_the_vendors(node, tmp_path):
    done = run(node, "contract.mjs", described(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout.split()[-4]) > 200, done.stdout


@pytest.mark.parametrize("change", [
    lambda ops: ops["RefundCreateParams"].pop("reason"),
    lambda ops: ops["RefundCreateParams"].update(colour={"kind": "any", "required": False}),
    lambda ops: ops["PaymentIntentCreateParams"]["amount"].update(required=False),
    lambda ops: ops["RefundCreateParams"]["reason"]["words"].append("whim"),
    lambda ops: ops["SessionCreateParams"]["line_items"]["of"]["fields"]["price_data"]["fields"].pop("unit_amount"),
], ids=["name left out", "name added", "not required", "word added", "nested name left out"])
def test_the_comparison_sees_a_difference(node, tmp_path, change):
    done = run(node, "contract.mjs", described(tmp_path, change))
    assert done.returncode == 1 and "1 differences" in done.stdout, done.stdout + done.stderr


def test_the_vendors_library_is_content(node):
    stripe = Stripe().start()
    try:
        done = run(node, "client.mjs", stripe.url)
    finally:
        stripe.stop()
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ok ") >= 12


def test_forms_are_read_as_nested_or_refused():
    from form import BadForm, decode

    assert decode("a=1&b[c]=2&d[]=x&d[]=y&e[0][f]=z&e[1][f]=%26") == {
        "a": "1", "b": {"c": "2"}, "d": ["x", "y"], "e": [{"f": "z"}, {"f": "&"}]}
    for text in ("a", "a=1&a=2", "a[=1", "a]b[=1", "a[b]c=1", "[a]=1", "a=1&a[b]=2", "a[1]=x", "a=%ff"):
        with pytest.raises(BadForm):
            decode(text)
