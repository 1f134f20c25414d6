"""The register of postings is what the product posts by."""
import os
import pathlib
import subprocess

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BILLFOLD_BUILD", SOURCE / "build" / "check" / "make"))


def test_the_register_is_that_of_the_table():
    made = subprocess.run([str(BUILD / "docs" / "postings"), str(SOURCE / "sql/seed/ledger.chart_account.csv")], check=True,
                          capture_output=True, text=True).stdout
    assert made.count("\n|") > 20
    assert (SOURCE / "docs" / "postings.md").read_text() == made, "make postings"
