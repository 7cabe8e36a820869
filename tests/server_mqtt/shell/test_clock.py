"""Server time: as fast as time itself, whatever is done to the wall clock, across restarts and commands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from server_mqtt.contract.kinds import UP
from server_mqtt.shell import people, timers
from server_mqtt.shell.clock import LinuxMachine, ServerClock
from server_mqtt.shell.clock_anchors import start_clock
from server_mqtt.shell.payments import store as store_payment
from server_mqtt.shell.store import Store, migrate, open_store
from server_mqtt.shell.timers import Timer
from tests.server_mqtt.flow.world import held

_DAY_MS = 24 * 3_600_000
_WEEK_MS = 7 * _DAY_MS
_START_MS = 1_700_000_000_000


@dataclass
class FakeMachine:
    """`true_ms` is what really passed."""

    boots: int = 1
    up_ms: int = 5_000
    true_ms: int = 0
    set_ms: int = _START_MS
    synchronised: bool = False

    @property
    def boot(self) -> str:
        return f"boot-{self.boots}"

    def since_boot_ms(self) -> int:
        return self.up_ms

    def wall_ms(self) -> int:
        return self.true_ms + self.set_ms

    def wall_synchronised(self) -> bool:
        return self.synchronised

    def wait(self, ms: int) -> None:
        self.up_ms += ms
        self.true_ms += ms

    def reboot(self, off_ms: int) -> None:
        self.boots += 1
        self.up_ms = 1_000
        self.true_ms += off_ms


def _events(work: Callable[[], object]) -> list[str]:
    with capture_logs() as logs:
        work()
    return [line["event"] for line in logs]


@pytest.mark.fault(37)
def test_this_machine_tells_whole_milliseconds_that_only_grow() -> None:
    machine = LinuxMachine()
    clock = ServerClock(machine, 5)
    times = [clock.now_ms() for _ in range(1_000)]
    assert times == sorted(times)
    assert all(type(moment) is int for moment in (*times, machine.wall_ms(), machine.since_boot_ms()))
    assert 5 <= times[-1] < 60_000
    assert machine.boot == LinuxMachine().boot
    assert machine.boot
    assert machine.wall_synchronised() in (True, False)


def test_a_new_database_begins_with_the_wall_clock_and_is_never_behind_what_it_has_seen(store: Store) -> None:
    machine = FakeMachine()
    assert start_clock(store, machine).now_ms() == _START_MS
    with store.write() as connection:
        people.open_account(connection, "DE0001", "Ann", _START_MS + 9)
    assert start_clock(store, machine).now_ms() == _START_MS + 9


@pytest.mark.fault(35)
@pytest.mark.parametrize("jump_ms", [_DAY_MS, -_DAY_MS])
def test_a_running_clock_takes_no_notice_of_a_jump_but_in_the_log(store: Store, jump_ms: int) -> None:
    machine = FakeMachine()
    clock = start_clock(store, machine)
    machine.wait(1_000)
    machine.set_ms += jump_ms
    with capture_logs() as logs:
        assert clock.now_ms() == _START_MS + 1_000
        assert clock.now_ms() == _START_MS + 1_000
    (told,) = logs
    assert (told["event"], told["by_ms"], told["log_level"]) == ("wall_clock_jumped", jump_ms, "warning")


@pytest.mark.fault(35)
@pytest.mark.parametrize("jump_ms", [_DAY_MS, -_DAY_MS])
def test_no_hold_ends_early_by_a_jump_across_a_restart_and_a_command(store: Store, jump_ms: int) -> None:
    machine = FakeMachine()
    began_ms = start_clock(store, machine).now_ms()
    payment = held().it
    with store.write() as connection:
        store_payment(connection, None, payment, began_ms)
        expiry = Timer(payment_id=payment.payment_id, kind="hold_expiry", subject="", due_at_ms=began_ms + _WEEK_MS)
        timers.add(connection, expiry)
    machine.set_ms += jump_ms
    machine.wait(_WEEK_MS - _DAY_MS)
    # An operator's command stamps a row while the wall clock is wrong, and then the server starts again.
    with store.write() as connection:
        people.open_account(connection, "DE0001", "Ann", start_clock(store, machine).now_ms())
    assert _events(lambda: start_clock(store, machine)) == ["wall_clock_jumped"]
    clock = start_clock(store, machine)
    machine.wait(_DAY_MS - 1)
    with store.write() as connection:
        assert timers.take_due(connection, clock.now_ms(), 10) == []
    machine.wait(1)
    with store.write() as connection:
        assert timers.take_due(connection, clock.now_ms(), 10) == [expiry]


@pytest.mark.fault(35)
def test_time_off_counts_if_a_time_server_vouches_for_it(store: Store) -> None:
    machine = FakeMachine()
    start_clock(store, machine)
    machine.reboot(3_600_000)
    machine.set_ms += _DAY_MS
    with capture_logs() as logs:
        assert start_clock(store, machine).now_ms() == _START_MS
    assert [line["event"] for line in logs] == ["wall_clock_not_synchronised"]
    machine.reboot(3_600_000)
    machine.set_ms -= _DAY_MS
    machine.synchronised = True
    assert start_clock(store, machine).now_ms() == _START_MS + 7_200_000


@pytest.mark.fault(36)
def test_a_terminal_has_no_way_to_tell_the_server_a_time() -> None:
    """Whatever its clock says: of a time the wire knows intervals only, none of them said by a terminal of now."""
    told = {name for body in UP.values() for name in body.__struct_fields__}
    assert not {name for name in told if name.endswith(("_at", "_at_ms", "time", "timestamp", "date"))}
    assert {"nonce", "instruction_id"} <= told


_ACTIONS = st.one_of(
    st.tuples(st.just("wait"), st.integers(0, 3 * _DAY_MS)),
    st.tuples(st.just("jump"), st.integers(-2 * _DAY_MS, 2 * _DAY_MS)),
    st.tuples(st.just("restart"), st.just(0)),
    st.tuples(st.just("command"), st.just(0)),
    st.tuples(st.just("reboot"), st.integers(0, _DAY_MS)),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clocks")


@pytest.mark.fault(35)
@given(st.lists(_ACTIONS, max_size=12))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_server_time_never_passes_faster_than_time(folder: Path, actions: list[tuple[str, int]]) -> None:
    data = folder / str(len(list(folder.iterdir())))
    migrate(data)
    store, machine, rebooted = open_store(data), FakeMachine(), False
    clock = start_clock(store, machine)
    for number, (action, ms) in enumerate(actions):
        before_ms = clock.now_ms()
        if action == "wait":
            machine.wait(ms)
        elif action == "jump":
            machine.set_ms += ms
        elif action == "command":
            with store.write() as connection:
                people.open_account(connection, f"DE{number:04}", "Ann", before_ms)
        elif action == "restart":
            clock = start_clock(store, machine)
        else:
            rebooted = True
            machine.reboot(ms)
            clock = start_clock(store, machine)
        passed_ms = clock.now_ms() - _START_MS
        assert passed_ms <= machine.true_ms
        assert rebooted or passed_ms == machine.true_ms
    store.close()
