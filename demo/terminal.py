"""`python -m demo.terminal CONFIG`: the product's terminal, emulated sensors at its sockets, a person in front of it.

Impure: a window, a pseudo terminal, threads. Orders come as lines on standard input, news go as lines to standard
output; whatever else a library prints there goes to standard error. It ends with its input.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from demo.counter import Counter
from demo.errors import DemoError
from demo.people import FINGER_SEEDS, PLAYED_IMPRESSIONS_FROM
from demo.portrait import load_face
from demo.sensors import Fingers, Room, camera_on
from demo.talk import AnyNews, Trouble, line_of, order_in
from models.bundle import Bundle
from models.errors import ModelError
from server_mqtt.contract.messages import Role
from terminal.app import TerminalApp
from terminal.config import TerminalConfig, load_config
from terminal.engine import Engine
from terminal.errors import TerminalError

# isort: split
from kivy.clock import Clock  # after terminal.screens, which says how Kivy behaves when it is imported
from kivy.config import Config

PORT_VARIABLE = "COUNTERSIGN_READER_PORT"
READ_BYTES = 65_536


def main(arguments: Sequence[str] | None = None) -> int:
    """The command's entry; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m demo.terminal", description="A terminal of the demo.")
    parser.add_argument("config", type=Path, help="its terminal.toml")
    parser.add_argument("--left", type=int, help="where its window stands on a display, in pixels")
    options = parser.parse_args(arguments)
    news = _news_pipe()
    fingers = Fingers(FINGER_SEEDS, first_impression=PLAYED_IMPRESSIONS_FROM)
    try:
        config = load_config(options.config, {**os.environ, PORT_VARIABLE: fingers.port})
        _play(config, fingers, news, options.left)
    except (TerminalError, ModelError, DemoError) as error:
        _tell(news, Trouble(at_ms=time.monotonic_ns() // 1_000_000, why=str(error)))
        return 1
    finally:
        fingers.unplug()
    return 0


def _play(config: TerminalConfig, fingers: Fingers, news: BinaryIO, left: int | None) -> None:
    face = load_face(Bundle.open(config.path(config.models_bundle))) if config.role is Role.PAYER else None
    room = Room(face)
    if left is not None:
        Config.set("graphics", "position", "custom")
        Config.set("graphics", "left", left)
    engine = Engine.build(config, camera=camera_on(room))
    app = TerminalApp(engine, width=config.screen.width, height=config.screen.height)
    counter = Counter(app, room, fingers, lambda one: _tell(news, one))
    threading.Thread(target=_listen, args=(app, counter), name="orders", daemon=True).start()
    Clock.schedule_interval(lambda _dt: counter.frame(), 0)
    engine.start()
    try:
        app.run()
    finally:
        engine.stop()


def _listen(app: TerminalApp, counter: Counter) -> None:
    """In a thread: orders into the counter's queue; at the end of them the window closes."""
    rest = b""
    while data := os.read(sys.stdin.fileno(), READ_BYTES):  # not through sys.stdin, whose lock would outlive the window
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            counter.orders.put(order_in(line))
    Clock.schedule_once(lambda _dt: app.stop())


def _news_pipe() -> BinaryIO:
    """Standard output for the news alone: everybody else's goes to standard error from now on."""
    news = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return news


def _tell(news: BinaryIO, one: AnyNews) -> None:
    news.write(line_of(one))


if __name__ == "__main__":
    sys.exit(main())
