"""Where server time begins: what it was at one moment of each start of the machine. Impure: the database, the clocks.

Every process that stamps rows, server or command, begins here, so that they agree whatever the wall clock says. While
the machine stays on, nothing but its own time counts. How long it was off is told by the wall clock alone, which counts
if it follows a time server; if not, the time off does not count: money stays frozen longer, never shorter.
"""

from __future__ import annotations

from sqlalchemy import Connection, func, insert, select

from server_mqtt.shell.clock import LinuxMachine, Machine, ServerClock, log, warn_of_jump
from server_mqtt.shell.history import latest_ms
from server_mqtt.shell.schema import clock_anchors
from server_mqtt.shell.store import Store


def start_clock(store: Store, machine: Machine | None = None) -> ServerClock:
    """Server time of `machine` (None: this one), from where the database has it."""
    machine = machine or LinuxMachine()
    with store.read() as connection:
        clock = _carried_on(connection, machine)
    if clock is not None:
        return clock
    with store.write() as connection:
        # Another process may have been first.
        return _carried_on(connection, machine) or _begun(connection, machine)


def _carried_on(connection: Connection, machine: Machine) -> ServerClock | None:
    """The time since the anchor of this start of the machine; None if there is none yet."""
    anchor = connection.execute(select(clock_anchors).where(clock_anchors.c.boot == machine.boot)).one_or_none()
    if anchor is None:
        return None
    passed_ms = max(0, machine.since_boot_ms() - anchor.since_boot_ms)
    now_ms = max(anchor.server_ms + passed_ms, latest_ms(connection))
    warn_of_jump(anchor.wall_ms - anchor.server_ms, machine.wall_ms() - now_ms)
    return ServerClock(machine, now_ms)


def _begun(connection: Connection, machine: Machine) -> ServerClock:
    anchored_ms: int | None = connection.execute(select(func.max(clock_anchors.c.server_ms))).scalar()
    known_ms, wall_ms = max(anchored_ms or 0, latest_ms(connection)), machine.wall_ms()
    believed = machine.wall_synchronised() or known_ms == 0
    if not believed:
        log.warning("wall_clock_not_synchronised", ahead_of_server_time_ms=wall_ms - known_ms)
    server_ms = max(known_ms, wall_ms) if believed else known_ms
    connection.execute(
        insert(clock_anchors).values(
            boot=machine.boot, since_boot_ms=machine.since_boot_ms(), wall_ms=wall_ms, server_ms=server_ms
        )
    )
    return ServerClock(machine, server_ms)
