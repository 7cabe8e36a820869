"""The terminal without a screen: session, devices and link, composed. Impure: threads and queues."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.contract import Camera, FingerprintReader
from terminal.config import TerminalConfig
from terminal.presenter.view import ScreenName, Tone, Touch, View


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """What to draw now. `preview` is RGB uint8[H,W,3], unmirrored, while a camera looks at a person; `now_ms` is the
    monotonic clock that `View.countdown` counts on.
    """

    view: View
    preview: NDArray[np.uint8] | None
    now_ms: int


class Engine:
    """One terminal. `touch` and `snapshot` are for the screen's thread and never block."""

    @classmethod
    def build(
        cls,
        config: TerminalConfig,
        *,
        camera: Camera | None = None,
        reader: FingerprintReader | None = None,
    ) -> Engine:
        """The terminal that `config` describes, not started; ports given here take the place of the configured."""
        return cls()

    def start(self) -> None:
        """Begins to load the models and to connect; returns at once."""

    def stop(self) -> None:
        """Ends all threads and releases the sensors."""

    def touch(self, touch: Touch) -> None:
        """Hands over what a finger did."""

    def snapshot(self) -> Snapshot:
        """What to draw now."""
        view = View(screen=ScreenName.STARTING, title="Countersign", tone=Tone.WORKING)
        return Snapshot(view=view, preview=None, now_ms=time.monotonic_ns() // 1_000_000)
