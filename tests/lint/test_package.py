"""The Debian package says what the build says: version, libraries, programs."""
import pathlib
import re
import shlex

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def test_the_version_is_configures():
    version = re.search(r"^AC_INIT\(\[billfold\], \[([\d.]+)\]", (SOURCE / "configure.ac").read_text(), re.M).group(1)
    assert (SOURCE / "debian/changelog").read_text().startswith(f"billfold ({version}) ")


def test_it_builds_with_what_the_project_builds_with():
    control = (SOURCE / "debian/control").read_text().split("\n\n")[0]
    needs = set(re.findall(r"[a-z0-9.+-]+-dev", control[control.index("Build-Depends:"):]))
    script = (SOURCE / "deploy/lib/packages.sh").read_text()
    ours = set(re.search(r'^packages_build="([^"]*)"', script, re.M).group(1).split())
    assert needs == {name for name in ours if name.endswith("-dev")} - {"libc6-dev"}


def test_its_guide_names_every_program_and_role():
    guide = (SOURCE / "debian/README.Debian").read_text()
    roles = re.findall(r"^\s+\('(billfold_\w+)', '\d+s'\)", (SOURCE / "sql/roles.sql").read_text(), re.M)
    assert len(roles) >= 7 and all(role in guide for role in roles)
    programs = {p.stem.removeprefix("billfold-") for p in (SOURCE / "deploy/systemd").glob("billfold-*.service")}
    braces = re.search(r"billfold-\{([a-z,]+)\}-metrics", guide).group(1)
    assert set(braces.split(",")) == programs


def test_scripts_of_a_package_stop_at_the_first_failure():
    for script in (SOURCE / "debian").glob("*.postinst"):
        lines = [line for line in script.read_text().splitlines() if not line.startswith("#")]
        assert shlex.split(lines[0]) == ["set", "-e"]
