"""`python -m tests.terminal.crashing CONFIG POINT`: a terminal that is killed as by a power cut, at one point."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from server_mqtt.contract.messages import Role
from terminal.outbox.post import Post
from tests.terminal.counter import Counter


def _die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(config: Path, point: str) -> None:
    """Runs until it is killed; a payer's terminal asks for a payment first."""
    if point == "before_send":
        setattr(Post, "_send", _die)  # noqa: B010 - replaced on purpose: the row is on disk, nothing has left
    elif point == "before_ack":
        setattr(Post, "acknowledge", _die)  # noqa: B010 - handled and on disk, nobody was told
    with Counter(config) as counter:
        if counter.role is Role.PAYER:
            counter.until_ready()
            counter.ask_to_pay("12.50")
        signal.pause()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
