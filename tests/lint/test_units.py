"""The systemd units: one for each program, confined alike, and as far as systemd can tell."""
import pathlib
import re
import shutil
import subprocess

import pytest

UNITS = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))
BLOCK = re.compile(r"^# ---- confinement.*?(?=^# ----|\Z)", re.M | re.S)


def test_every_program_has_a_unit_and_the_target_wants_it():
    mains = (pathlib.Path(__file__).resolve().parents[2] / "src" / "bin").glob("*.mk")
    programs = {name for make in mains for name in re.findall(r"sbin_PROGRAMS \+= (billfold-\w+)", make.read_text())}
    assert programs <= {unit.stem for unit in SERVICES}
    wanted = (UNITS / "billfold.target").read_text()
    assert all(unit.name in wanted for unit in SERVICES)


def test_confinement_is_the_same_in_all():
    assert len({BLOCK.search(unit.read_text()).group(0) for unit in SERVICES}) == 1


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_exposure(unit):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not here")
    said = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager", str(unit)], capture_output=True,
                          text=True).stdout
    assert float(re.search(r"exposure level for \S+: ([\d.]+)", said).group(1)) <= 1.5, said


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_sockets_are_named_as_the_programs_ask_for_them(unit):
    for name in re.search(r"^Requires=(.*)$", unit.read_text(), re.M).group(1).split():
        socket = (UNITS / name).read_text()
        assert f"Service={unit.name}" in socket
        assert re.search(r"^FileDescriptorName=(api|metrics)$", socket, re.M)
