"""What happens by itself as time goes by. Pure."""

from __future__ import annotations

from terminal.session.book import entry_of
from terminal.session.events import Ticked
from terminal.session.flow import answer, go_idle
from terminal.session.limits import CAPTURE_GRACE_MS, OUTCOME_SHOWN_MS, QUERY_EVERY_MS
from terminal.session.next import Next, enter, query, stay
from terminal.session.state import (
    AwaitingPayee,
    AwaitingPayer,
    Capturing,
    Checking,
    Consenting,
    Outcome,
    SessionState,
    Verifying,
    payments_of,
)

WAITING_FOR_WORD = (AwaitingPayee, Verifying, AwaitingPayer, Checking)
"""Steps in which only the server's word leads on. A request that was not answered yet is re-sent by the outbox."""


def ticked(state: SessionState, _event: Ticked, now_ms: int) -> Next:
    """Preset times end, outcomes make room, and who waits asks."""
    step = state.step
    if isinstance(step, Consenting) and now_ms >= step.received_at_ms + step.instruction.preset_time_ms:
        return enter(state, Verifying(instruction=step.instruction, since_ms=now_ms, outcome=None), now_ms)
    if isinstance(step, Capturing):
        late_ms = now_ms - step.received_at_ms - step.instruction.preset_time_ms
        return answer(state, step, None, (), now_ms) if late_ms >= CAPTURE_GRACE_MS else stay(state)
    if isinstance(step, Outcome) and now_ms - step.since_ms >= OUTCOME_SHOWN_MS:
        return go_idle(state, now_ms)
    asks = isinstance(step, WAITING_FOR_WORD) and state.health.online
    if asks and now_ms - state.queried_at_ms >= QUERY_EVERY_MS:
        known = tuple(one for one in payments_of(step) if entry_of(state, one) is not None)
        return query(state, known, now_ms)
    return stay(state)
