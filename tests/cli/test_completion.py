"""bash completes what the table of commands has."""
import os
import pathlib
import re
import subprocess

import pytest

APP = pathlib.Path(os.environ.get("BILLFOLD_APP", pathlib.Path(__file__).resolve().parents[2] / "build" / "check" / "app"))
SCRIPT = APP / "share" / "bash-completion" / "completions" / "billfold"
ASK = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
compopt() { :; }
_billfold
printf '%s\\n' "${COMPREPLY[@]}"
"""


def completed(*words):
    done = subprocess.run(["bash", "-u", "-c", ASK, "bash", str(SCRIPT), "billfold", *words], capture_output=True, text=True)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.fixture(scope="module")
def commands():
    told = subprocess.run([str(APP / "bin" / "billfold"), "--help"], capture_output=True, text=True, check=True).stdout
    part = told.split("Commands:")[1].split("`billfold COMMAND")[0]
    return [re.match(r"  ([a-z]+(?: [a-z]+)?)  ", line).group(1) for line in part.splitlines() if line.startswith("  ")]


def test_first_words(commands):
    assert completed("") == list(dict.fromkeys(c.split()[0] for c in commands)) and len(commands) > 20
    assert completed("te") == ["tenant"] and completed("x") == []


def test_second_words(commands):
    for first in {c.split()[0] for c in commands if " " in c}:
        assert completed(first, "") == [c.split()[1] for c in commands if c.startswith(first + " ")]
    assert completed("--json", "job", "re") == ["retry"]
    assert completed("-c", "/etc/x.conf", "tenant", "sus") == completed("--config", "=", "/etc/x.conf", "tenant", "sus") == ["suspend"]


def test_options_of_each_command(commands):
    for command in commands:
        told = subprocess.run([str(APP / "bin" / "billfold"), *command.split(), "--help"], capture_output=True, text=True, check=True).stdout
        options = re.findall(r"^  (--[a-z-]+=?)", told, re.M)
        assert sorted(completed(*command.split(), "--")) == sorted({*options, "--config=", "--help"})
    assert completed("tenant", "create", "--slug", "=", "acme", "--na") == ["--name="]


def test_a_value_is_left_to_bash():
    assert completed("import", "--tenant", "=") == [] and completed("-c", "") == []
