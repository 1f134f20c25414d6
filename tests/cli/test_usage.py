"""The line itself: words, options, help, what an exit status says, JSON and nothing else where it is asked for."""
import os
import re
import shutil
import subprocess

import pytest
from harness.product import SOURCE

OK, REFUSED, USAGE, DATA, UNAVAILABLE, IO, CONFIG = 0, 1, 64, 65, 69, 74, 78


def commands(billfold):
    text = billfold("--help").expect(OK).out
    return re.findall(r"^  ((?:[a-z]+ )?[a-z]+)  +\S", text[text.index("Commands:"):text.index("Exit status:")], re.M)


def test_help_names_every_command_and_each_has_help_with_examples(billfold):
    names = commands(billfold)
    assert {"migrate", "tenant create", "user reset", "client rotate", "job retry", "demo"} <= set(names)
    for name in names:
        text = billfold(*name.split(), "--help").expect(OK).out
        assert text.startswith(f"Usage: billfold {name}"), name
        assert f"\n  billfold {name}" in text[text.index("Examples:"):], name


def test_the_manual_has_every_command(billfold, product):
    page = (product.app / "share/man/man1/billfold.1").read_text()
    assert page == billfold("--manual").expect(OK).out
    for name in commands(billfold):
        assert f'.SS "{name}"' in page


def test_the_manual_has_every_key_that_a_program_reads(product):
    page = (product.app / "share/man/man5/billfold.conf.5").read_text()
    told = set(re.findall(r"^\\fB(\w+)\\fR \(", page, re.M))
    known = set(re.findall(r"^CONFIG_KEY\((\w+)", (SOURCE / "include/billfold/base/config_known.def").read_text(), re.M))
    programs = {p.name.removeprefix("billfold-") for p in (product.app / "sbin").iterdir()}
    assert told == known
    for program in programs:
        assert (product.app / f"share/man/man8/billfold-{program}.8").read_text().startswith(f".TH BILLFOLD-{program.upper()} 8")


def test_manual_pages_are_sound(product):
    if not shutil.which("man"):
        pytest.skip("man is not installed")
    for page in sorted((product.app / "share/man").glob("man*/*")):
        shown = subprocess.run(["man", "--warnings", "-l", str(page)], capture_output=True, text=True,
                               env={"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]})
        assert shown.returncode == 0 and shown.stderr == "" and "NAME" in shown.stdout, page


@pytest.mark.parametrize("words", [
    [], ["nonsense"], ["tenant"], ["tenant", "nonsense"], ["tenant", "show"], ["tenant", "show", "a", "b"], ["tenant", "list", "--nonsense"],
    ["tenant", "create", "--slug"], ["--nonsense"], ["user", "create", "north"], ["job", "list", "--limit"]])
def test_a_wrong_line_is_told_and_does_nothing(billfold, words):
    ran = billfold(*words).expect(USAGE)
    assert ran.out == "" and "Try `billfold" in ran.err


def test_the_first_word_of_commands_says_what_it_goes_on_with(billfold):
    assert "it goes on with list, show, create, suspend, resume\n" in billfold("tenant").expect(USAGE).err
    assert "it goes on" not in billfold("nonsense").expect(USAGE).err


def test_words_and_named_options_say_the_same(billfold, tenant):
    by_word, by_name = billfold("tenant", "show", tenant.slug), billfold("tenant", "show", "--slug", tenant.slug)
    assert by_word.expect(OK).out == by_name.expect(OK).out
    assert billfold("tenant", "show", "--", tenant.slug).expect(OK).out == by_word.out


def test_json_stands_before_or_after_the_command(billfold, tenant):
    assert billfold("--json", "tenant", "show", tenant.slug).expect(OK).json == billfold("tenant", "show", tenant.slug, "--json").expect(OK).json


def test_the_configuration_may_stand_behind_the_command(product, billfold):
    conf = str(product.home / "etc" / "billfold.conf")
    argv = [str(product.app / "bin" / "billfold"), "tenant", "list", "-c"]
    as_user = ["setpriv", "--reuid=billfold", "--regid=billfold", "--init-groups", "--"] if subprocess.os.getuid() == 0 else []
    assert subprocess.run([*as_user, *argv, conf], capture_output=True).returncode == OK
    assert subprocess.run([*as_user, *argv, "/nonexistent/billfold.conf"], capture_output=True).returncode == CONFIG


def with_config(product, tmp_path, change):
    """A copy of the product's configuration, changed, which the programs' user may read."""
    path = tmp_path / "billfold.conf"
    path.write_text(change((product.home / "etc" / "billfold.conf").read_text()))
    for place in (tmp_path, *tmp_path.parents):
        if place.stat().st_mode & 0o001 or place.stat().st_uid != subprocess.os.getuid():
            continue
        place.chmod(place.stat().st_mode | 0o011)
    path.chmod(0o644)
    return str(path)


@pytest.mark.parametrize("change, status", [
    (lambda text: text + "nonsense = 1\n", CONFIG),
    (lambda text: re.sub(r"(?m)^database.*$", "", text), CONFIG),
    (lambda text: re.sub(r"(?m)^database.*$", 'database = "host=/nonexistent dbname=billfold"', text), UNAVAILABLE)])
def test_a_configuration_that_does_not_serve_is_told(product, billfold, tmp_path, change, status):
    ran = billfold("-c", with_config(product, tmp_path, change), "tenant", "list").expect(status)
    assert ran.out == "" and ran.err.startswith("billfold: ")


@pytest.mark.parametrize("words", [["tenant", "list"], ["--json", "tenant", "list"], ["--manual"], ["tenant", "list", "--help"]])
def test_a_result_that_cannot_be_written_is_no_success(product, words):
    """A client's secret is shown once: who sends it to a full disk has to hear of it."""
    with open("/dev/full", "w") as full:
        ran = subprocess.run(product.argv(*words), stdout=full, stderr=subprocess.PIPE, text=True)
    assert ran.returncode == IO and "cannot be written" in ran.stderr


def test_an_error_is_json_too_where_it_is_asked_for(billfold):
    ran = billfold("--json", "tenant", "show", "nobody").expect(REFUSED)
    assert ran.out == "" and ran.problem["code"] == "not_found" and "nobody" in ran.problem["detail"]


def test_what_was_stored_moves_no_cursor(billfold, new_tenant):
    tenant = new_tenant("escape", roles=())
    billfold("client", "create", tenant.slug, "--name", "a\x1b[2Jb", "--role", "owner").expect(OK)
    assert "\x1b" not in billfold("client", "list", tenant.slug).expect(OK).out
    assert any(c["name"] == "a\x1b[2Jb" for c in billfold("--json", "client", "list", tenant.slug).json["clients"])
