"""The project's one script: what it says, where it can be called from, and what it asks of a machine that lacks things.

The machine is made of stand-ins for `id`, `apt-get`, `sudo` and `ldconfig`, in a folder that is the whole PATH; nothing
is installed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.project_tree import ROOT

NEEDED_TOOLS: Final = ("sh", "cat", "cut", "dirname", "env", "grep", "sha256sum", "tr")
LIBRARIES: Final = "libgl1 libegl1 libmtdev1"
"""What is always missing where ldconfig knows no library."""
TIMEOUT_S: Final = 60


@dataclass(frozen=True, slots=True)
class Machine:
    """A folder of programs, a checkout, and a record of what was called."""

    programs: Path
    checkout: Path
    calls: Path

    def has(self, name: str, says: str = "", fails_at: str = "nothing") -> None:
        """Give it a program that records its call, prints `says`, and fails if an argument is `fails_at`."""
        program = self.programs / name
        program.write_text(
            f'#!/bin/sh\necho "{name} $*" >> "{self.calls}"\necho "{says}"\n'
            f'case " $* " in *" {fails_at} "*) exit 100 ;; esac\n'
        )
        program.chmod(0o755)

    def run(self, *arguments: str, cwd: Path = Path("/")) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/sh", str(self.checkout / "run"), *arguments],
            cwd=cwd,
            env={"PATH": str(self.programs)},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )

    def called(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path / "programs", tmp_path / "a shop's checkout", tmp_path / "calls")
    made.programs.mkdir()
    made.checkout.mkdir()
    for name in NEEDED_TOOLS:
        path = shutil.which(name)
        assert path is not None
        (made.programs / name).symlink_to(path)
    made.has("ldconfig")
    made.has("id", says="1000")
    for name in ("run", "requirements.lock", "setup.cfg", "pyproject.toml"):
        shutil.copy(ROOT / name, made.checkout)
    return made


def test_help_has_one_line_for_every_command(machine: Machine) -> None:
    said = machine.run("help")
    assert said.returncode == 0
    listed = re.findall(r"^  (\w+) +\S.*$", said.stdout, re.MULTILINE)
    labels = re.search(r"^case \$command in$(.*)^esac$", (ROOT / "run").read_text(), re.MULTILINE | re.DOTALL)
    assert labels is not None
    assert sorted(listed) == sorted(re.findall(r"^    (\w+)(?: \|[^)]*)?\)", labels[1], re.MULTILINE))
    assert all(len(line) <= 100 for line in said.stdout.splitlines())


def test_without_a_command_it_helps(machine: Machine) -> None:
    assert machine.run().stdout == machine.run("help").stdout


def test_an_unknown_command_is_an_error(machine: Machine) -> None:
    said = machine.run("dance")
    assert said.returncode != 0
    assert "there is no command dance" in said.stderr


def test_it_can_be_called_from_anywhere(machine: Machine) -> None:
    for cwd in (Path("/"), machine.checkout, machine.checkout.parent):
        assert machine.run("help", cwd=cwd).returncode == 0


def test_without_apt_it_says_what_to_install(machine: Machine) -> None:
    said = machine.run("setup")
    assert said.returncode != 0
    assert "there is no apt-get here" in said.stderr
    assert re.search(rf"^    apt-get install --no-install-recommends .*{LIBRARIES}", said.stderr, re.MULTILINE)


def test_without_root_and_sudo_it_says_what_to_install(machine: Machine) -> None:
    machine.has("apt-get")
    said = machine.run("demo")
    assert said.returncode != 0
    assert "not root, and there is no sudo" in said.stderr
    assert re.search(rf"^    apt-get install --no-install-recommends .*{LIBRARIES}", said.stderr, re.MULTILINE)
    assert [call for call in machine.called() if call.startswith("apt-get")] == []


def test_root_needs_no_sudo(machine: Machine) -> None:
    machine.has("id", says="0")
    machine.has("apt-get", fails_at="update")
    said = machine.run("test")
    assert said.returncode != 0
    assert "apt-get update failed" in said.stderr
    assert LIBRARIES in said.stderr
    assert "apt-get update" in machine.called()


def test_a_user_goes_through_sudo(machine: Machine) -> None:
    machine.has("apt-get")
    machine.has("sudo", fails_at="install")
    said = machine.run("setup")
    assert said.returncode != 0
    assert "apt-get install failed" in said.stderr
    asked = [call for call in machine.called() if call.startswith("sudo")]
    assert asked[0] == "sudo apt-get update"
    assert re.fullmatch(
        rf"sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends .*{LIBRARIES}.*", asked[1]
    )


@pytest.mark.parametrize(("command", "wanted"), [("test", True), ("demo", False), ("setup", False)])
def test_only_the_tests_need_postgresql(machine: Machine, command: str, wanted: bool) -> None:
    script = machine.checkout / "run"
    script.write_text(script.read_text().replace("/usr/lib/postgresql", str(machine.programs / "nowhere")))
    said = machine.run(command)
    assert said.returncode != 0
    assert (" postgresql" in said.stderr) is wanted


def test_a_postgresql_that_is_there_is_not_asked_for(machine: Machine) -> None:
    script = machine.checkout / "run"
    initdb = machine.programs / "17" / "bin" / "initdb"
    initdb.parent.mkdir(parents=True)
    initdb.symlink_to("/bin/sh")
    script.write_text(script.read_text().replace("/usr/lib/postgresql", str(machine.programs)))
    assert " postgresql" not in machine.run("test").stderr
