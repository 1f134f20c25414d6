"""What the compiler and the linker were asked to harden is hardened in every program that is installed."""
import functools
import os
import pathlib
import platform
import re
import subprocess

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
APP = pathlib.Path(os.environ.get("BILLFOLD_APP", SOURCE / "build" / "check" / "app"))
BUILD = pathlib.Path(os.environ.get("BILLFOLD_BUILD", SOURCE / "build" / "check" / "make"))
PROGRAMS = sorted([*APP.glob("bin/*"), *APP.glob("sbin/*")])


@functools.cache
def elf(program):
    return subprocess.run(["readelf", "--wide", "--file-header", "--program-headers", "--dynamic", "--dyn-syms", str(program)],
                          check=True, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}).stdout


def test_there_are_programs():
    mains = [make.read_text() for make in (SOURCE / "src" / "bin").glob("*.mk")]
    wanted = {name for text in mains for name in re.findall(r"s?bin_PROGRAMS \+= (billfold\S*)", text)}
    assert wanted and {program.name for program in PROGRAMS} == wanted, f"built and installed? {APP}"


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
class TestProgram:
    def test_is_loaded_at_any_address(self, program):
        assert re.search(r"^\s+Type:\s+DYN ", elf(program), re.M)
        assert re.search(r"\(FLAGS_1\).*\bPIE\b", elf(program))

    def test_what_is_relocated_is_read_only_before_it_runs(self, program):
        assert "GNU_RELRO" in elf(program)
        assert re.search(r"\(FLAGS\).*\bBIND_NOW\b", elf(program))
        assert "TEXTREL" not in elf(program)

    def test_no_stack_is_executable(self, program):
        assert re.search(r"GNU_STACK(\s+0x\w+){5} RW\s", elf(program))

    def test_no_library_is_looked_for_beside_the_systems(self, program):
        assert not re.search(r"\((RPATH|RUNPATH)\)", elf(program))

    def test_stacks_are_guarded(self, program):
        assert "__stack_chk_fail@" in elf(program)

    def test_calls_into_buffers_are_measured(self, program):
        """FORTIFY: the checked forms of what prints into a buffer."""
        called = set(re.findall(r"UND (\w+)@", elf(program)))
        assert {"__snprintf_chk", "__vsnprintf_chk"} <= called


@pytest.mark.skipif(platform.machine() != "x86_64", reason="CET is x86's")
def test_every_object_is_made_for_cet():
    """All objects of ours. Of a whole program the linker says so only where the C library's first ones are marked too,
    and Debian 12's Scrt1.o and crti.o are not."""
    libraries = sorted(BUILD.glob("lib*.a"))
    assert len(libraries) > 15, f"built? {BUILD}"
    for library in libraries:
        said = subprocess.run(["readelf", "--wide", "--notes", str(library)], check=True, capture_output=True, text=True).stdout
        objects = said.split("\nFile: ")[1:]
        assert objects and all("x86 feature: IBT, SHSTK" in one for one in objects), library.name
