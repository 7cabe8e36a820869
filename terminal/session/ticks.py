"""What happens by itself as time goes by. Pure."""

from __future__ import annotations

from terminal.session.book import known_payments
from terminal.session.events import Ticked
from terminal.session.flow import answer, go_idle
from terminal.session.limits import CAPTURE_GRACE_MS, OUTCOME_SHOWN_MS, QUERY_EVERY_MS
from terminal.session.next import Next, enter, query, stay
from terminal.session.state import WAITS_FOR_WORD, Capturing, Consenting, Outcome, SessionState, Verifying


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
    asks = isinstance(step, WAITS_FOR_WORD) and state.health.online
    if asks and now_ms - state.queried_at_ms >= QUERY_EVERY_MS:
        return query(state, known_payments(state), now_ms)
    return stay(state)
