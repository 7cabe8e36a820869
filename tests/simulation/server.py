"""The simulated server process: one batch after another, by the rules of `shell.worker` and `shell.committer`.

It dies wherever the dice say, and starts again from its tables.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from server_mqtt.contract.codec import decode_envelope
from server_mqtt.contract.messages import Probe
from server_mqtt.contract.reasons import Reason
from server_mqtt.shell.comparison import Concluded, PendingComparison
from server_mqtt.shell.intake import refuse
from server_mqtt.shell.worker import UNANSWERED_KINDS
from server_mqtt.verification.examination import examine
from server_mqtt.verification.matching import Scored
from tests.simulation.broker import Broker
from tests.simulation.chance import Chance, Fault
from tests.simulation.checks import Checks
from tests.simulation.clockwork import Clockwork
from tests.simulation.disk import KilledError
from tests.simulation.keys import unseal
from tests.simulation.server_rows import Device
from tests.simulation.server_tools import Tools
from tests.simulation.server_turn import ServerTurn
from tests.thresholds import scored

DOWN_MS: Final = (100, 25_000)
"""From a death to the next start."""

COMPARISON_MS: Final = (2, 900)
COMMIT_MS: Final = (1, 8)
BUSY_RETRY_MS: Final = 2_000
JUMP_MS: Final = 24 * 3_600_000

Work = Callable[[ServerTurn], None]


@dataclass(frozen=True, slots=True)
class SimulatedExaminer:
    """A template is its person's name: it is the account's if that is in front."""

    tools: Tools
    account: str

    def seen_before(self, probe: Probe) -> bool:
        """As the real examiner."""
        return self.tools.rows.templates.find(digest_of(probe)) is not None

    def scored(self, probe: Probe) -> Scored:
        """A perfect score if this is who the account belongs to."""
        return scored(probe.modality, same=probe.template.startswith(self.account.encode() + b"/"))


def digest_of(probe: Probe) -> bytes:
    """By which a template is known again."""
    return hashlib.sha256(probe.template).digest()


class Server:
    """One server at a time; `boot` starts it."""

    def __init__(self, clockwork: Clockwork, chance: Chance, broker: Broker, tools: Tools, checks: Checks) -> None:
        self._clockwork, self._chance, self._broker = clockwork, chance, broker
        self._tools, self._checks = tools, checks
        self._trace = tools.trace
        self.alive = False
        self.wall_offset_ms = 0
        self._life = 0
        self._anchor_ms = self._booted_at_ms = 0
        self._queue: list[Work] = []
        self._woken_at_ms: int | None = None

    @property
    def now_ms(self) -> int:
        """As `shell.clock`: the wall clock at start, never before what the tables have seen; then the monotonic one."""
        return self._anchor_ms + self._clockwork.now_ms - self._booted_at_ms

    def boot(self) -> None:
        """Starts it, unless it runs."""
        if self.alive:
            return
        self.alive = True
        self._life += 1
        self._booted_at_ms = self._clockwork.now_ms
        self._anchor_ms = max(self._clockwork.now_ms + self.wall_offset_ms, self._tools.rows.latest_ms)
        self._trace.note("server", "starts")
        self._queue, self._woken_at_ms = [ServerTurn.take_up], None
        self._broker.connect_server()
        self._wake(0)

    def _die(self, why: object) -> None:
        self._trace.note("server", "dies:", why)
        self.alive = False
        self._broker.disconnect_server()
        if self._chance.strikes(Fault.CLOCK_JUMP):
            self.wall_offset_ms += self._chance.between(-JUMP_MS, JUMP_MS)
        self._clockwork.after(self._chance.between(*DOWN_MS), self.boot)

    # --- what comes ---

    def link_changed(self, *, online: bool) -> None:
        """The broker let it in, or is gone."""
        if not self.alive:
            return
        if online:
            self._add(ServerTurn.subscribed)
        else:
            self._broker.connect_server()

    def arrive(self, topic: str, payload: bytes) -> None:
        """A message: queued, or answered with "busy"."""
        if not self.alive:
            return
        if self._chance.strikes(Fault.SERVER_BUSY):
            envelope = decode_envelope(payload)
            if envelope.kind not in UNANSWERED_KINDS:
                busy = refuse(envelope, Reason.BUSY, "the server has too much to do; nothing was changed")
                self._broker.publish_down(self._tools.voice.refuse(envelope.device, busy, BUSY_RETRY_MS))
            return
        self._add(lambda turn: turn.take(topic, payload))

    def _add(self, work: Work) -> None:
        self._queue.append(work)
        self._wake(self._chance.between(*COMMIT_MS))

    def _wake(self, delay_ms: int) -> None:
        at_ms = self._clockwork.now_ms + max(0, delay_ms)
        if self._woken_at_ms is not None and self._woken_at_ms <= at_ms:
            return
        self._woken_at_ms = at_ms
        life = self._life
        self._clockwork.after(delay_ms, lambda: self._turn(life, at_ms))

    # --- one batch ---

    def _turn(self, life: int, at_ms: int) -> None:
        if not self.alive or life != self._life or at_ms != self._woken_at_ms:
            return
        self._woken_at_ms = None
        batch, self._queue = self._queue, []
        try:
            turn = self._commit(batch)
            self._after_commit(turn)
        except KilledError as killed:
            self._die(killed)
            return
        if self._chance.strikes(Fault.DROPPED_SERVER_LINK):
            self._broker.disconnect_server()
        next_due_ms = self._next_due_ms()
        if next_due_ms is not None:
            self._wake(next_due_ms - self.now_ms)

    def _commit(self, batch: Sequence[Work]) -> ServerTurn:
        turn = ServerTurn(self._tools, self.now_ms)
        with self._tools.rows.disk.transaction():
            for work in batch:
                work(turn)
            turn.ring()
            turn.send_again()
            self._perhaps_die(Fault.SERVER_BEFORE_COMMIT)
        self._checks.committed(turn.changed, turn.compared, turn.now_ms)
        return turn

    def _after_commit(self, turn: ServerTurn) -> None:
        self._perhaps_die(Fault.SERVER_AFTER_COMMIT)
        for publication in turn.publications:
            self._perhaps_die(Fault.SERVER_PUBLISHING)
            self._checks.said(publication)
            self._broker.publish_down(publication)
        self._perhaps_die(Fault.SERVER_BEFORE_ACKNOWLEDGEMENT)
        for pending in turn.comparisons:
            self._compare(pending)

    def _perhaps_die(self, fault: Fault) -> None:
        if self._chance.strikes(fault):
            raise KilledError(fault)

    def _next_due_ms(self) -> int | None:
        rows = self._tools.rows
        times = [timer.due_at_ms for timer in rows.timers.kept.values()]
        times += [row.next_send_at_ms for row in rows.outbox.kept.values()]
        return min(times, default=None)

    # --- comparisons ---

    def _compare(self, pending: PendingComparison) -> None:
        life = self._life
        self._clockwork.after(self._chance.between(*COMPARISON_MS), lambda: self._compared(life, pending))

    def _compared(self, life: int, pending: PendingComparison) -> None:
        if not self.alive or life != self._life:
            return
        if self._chance.strikes(Fault.SERVER_COMPARING):
            self._die(Fault.SERVER_COMPARING)
            return
        probes = tuple(unseal(sealed) for sealed in pending.probes)
        concluded = Concluded(
            payment_id=pending.payment_id,
            instruction_id=pending.instruction_id,
            account=pending.account,
            finding=examine(pending.asked, probes, SimulatedExaminer(self._tools, pending.account)),
            digests=tuple(digest_of(probe) for probe in probes),
        )
        self._add(lambda turn: turn.concluded(pending, concluded))

    # --- the operator ---

    def wake_within(self, delay_ms: int) -> None:
        """It looks for what a command left in the outbox."""
        if self.alive:
            self._wake(delay_ms)

    def block(self, account: str, *, active: bool) -> None:
        """The operator blocks or unblocks an account, by the command line: no server is needed."""
        rows = self._tools.rows
        with rows.disk.transaction():
            rows.accounts.write(account, replace(rows.accounts.kept[account], active=active))
        self._trace.note("operator", "unblocks" if active else "blocks", account)

    def close(self, account: str) -> None:
        """The operator closes an account: at rest, or, where two of them act at once, in mid-payment."""
        rows = self._tools.rows
        with rows.disk.transaction():
            rows.accounts.write(account, replace(rows.accounts.kept[account], closed=True))
        self._trace.note("operator", "closes", account)

    def replace_device(self, old: str, new: str, account: str) -> None:
        """The operator revokes a terminal and adds another of the same account."""
        rows = self._tools.rows
        with rows.disk.transaction():
            rows.devices.write(old, replace(rows.devices.kept[old], revoked=True))
            rows.devices.add(new, Device(account=account))
        self._trace.note("operator", f"replaces {old} by", new)
