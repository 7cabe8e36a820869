"""What `pip install countersign[ROLE]` brings: every data file, and nothing that the role does not need."""

from __future__ import annotations

import configparser
import re
from fnmatch import fnmatch
from functools import cache
from typing import Final

import pytest

from tests import project_tree
from tests.project_tree import ROOT, relative

PACKAGES: Final = ("terminal", "firmware_bridge", "models", "server_mqtt")
HEAVY: Final = {"sqlalchemy", "alembic", "kivy", "tflite-runtime", "ai-edge-litert", "opencv-python-headless", "h5py"}


@cache
def setup() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def names(requirements: str) -> set[str]:
    """The distributions that a list of requirements names, in lower case."""
    lines = [line.strip() for line in requirements.splitlines()]
    found = [re.match(r"[A-Za-z0-9._-]+", line) for line in lines if line and not line.startswith("#")]
    return {match[0].lower() for match in found if match}


def test_every_data_file_of_a_package_is_installed() -> None:
    patterns = [pattern.strip() for pattern in setup()["options.package_data"]["*"].split(",")]
    data = [
        path for path in project_tree.files() if path.relative_to(ROOT).parts[0] in PACKAGES and path.suffix != ".py"
    ]
    assert data
    assert [relative(path) for path in data if not any(fnmatch(path.name, pattern) for pattern in patterns)] == []


def test_every_package_is_installed_and_tests_are_not() -> None:
    included = setup()["options.packages.find"]["include"].split()
    assert included == [f"{package}*" for package in PACKAGES]


@pytest.mark.parametrize(
    ("role", "brings"),
    [
        ("server", {"sqlalchemy", "alembic"}),
        ("terminal", {"kivy", "tflite-runtime", "ai-edge-litert", "opencv-python-headless"}),
        ("build", {"h5py"}),
    ],
)
def test_a_role_brings_what_it_needs_and_no_more(role: str, brings: set[str]) -> None:
    assert names(setup()["options.extras_require"][role]) & HEAVY == brings


def test_the_contract_alone_brings_nothing_heavy() -> None:
    assert names(setup()["options"]["install_requires"]) == {"msgspec", "cryptography", "paho-mqtt"}


def test_the_lock_pins_every_requirement_with_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pins = re.findall(r"^([A-Za-z0-9._-]+)==\S+(?: ;[^\\\n]+)? \\\n    --hash=sha256:[0-9a-f]{64}", lock, re.MULTILINE)
    assert len(pins) == len(re.findall(r"^[A-Za-z0-9]", lock, re.MULTILINE))
    roles = ("server", "terminal", "build", "dev")
    wanted = set().union(*(names(setup()["options.extras_require"][role]) for role in roles))
    wanted |= names(setup()["options"]["install_requires"])
    assert {name.replace(".", "-") for name in wanted} <= {pin.lower() for pin in pins}
