"""tests/README.md tells which test tries which promise: what it names is there."""
import ast
import functools
import pathlib
import re

TESTS = pathlib.Path(__file__).resolve().parents[1]
NAMED = re.compile(r"`([\w./-]+\.(?:py|c|sql))::([^`]+)`")


@functools.lru_cache
def names(path):
    """Tests of a Python file as pytest names them below it."""
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{inner.name}" for inner in node.body if isinstance(inner, ast.FunctionDef)}
        elif isinstance(node, ast.FunctionDef):
            found.add(node.name)
    return {name for name in found if name.rpartition("::")[2].startswith("test_")}


def is_there(file, test):
    path = TESTS / file
    if not path.exists():
        return False
    if path.suffix == ".py":
        return test in names(path)
    if path.suffix == ".c":
        return re.search(rf"cmocka_unit_test\w*\({re.escape(test)}\b", path.read_text()) is not None
    return f"'{test}'" in path.read_text()


def test_what_the_table_names_is_there():
    named = NAMED.findall((TESTS / "README.md").read_text())
    assert len(named) > 200
    gone = sorted({f"{file}::{test}" for file, test in named if not is_there(file, test)})
    assert not gone, "\n".join(gone)


def test_each_promise_says_what_tries_it():
    """A row names a test, another row, or says that there is none."""
    bare = [line for line in (TESTS / "README.md").read_text().splitlines()
            if re.match(r"\| [A-Z]\d+", line) and not NAMED.search(line) and not re.search(r"\| (none\b|[A-Z]\d)[^|]*\|$", line)]
    assert not bare, "\n".join(bare)
