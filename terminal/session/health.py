"""Whether a payment could be made here now, and what stands in the way. Pure."""

from __future__ import annotations

from dataclasses import replace

from server_mqtt.contract.messages import Modality
from terminal.session.commands import Announce, Command
from terminal.session.events import LinkChanged, ModelsFailed, ModelsLoaded, Restored, SensorsFound, StorageChanged
from terminal.session.flow import check_open_payments, go_idle, unsent
from terminal.session.limits import OFFLINE_AFTER_MS
from terminal.session.next import Next, query, stay
from terminal.session.state import (
    AmountEntry,
    Checking,
    Entry,
    Health,
    Idle,
    Models,
    PayeeEntry,
    Problem,
    Review,
    SessionState,
    Starting,
    Why,
    payments_of,
)

INTERRUPTIBLE = (Idle, PayeeEntry, AmountEntry, Review)
"""Steps in which nothing was sent yet: a problem takes their screen until it is gone."""


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
    announced: tuple[Command, ...] = (Announce(modalities=available(state)),)
    asked = payments_of(state.step) if isinstance(state.step, Checking) else ()
    state, queries = query(state, asked, now_ms)
    return state, (*announced, *queries)


def storage_changed(state: SessionState, event: StorageChanged, now_ms: int) -> Next:
    """What the disk did not keep was not sent."""
    state = replace(state, health=replace(state.health, storage=event.works))
    return unsent(state, event.unsent, now_ms) if event.unsent else stay(state)


def restored(state: SessionState, event: Restored, now_ms: int) -> Next:
    """The disk's knowledge; what was open when the terminal stopped is asked for as soon as it starts."""
    if not isinstance(state.step, Starting):
        return stay(state)
    state = replace(state, book=event.payments, recents=event.recents, step=Starting(restored=True))
    return _settle(state, state.health, now_ms)


def _settle(state: SessionState, health: Health, now_ms: int) -> Next:
    """`health` is news: leave the start once everything was looked at, and tell the server what changed."""
    before = available(state)
    state = replace(state, health=health)
    if isinstance(state.step, Starting):
        looked = state.step.restored and health.models is not Models.LOADING and health.sensors is not None
        return _started(state, now_ms) if looked else stay(state)
    if available(state) != before and health.online:
        return state, (Announce(modalities=available(state)),)
    return stay(state)


def _started(state: SessionState, now_ms: int) -> Next:
    announced: tuple[Command, ...] = (Announce(modalities=available(state)),) if state.health.online else ()
    held = tuple(entry.payment_id for entry in state.book if _held(entry))
    unknown = tuple(entry.payment_id for entry in state.book if not entry.decided)
    if unknown:
        state, commands = check_open_payments(state, unknown, Why.RESTARTED, now_ms)
    else:
        state, commands = go_idle(state, now_ms)
    state, queries = query(state, held, now_ms)
    return state, (*announced, *commands, *queries)


def _held(entry: Entry) -> bool:
    return entry.decided and not entry.over
