"""The real pip, and an index of our own on this machine."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from models.build.pip_index import PipIndex
from models.build.recipe import Package
from models.errors import BuildError
from tests.models.build.packages import package, source, wheel

NAME = "countersign-sample"
MARK = "setup-was-run"
SOURCE = source(
    {
        f"{NAME}-1.0/PKG-INFO": f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 1.0\n".encode(),
        f"{NAME}-1.0/setup.py": f"open({MARK!r}, 'w').close(); raise SystemExit('foreign code')".encode(),
        f"{NAME}-1.0/net.dat": os.urandom(600_000),
    }
)
WHEEL = wheel({"sample/net.tflite": b"weights"})
IN_SOURCE = package("countersign_sample-1.0.tar.gz", SOURCE, name=NAME)
FOREIGN = package("countersign_sample-1.0-cp311-cp311-manylinux_2_28_x86_64.whl", WHEEL, name=NAME)
OLDER = package("countersign_sample-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", WHEEL, name=NAME)
PLAIN = package("countersign_sample-1.0-py2.py3-none-any.whl", WHEEL, name=NAME)
EVERY = (IN_SOURCE, FOREIGN, OLDER, PLAIN)


class Shop:
    """An index on a port of this machine: PEP 503's page, and the files."""

    def __init__(self) -> None:
        self.files = {one.file_name: SOURCE if one is IN_SOURCE else WHEEL for one in EVERY}
        self.cut_bytes = 0
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                shop.answer(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server's name
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/simple"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        name = request.path.rsplit("/", 1)[-1]
        if request.path == f"/simple/{NAME}/":
            links = "".join(f'<a href="/files/{one.file_name}">{one.file_name}</a>' for one in EVERY)
            body, kind = f"<!DOCTYPE html><html><body>{links}</body></html>".encode(), "text/html"
        elif name in self.files:
            body, kind = self.files[name], "application/octet-stream"
        else:
            request.send_error(404)
            return
        request.send_response(200)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body[: len(body) - self.cut_bytes] if kind != "text/html" else body)


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    opened = Shop()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", opened.url)
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield opened
    opened.server.shutdown()
    opened.server.server_close()


def fetched(one: Package) -> str:
    return hashlib.sha256(b"".join(PipIndex().chunks(one))).hexdigest()


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.file_name)
def test_the_file_comes_whatever_machine_it_is_made_for(shop: Shop, one: Package) -> None:
    assert fetched(one) == one.sha256


def test_no_foreign_code_is_run(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert fetched(IN_SOURCE) == IN_SOURCE.sha256
    assert list(tmp_path.rglob("*")) == []


def test_a_folder_of_files_serves_as_well(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pip's find-links and no-index: a machine without a network."""
    (tmp_path / PLAIN.file_name).write_bytes(WHEEL)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    assert fetched(PLAIN) == PLAIN.sha256


def test_an_index_without_the_file_says_how_to_go_on(shop: Shop) -> None:
    del shop.files[PLAIN.file_name]
    with pytest.raises(BuildError, match=r"answered 404.*https://pypi.org/project/countersign-sample/1.0/#files"):
        fetched(PLAIN)
    with pytest.raises(BuildError, match=r"no index that pip reaches offers it"):
        fetched(package("countersign_sample-2.0-py2.py3-none-any.whl", WHEEL, name=NAME))


def test_no_network_says_how_to_go_on(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.server.shutdown()
    shop.server.server_close()
    with pytest.raises(BuildError, match=r"Is there a network\?.*yourself"):
        fetched(PLAIN)


def test_a_connection_that_breaks_gives_less_or_an_error_never_more(shop: Shop) -> None:
    shop.cut_bytes = 1000
    try:
        assert fetched(IN_SOURCE) != IN_SOURCE.sha256  # found out by whoever verifies the hash
    except BuildError as error:
        assert "does not arrive" in str(error)  # noqa: PT017  either is right, by pip's version


def test_a_pip_that_cannot_be_asked_says_how_to_go_on(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pip._internal.commands.create_command", None)
    with pytest.raises(BuildError, match=r"pip cannot be asked .*yourself"):
        fetched(PLAIN)
