"""Whether a payment could be made here now, and what stands in the way. Pure."""

from __future__ import annotations

from dataclasses import replace

from server_mqtt.contract.messages import Modality
from terminal.session.book import known_payments, with_recent, write
from terminal.session.commands import Announce, Command
from terminal.session.condition import Health, Models, Problem
from terminal.session.events import LinkChanged, ModelsFailed, ModelsLoaded, Restored, SensorsFound, StorageChanged
from terminal.session.flow import begin_waiting, go_idle, unsent
from terminal.session.limits import OFFLINE_AFTER_MS
from terminal.session.next import Next, enter, query, stay
from terminal.session.state import (
    WAITS_FOR_WORD,
    AmountEntry,
    Capturing,
    Checking,
    Consenting,
    Entry,
    Idle,
    PayeeEntry,
    Review,
    SessionState,
    Starting,
    Why,
)

INTERRUPTIBLE = (Idle, PayeeEntry, AmountEntry, Review)
"""Steps in which nothing was sent yet: a problem takes their screen until it is gone."""

ASKED_AFTER_INTERRUPTION = (*WAITS_FOR_WORD, Consenting, Capturing)
"""Steps whose payment may have gone on meanwhile. A request that was not answered yet is not asked about: its own
re-sending brings the answer, and a query that overtook it would find no payment.
"""


def problem(state: SessionState, now_ms: int) -> Problem | None:
    """What stands in the way of a payment; first one first."""
    health = state.health
    if health.models is Models.FAILED:
        return Problem.MODELS
    if not health.storage:
        return Problem.STORAGE
    if health.sensors is not None and not available(state):
        return Problem.SENSORS
    if not health.online and now_ms - health.offline_since_ms >= OFFLINE_AFTER_MS:
        return Problem.LINK
    return None


def out_of_service(state: SessionState, now_ms: int) -> Problem | None:
    """The problem that takes the screen, if the present step lets it."""
    return problem(state, now_ms) if isinstance(state.step, INTERRUPTIBLE) else None


def available(state: SessionState) -> tuple[Modality, ...]:
    """What can be captured here, in the preferred order."""
    working = state.health.sensors or frozenset()
    return tuple(modality for modality in state.settings.order if modality in working)


def can_pay(state: SessionState, now_ms: int) -> bool:
    """Whether everything that a new payment needs is alive now."""
    ready = state.health.online and state.health.models is Models.READY and bool(available(state))
    return ready and problem(state, now_ms) is None


# --- handlers ---


def models_loaded(state: SessionState, _event: ModelsLoaded, now_ms: int) -> Next:
    """The networks are there."""
    return _settle(state, replace(state.health, models=Models.READY), now_ms)


def models_failed(state: SessionState, _event: ModelsFailed, now_ms: int) -> Next:
    """The networks are not there: out of service until they are."""
    return _settle(state, replace(state.health, models=Models.FAILED), now_ms)


def sensors_found(state: SessionState, event: SensorsFound, now_ms: int) -> Next:
    """Somebody looked at the sensors."""
    return _settle(state, replace(state.health, sensors=event.working), now_ms)


def link_changed(state: SessionState, event: LinkChanged, now_ms: int) -> Next:
    """After an interruption the terminal asks how the payment on its screen stands."""
    before = state.health
    lost = before.online and not event.online
    since_ms = now_ms if lost else before.offline_since_ms
    state = replace(state, health=replace(before, online=event.online, offline_since_ms=since_ms))
    if not event.online or isinstance(state.step, Starting):
        return stay(state)
    asked = known_payments(state) if isinstance(state.step, ASKED_AFTER_INTERRUPTION) else ()
    state, queries = query(state, asked, now_ms)
    return state, (_announce(state), *queries)


def storage_changed(state: SessionState, event: StorageChanged, now_ms: int) -> Next:
    """What the disk did not keep was not sent."""
    state = replace(state, health=replace(state.health, storage=event.works))
    return unsent(state, event.unsent, now_ms) if event.unsent else stay(state)


def restored(state: SessionState, event: Restored, now_ms: int) -> Next:
    """The disk's knowledge; what was open when the terminal stopped is asked for as soon as it starts."""
    if not isinstance(state.step, Starting):
        return stay(state)
    heard = state.book
    # A capture that the restart ended may be asked for again: the server's nonce decides what still counts.
    book = tuple(replace(entry, asked=entry.answered, attempt=0) for entry in event.payments)
    state = replace(state, book=book, recents=event.recents, step=Starting(restored=True))
    for entry in heard:
        state = with_recent(write(state, entry), entry)
    return _settle(state, state.health, now_ms)


def _settle(state: SessionState, health: Health, now_ms: int) -> Next:
    """`health` is news: leave the start once everything was looked at, and tell the server what changed."""
    before = _announce(state)
    state = replace(state, health=health)
    if isinstance(state.step, Starting):
        looked = state.step.restored and health.models is not Models.LOADING and health.sensors is not None
        return _started(state, now_ms) if looked else stay(state)
    if _announce(state) != before and health.online:
        return state, (_announce(state),)
    return stay(state)


def _started(state: SessionState, now_ms: int) -> Next:
    """From here on the terminal may be judged, so the time without a connection counts from here."""
    announced: tuple[Command, ...] = (_announce(state),) if state.health.online else ()
    if not state.health.online:
        state = replace(state, health=replace(state.health, offline_since_ms=now_ms))
    unknown = tuple(entry.payment_id for entry in state.book if not entry.decided)
    held = tuple(entry.payment_id for entry in state.book if _held(entry))
    begun = begin_waiting(state, now_ms)
    if begun is not None:
        state, commands = begun
    elif unknown:
        checking = Checking(payment_ids=unknown, since_ms=now_ms, why=Why.RESTARTED)
        state, commands = enter(state, checking, now_ms)
    else:
        state, commands = go_idle(state, now_ms)
    state, queries = query(state, (*unknown, *held), now_ms)
    return state, (*announced, *commands, *queries)


def _held(entry: Entry) -> bool:
    return entry.decided and not entry.over


def _announce(state: SessionState) -> Announce:
    """What can be captured here; without models that is nothing, whatever sensors there are."""
    return Announce(modalities=available(state) if state.health.models is Models.READY else ())
