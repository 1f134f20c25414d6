"""How the house stands: rules about the sources themselves, each over every file it concerns."""
import pathlib
import re
import shutil
import subprocess

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
FLOORS = {
    1: "base",
    2: "json crypto pg redis net process",
    3: "tenant auth job resource http",
    4: "crm catalog work usage billing ledger payment collect flow search report document connect",
    5: "bin",
}
FLOOR = {room: floor for floor, rooms in FLOORS.items() for room in rooms.split()}
SKIPPED = {".git", "node_modules", "__pycache__", "autom4te.cache", "build", "var"}


def files(*endings, below=""):
    """Files of the project, made ones left out."""
    found = []
    for path in sorted((SOURCE / below).rglob("*")):
        parts = path.relative_to(SOURCE).parts
        if SKIPPED & set(parts) or parts[0].startswith("build") and parts[0] != "build-aux":
            continue
        if path.is_file() and (not endings or path.suffix in endings):
            found.append(path)
    return found


def name(path):
    return str(path.relative_to(SOURCE))


def rooms():
    return sorted(p for p in (SOURCE / "src").iterdir() if any(p.glob("*.c")))


def offenders(paths, broken):
    bad = [f"{name(p)}: {why}" for p in paths if (why := broken(p))]
    assert not bad, "\n".join(bad)


def test_every_room_is_known_and_says_what_it_owns():
    offenders(rooms(), lambda r: "not a room of the design" if r.name not in FLOOR
              else None if (r / "README.md").exists() else "no README.md")


def test_no_room_reaches_up():
    def broken(path):
        room = path.relative_to(SOURCE / "src").parts[0]
        for other in re.findall(r'#include\s+[<"]billfold/([a-z_]+)(?:\.h|/)', path.read_text()):
            if FLOOR.get(other, 0) > FLOOR[room]:
                return f"includes billfold/{other}.h of floor {FLOOR[other]}"
        return None

    offenders([p for p in files(".c", ".h", below="src")], broken)


def test_no_room_includes_the_inside_of_another():
    def broken(path):
        for inside in re.findall(r'#include\s+"(\.\./[^"]+|src/[^"]+)"', path.read_text()):
            return f"includes {inside}"
        return None

    offenders(files(".c", ".h", below="src"), broken)


def test_files_open_with_a_head():
    def broken(path):
        text = path.read_text()
        return None if text.startswith(("/*", "--", "# ", "#!", '"""')) else "no head that says what it is"

    offenders(files(".c", ".h", below="src") + files(".h", below="include") + files(".sql", below="sql"), broken)


def test_no_file_has_a_second_topic():
    offenders(files(".c", ".h", ".py", ".sh"), lambda p: f"{n} lines" if (n := len(p.read_text().splitlines())) > 800 else None)


def test_no_drawers():
    drawer = re.compile(r"^(util|utils|helper|helpers|misc|common|stuff)\.\w+$")
    offenders(files(), lambda p: "a drawer" if drawer.match(p.name) else None)


def test_nothing_is_left_for_later():
    later = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|not implemented", re.I)

    def broken(path):
        if path == pathlib.Path(__file__).resolve():
            return None
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if later.search(line) and "mktemp" not in line:
                return f"line {number}: {line.strip()[:80]}"
        return None

    offenders(files(".c", ".h", ".sql", ".py", ".sh", ".md", ".mk", ".conf"), broken)


def test_c_names_functions_and_views_and_no_table_is_written_past_them():
    """SQL text lives in sql/. The engine and the migrations compose it from tables of ours; all else calls by name."""
    composing = {"resource", "pg"}
    writing = re.compile(r'"\s*(INSERT\s+INTO|UPDATE\s+[a-z_]+\.|DELETE\s+FROM|TRUNCATE|ALTER\s+TABLE|CREATE\s+TABLE)\b', re.I)
    formatted = re.compile(r'"[^"\n]*\b(SELECT|FROM|WHERE)\b[^"\n]*%[sd]', re.I)

    def broken(path):
        if path.relative_to(SOURCE / "src").parts[0] in composing:
            return None
        text = path.read_text()
        found = writing.search(text) or formatted.search(text)
        return f"SQL in C: {found.group(0)[:80]}" if found else None

    offenders(files(".c", below="src"), broken)


def test_c_is_formatted():
    tool = shutil.which("clang-format-14")
    if not tool:
        pytest.skip("clang-format-14 is not installed")
    sources = files(".c", ".h", below="src") + files(".c", ".h", below="tests/unit")
    done = subprocess.run([tool, "--dry-run", *map(str, sources)], capture_output=True, text=True)
    bad = sorted({name(pathlib.Path(line.split(":")[0])) for line in done.stderr.splitlines() if "warning:" in line})
    assert not bad, "clang-format-14 -i " + " ".join(bad)


def test_scripts_parse():
    def broken(path):
        shell = path.read_bytes()[:20].split(b"\n")[0]
        if shell not in (b"#!/bin/bash", b"#!/bin/sh") and path.suffix != ".sh":
            return None
        done = subprocess.run(["bash", "-n", str(path)], capture_output=True, text=True)
        return done.stderr.strip() if done.returncode else None

    offenders(files(below="deploy") + files(below=".ci"), broken)


def test_nginx_answers_with_errors_of_the_one_list():
    known = {}
    for code, status, title in re.findall(r'^ERROR\((\w+),\s*"\w*",\s*(\d+), "([^"]+)"',
                                          (SOURCE / "include/billfold/base/errors.def").read_text(), re.M):
        known[code] = (int(status), title)
    blocks = re.findall(r'return (\d+) \'\{"type":"\$billfold_url/problems/\w+","title":"([^"]+)","status":(\d+),[^\']*"code":"(\w+)"',
                        (SOURCE / "nginx/billfold/problem.conf").read_text())
    assert len(blocks) > 15
    for status, title, inside, code in blocks:
        assert status == inside
        assert known[code][1] == title, code


def test_files_of_sql_code_are_named_for_their_object():
    made = re.compile(r"CREATE (?:OR REPLACE )?(?:VIEW|FUNCTION|PROCEDURE)\s+([a-z_]+)\.([a-z_0-9]+)", re.I)

    def broken(path):
        names = {f"{s}.{o}" for s, o in made.findall(path.read_text())}
        wanted = f"{path.parent.name}.{path.stem}"
        return None if wanted in names else f"makes {', '.join(sorted(names)) or 'nothing'}, not {wanted}"

    offenders(files(".sql", below="sql/code"), broken)
