"""Reference data against what the programs were built with."""
import csv
import pathlib
import re

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def rows(name):
    with open(SOURCE / "sql" / "seed" / f"{name}.csv", newline="") as file:
        return list(csv.DictReader(file))


def test_permissions_are_those_of_the_programs():
    declared = dict(re.findall(r'^PERMISSION\(\w+,\s*"([^"]+)",\s*"([^"]+)"\)',
                               (SOURCE / "include/billfold/auth/permissions.def").read_text(), re.M))
    assert {row["word"]: row["doc"] for row in rows("auth.permission")} == declared


def test_roles_permit_what_there_is():
    words = {row["word"] for row in rows("auth.permission")}
    keys = {row["key"] for row in rows("auth.system_role")}
    for row in rows("auth.system_role_permission"):
        assert row["role_key"] in keys and row["permission"] in words, row


def test_sqlstates_are_listed_or_handled():
    """What SQL raises for the caller has its row in errors.def."""
    known = set(re.findall(r'^ERROR\(\w+,\s*"(\w{5})"', (SOURCE / "include/billfold/base/errors.def").read_text(), re.M))
    # The engine replays on the first; the second is a defect of ours, and internal.
    known |= {"ZBRPL", "ZBACT"}
    bad = []
    for path in sorted((SOURCE / "sql").rglob("*.sql")):
        for state in re.findall(r"'(ZB[A-Z0-9]{3})'", path.read_text()):
            if state not in known:
                bad.append(f"{path.relative_to(SOURCE)}: {state}")
    assert not bad, "\n".join(bad)
