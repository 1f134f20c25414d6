"""The TypeScript client as a user makes it (deploy/client), and the main job by it against a running product."""
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "api"))

from harness.product import NotBuilt, Product  # noqa: E402


@pytest.fixture(scope="module")
def product():
    try:
        made = Product()
    except NotBuilt as reason:
        pytest.exit(str(reason), 2)
    yield made.start()
    made.stop()


@pytest.fixture(scope="module")
def client(product, tmp_path_factory):
    """A project whose node_modules hold the client of this product."""
    if not shutil.which("npm"):
        pytest.skip("there is no npm")
    home = tmp_path_factory.mktemp("client")
    made = home / "billfold-client"
    done = subprocess.run([str(SOURCE / "deploy" / "client"), product.url, str(made)], capture_output=True, text=True,
                          env=dict(os.environ, HOME=str(home)))
    if "the npm registry can be reached" in done.stderr:
        pytest.skip("the client's tools are not installed: no npm registry")
    assert done.returncode == 0, done.stdout + done.stderr
    (home / "node_modules").mkdir()
    (home / "node_modules" / "billfold-client").symlink_to(made)
    (home / "package.json").write_text('{"type": "module"}')
    for file in ("main_job.ts", "wrong.ts", "tsconfig.json"):
        shutil.copy(HERE / file, home)
    return home


def compile_strictly(client, *words):
    return subprocess.run([str(client / "billfold-client" / "node_modules" / ".bin" / "tsc"), *words], cwd=client,
                          capture_output=True, text=True)


def test_the_main_job(product, client):
    done = compile_strictly(client, "-p", ".")
    assert done.returncode == 0, done.stdout
    tenant = product.tenant("typed", roles=())
    done = subprocess.run(["node", "made/main_job.js"], cwd=client, capture_output=True, text=True, timeout=120, env=dict(
        os.environ, BILLFOLD_URL=product.url, BILLFOLD_CLIENT=tenant.client_id, BILLFOLD_SECRET=tenant.client_secret))
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["number"] and found["total"] == 299880 and found["status"] == "paid" and found["payment"] == [299880]
    assert found["differences"] == [0] and sum(found["accounts"].values()) == 0
    assert sorted(found["accounts"].values()) == [-249900, -49980, 0, 299880]
    assert found["refused"] == "not_found"


def test_what_the_contract_forbids_does_not_compile(client):
    done = compile_strictly(client, "--noEmit", "--strict", "--module", "NodeNext", "--target", "ES2022", "--lib", "ES2022,DOM", "wrong.ts")
    lines = (HERE / "wrong.ts").read_text().splitlines()
    wrong = {number for number, line in enumerate(lines, 1) if line.startswith("void ")}
    said = {int(line.split("(")[1].split(",")[0]) for line in done.stdout.splitlines() if line.startswith("wrong.ts(")}
    assert said == wrong, done.stdout
