"""The whole build, as `./run` calls it: on the files that `./run models` keeps, and without a network."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from models.build import make as making
from models.build.__main__ import main
from models.build.make import make
from models.build.progress import Progress
from models.build.recipe import NETWORKS, PORTRAIT_PACKAGE
from models.bundle import DEFAULT_BUNDLE, RELEASE_SHA256, Bundle
from models.errors import BuildError
from tests.bundle import model_bundle
from tests.models.build.originals import DOWNLOADS, original
from tests.models.build.packages import MemoryIndex
from tests.portrait import portrait

ROOT = Path(__file__).resolve().parents[3]
NO_NETWORK = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "0"}
LIGHT = """
import sys
from models.build.__main__ import main
status = main(sys.argv[1:])
heavy = {"numpy", "h5py", "pip", "flatbuffers"} & set(sys.modules)
sys.exit(f"loaded {heavy}" if heavy else status)
"""


def kept_files() -> None:
    """Skip the calling test where `./run models` was not run."""
    model_bundle()
    portrait()
    for network in NETWORKS:
        original(network.original)


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")} | NO_NETWORK
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_recipe_pins_everything() -> None:
    packages = {network.original.package for network in NETWORKS} | {PORTRAIT_PACKAGE}
    hashes = [*(one.sha256 for one in packages), *(network.original.sha256 for network in NETWORKS), RELEASE_SHA256]
    assert all(re.fullmatch("[0-9a-f]{64}", one) for one in hashes)
    assert all(one.version in one.file_name for one in packages)
    assert len({network.name for network in NETWORKS}) == len(NETWORKS)
    assert not any("shape_predictor" in network.original.member for network in NETWORKS)


@pytest.mark.models
def test_the_same_bundle_is_built_again_without_a_network(tmp_path: Path) -> None:
    """To the last byte: this is also the test that what is pinned is what this code builds."""
    kept_files()
    out = tmp_path / "new" / "again.bundle"
    index, said = MemoryIndex({}), io.StringIO()
    make(out, DOWNLOADS, index, Progress(said))
    assert index.asked == []
    assert out.read_bytes() == (ROOT / DEFAULT_BUNDLE).read_bytes()
    assert Bundle.open(out).sha256 == RELEASE_SHA256
    assert f"6 networks, 19.3 MB, SHA-256 {RELEASE_SHA256}" in said.getvalue()


@pytest.mark.models
def test_where_the_bundle_is_there_nothing_is_said_loaded_or_asked() -> None:
    kept_files()
    done = python("-c", LIGHT, "--if-needed")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.models
@pytest.mark.fault(49)
def test_a_damaged_bundle_is_built_again(tmp_path: Path) -> None:
    kept_files()
    out = tmp_path / "models.bundle"
    content = bytearray((ROOT / DEFAULT_BUNDLE).read_bytes())
    content[len(content) // 2] ^= 1
    out.write_bytes(content)
    done = python("-m", "models.build", "--if-needed", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert Bundle.open(out, sha256=RELEASE_SHA256).names


def test_without_a_network_it_says_what_to_do_and_leaves_nothing(tmp_path: Path) -> None:
    out, downloads = tmp_path / "models.bundle", tmp_path / "downloads"
    done = python("-m", "models.build", "--if-needed", "--out", str(out), "--downloads", str(downloads))
    assert done.returncode == 1
    assert "The model bundle cannot be built" in done.stderr
    assert "mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64.whl" in done.stderr
    assert "https://pypi.org/project/mediapipe/0.10.21/#files" in done.stderr
    assert "Traceback" not in done.stderr
    assert not out.exists()
    assert [path for path in downloads.rglob("*") if path.is_file()] == [downloads / ".lock"]


@pytest.mark.models
def test_a_portrait_that_is_gone_is_a_reason_to_build(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept_files()
    out, downloads = tmp_path / "models.bundle", tmp_path / "downloads"
    shutil.copyfile(ROOT / DEFAULT_BUNDLE, out)
    shutil.copytree(DOWNLOADS / "originals", downloads / "originals")
    downloads.joinpath(PORTRAIT_PACKAGE.file_name).symlink_to(DOWNLOADS / PORTRAIT_PACKAGE.file_name)
    arguments = ["--if-needed", "--out", str(out), "--downloads", str(downloads)]
    assert main(arguments) == 0
    assert capsys.readouterr().err == ""
    downloads.joinpath(PORTRAIT_PACKAGE.file_name).unlink()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in NO_NETWORK.items():
            patch.setenv(name, value)
        patch.delenv("PIP_FIND_LINKS", raising=False)
        assert main(arguments) == 1
    assert "scikit_image" in capsys.readouterr().err


@pytest.mark.models
@pytest.mark.fault(49)
def test_a_bundle_that_comes_out_otherwise_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_files()
    monkeypatch.setattr(making, "NETWORKS", NETWORKS[:2])
    out = tmp_path / "models.bundle"
    with pytest.raises(BuildError, match=r"came out as .* not as the .* that models/bundle.py pins"):
        make(out, DOWNLOADS, MemoryIndex({}), Progress(io.StringIO()))
    assert not out.exists()
