"""A real server process of the test's own: `python -m server_mqtt run` on a folder that goes away."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

from click.testing import CliRunner
from sqlalchemy import URL, Connection

from server_mqtt.cli import commands
from server_mqtt.config import MOST_A_MINUTE
from server_mqtt.shell.keys import ServerKeys, key_files, load_keys, make_keys
from server_mqtt.shell.store import Place, Store, migrate, open_store
from tests.private_broker import PrivateBroker
from tests.scenarios.device import ServerPublic

_START_TIMEOUT_S: Final = 60.0
_STOP_TIMEOUT_S: Final = 30.0

_PATIENT: Final[Mapping[str, int | float]] = {
    "payee_preset_time_ms": 30_000,
    "payer_preset_time_ms": 45_000,
    "face_time_ms": 0,
    "busy_from": 1_000,
}
"""Preset times that a slow machine keeps, and no payee who has too much to do: a test of these brings its own."""

_CONFIG: Final = """\
data_dir = "data"
signing_key = "{keys}/signing.pem"
sealing_key = "{keys}/sealing.pem"
template_key = "{keys}/template.key"
{database}

[broker]
host = "localhost"
port = {port}
shared = {shared}
ca = "{ca}"
certificate = "{certificate}"
key = "{key}"

[load]
terminal_messages_a_minute = {unhurried}
terminal_requests_a_minute = {unhurried}

[log]
level = "debug"

[policy]
{policy}
"""


class NotStartedError(RuntimeError):
    """A server that ended, or was ended, before it heard terminals."""

    def __init__(self, exit_code: int, words: str) -> None:
        super().__init__(words)
        self.exit_code = exit_code


class PrivateServer:
    """One server, also as a context. `stop` is a SIGTERM, `kill` a SIGKILL; `start` brings it back."""

    def __init__(
        self,
        folder: Path,
        broker: PrivateBroker,
        policy: Mapping[str, int | float] | None = None,
        database: URL | None = None,
        beside: PrivateServer | None = None,
    ) -> None:
        """On SQLite in `folder`, or on the empty PostgreSQL `database`; or a second worker `beside` another there."""
        self.folder, self.data = folder, folder / "data"
        self.place: Place = self.data if database is None else database
        keys = key_files((folder if beside is None else beside.folder) / "keys")
        self.data.mkdir()
        if beside is None:
            make_keys(keys)
            migrate(self.place)
        self.config = folder / "server.toml"
        server = broker.server if beside is None else broker.worker(2)
        url = "" if database is None else database.render_as_string(hide_password=False)
        self.config.write_text(
            _CONFIG.format(
                keys=keys.signing.parent,
                port=broker.port,
                # One that works alone may say so as well.
                shared="true" if database is not None else "false",
                ca=broker.ca,
                certificate=server.certificate,
                key=server.key,
                database=f'database_url = "{url}"' if url else "",
                # Tests ask faster than people: one of this limit sets it in the environment.
                unhurried=MOST_A_MINUTE,
                policy="\n".join(f"{name} = {value}" for name, value in {**_PATIENT, **(policy or {})}.items()),
            )
        )
        self.config.chmod(0o600)
        self.keys: ServerKeys = load_keys(keys)
        self.store: Store = open_store(self.place)
        self.process: subprocess.Popen[str] | None = None

    @property
    def public(self) -> ServerPublic:
        """What terminals know of it."""
        return ServerPublic(self.keys.signing.public_key(), self.keys.sealing.public_key())

    @property
    def log(self) -> list[dict[str, Any]]:
        """What it has logged so far, over all its lives."""
        lines = (self.folder / "log").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]

    def until_logged(self, event: str) -> None:
        """Returns once it has logged `event`, in any of its lives."""
        end_s = time.monotonic() + _START_TIMEOUT_S
        while not any(line["event"] == event for line in self.log):
            assert time.monotonic() < end_s, f"{event} was not logged"
            time.sleep(0.05)

    def start(
        self,
        environ: Mapping[str, str] | None = None,
        under: Sequence[str] = (),
        program: Sequence[str] = ("-m", "server_mqtt"),
    ) -> Self:
        """Runs it, with `environ` beside this process's own, and returns when it hears terminals.

        `under`: a program and its options that run it; the process must be the server's own all the same. `program`:
        what Python is to run instead of the server's own start.
        """
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*under, sys.executable, *program, "run", "--config", str(self.config)],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, **(environ or {})},
            )
        try:
            line = _lines(self.process).get(timeout=_START_TIMEOUT_S)
        except queue.Empty:
            line = "nothing"
        if line != "READY\n":
            if line == "nothing":
                self.process.kill()
            exit_code = self.wait()
            words = (self.folder / "log").read_text(encoding="utf-8")[-3000:]
            raise NotStartedError(exit_code, f"the server does not start, it says {line!r}: {words}")
        return self

    def stop(self) -> int:
        """Asks it to end; its exit code."""
        process = self._taken()
        process.terminate()
        return process.wait(_STOP_TIMEOUT_S)

    def wait(self) -> int:
        """Waits until it has ended by itself; its exit code."""
        return self._taken().wait(_STOP_TIMEOUT_S)

    def kill(self) -> None:
        """As if its machine's power failed."""
        process = self._taken()
        process.kill()
        process.wait(_STOP_TIMEOUT_S)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends it, if it runs, and lets go of its database."""
        if self.process is not None:
            self.stop()
        self.store.close()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Its database, as it is now."""
        with self.store.read() as connection:
            yield connection

    def ask(self, *arguments: str) -> Any:
        """What `countersign-server ... --json` says."""
        result = CliRunner().invoke(commands, [*arguments, "--json", "--config", str(self.config)])
        assert result.exit_code == 0, (result.output, result.exception)
        return json.loads(result.stdout)

    def order(self, *arguments: str) -> None:
        """Does what `countersign-server ...` does, beside the running server."""
        result = CliRunner().invoke(commands, [*arguments, "--config", str(self.config)])
        assert result.exit_code == 0, (result.output, result.exception)

    def counted(self, reason: str, counter: str = "messages_refused") -> int:
        """How often something was refused for `reason`."""
        rows = self.ask("counters")
        return sum(row["count"] for row in rows if (row["counter"], row["reason"]) == (counter, reason))

    def _taken(self) -> subprocess.Popen[str]:
        process, self.process = self.process, None
        assert process is not None
        return process


def _lines(process: subprocess.Popen[str]) -> queue.Queue[str]:
    """Its standard output, line by line, and an empty line at its end."""
    lines: queue.Queue[str] = queue.Queue()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(line)
        process.stdout.close()
        lines.put("")

    threading.Thread(target=read, daemon=True).start()
    return lines
