"""The last of the suite: after all that its tests did, what is stored is what must hold of it."""
import json


def test_what_the_suite_has_left_behind_is_right(product):
    done = product.command("--json", "doctor", "--invariants", "--limit", "1000", check=False)
    checks = [c for c in json.loads(done.stdout)["checks"] if c["check"].startswith("I")]
    assert len(checks) >= 10
    # Tests that change a row past the programs name themselves as the actor.
    found = [(c["check"], f) for c in checks for f in c["findings"] if not f["finding"].endswith(" by test has no event")]
    assert found == []
