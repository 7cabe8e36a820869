"""The session's one function: `(state, event, now) -> (state, commands)`, by a table of every kind of event. Pure.

Touches have a table of their own (`touches.BUTTONS`); the handlers of the other events look at the step themselves,
and what fits no step is answered with the same state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from terminal.session.captures import capture_ended, capture_moved
from terminal.session.events import (
    CaptureEnded,
    CaptureMoved,
    Event,
    InstructionReceived,
    LinkChanged,
    ModelsFailed,
    ModelsLoaded,
    Replied,
    Restored,
    SensorsFound,
    StatusReceived,
    StorageChanged,
    Ticked,
    Touched,
)
from terminal.session.health import (
    link_changed,
    models_failed,
    models_loaded,
    restored,
    sensors_found,
    storage_changed,
)
from terminal.session.instructions import instruction_received
from terminal.session.next import Next
from terminal.session.state import SessionState
from terminal.session.statuses import replied, status_received
from terminal.session.ticks import ticked
from terminal.session.touches import touched

TABLE: Final[dict[type[Event], Callable[[SessionState, Any, int], Next]]] = {
    Touched: touched,
    Ticked: ticked,
    ModelsLoaded: models_loaded,
    ModelsFailed: models_failed,
    SensorsFound: sensors_found,
    LinkChanged: link_changed,
    StorageChanged: storage_changed,
    Restored: restored,
    InstructionReceived: instruction_received,
    StatusReceived: status_received,
    Replied: replied,
    CaptureMoved: capture_moved,
    CaptureEnded: capture_ended,
}


def reduce(state: SessionState, event: Event, now_ms: int) -> Next:
    """The session after `event` at `now_ms` of a monotonic clock, and what it asks of the rest of the terminal."""
    return TABLE[type(event)](state, event, now_ms)
