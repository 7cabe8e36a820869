"""One world: a shop's server, broker, terminals and people, made of a seed. `play` is its whole life."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import structlog

from server_mqtt.contract.messages import Modality, Role
from server_mqtt.flow.states import FINAL
from server_mqtt.ledger import entries
from server_mqtt.verification.policy import Policy
from terminal.session.state import Idle, Settings
from tests.simulation.broker import Broker
from tests.simulation.chance import Chance, Fault
from tests.simulation.checks import BrokenError, Checks, Wish
from tests.simulation.clockwork import Clockwork
from tests.simulation.keys import SimulatedKey
from tests.simulation.office import Office
from tests.simulation.people import People
from tests.simulation.server import Server
from tests.simulation.server_rows import Account, Device, ServerRows
from tests.simulation.server_tools import SimulatedVoice, Tools
from tests.simulation.terminal import Terminal, working_sensors
from tests.simulation.trace import Trace

CURRENCY: Final = "EUR"
PAYERS: Final = ("1000-0001", "1000-0002")
PAYEES: Final = ("2000-0001", "2000-0002")
TERMINALS: Final = (
    ("payer-1-left", PAYERS[0]),
    ("payer-1-right", PAYERS[0]),
    ("payer-2-only", PAYERS[1]),
    ("payee-1-only", PAYEES[0]),
    ("payee-2-left", PAYEES[1]),
    ("payee-2-right", PAYEES[1]),
)
"""One payer and one payee with two terminals each, so that their payments run side by side."""

EPOCH_MS: Final = 1_800_000_000_000
FAULTS_MS: Final = (30_000, 120_000)
"""For how long faults strike."""

SETTLING_MS: Final = 20 * 60_000
"""How long after the last hold's expiry everything must have ended, and everybody must know."""

STEPS_MAX: Final = 50_000
"""More than any world takes: one that goes round in circles is a fault as well."""

TURBULENCE_MS: Final = (2_000, 20_000)
"""Between two moments at which the broker, or the operator, may do something."""

OFF_MS: Final = (20_000, 300_000)
"""A terminal that is switched off for long: longer than any preset time, or any hold but the longest."""

HOLDS_MS: Final = (12_000, 45_000, 120_000, 900_000, 6 * 3_600_000)
EXTENSIONS_MS: Final = (15_000, 120_000, 900_000)
ORDERS: Final = (0.0, 0.3, 0.9)
"""How likely operators order something whenever they look."""

LAST_ORDERS_MS: Final = 60_000
"""How long after the faults they still do."""

OPENED_AGO_MS: Final = (3_600_000, 400 * 24 * 3_600_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What became of a world. `broken` says what is not true, and is None if everything is."""

    seed: int
    broken: str | None
    payments: int
    steps: int
    simulated_ms: int
    states: dict[str, int] = field(default_factory=dict)
    struck: dict[Fault, int] = field(default_factory=dict)
    trace: tuple[str, ...] = ()


class World:
    """Everything of one seed. `remembers=False` plants a server that never looks into its inbox."""

    def __init__(self, seed: int, *, traced: bool = False, remembers: bool = True) -> None:
        self.seed = seed
        self.clockwork = Clockwork()
        self.clockwork.now_ms = EPOCH_MS
        self.chance = Chance(seed)
        self.trace = Trace(self.clockwork, since_ms=EPOCH_MS, wanted=traced)
        self.policy = self._policy()
        self.rows = ServerRows()
        self.checks = Checks(self.rows, self.policy)
        self.broker = Broker(self.clockwork, self.chance, self.trace)
        self.people = People(self.clockwork, self.chance, self.checks, self.trace)
        keys = {device: SimulatedKey(device) for device, _ in TERMINALS}
        server_key = SimulatedKey("server")
        tools = Tools(
            rows=self.rows,
            voice=SimulatedVoice(server_key, self.chance),
            policy=self.policy,
            chance=self.chance,
            trace=self.trace,
            keys=keys,
            remembers=remembers,
        )
        self.server = Server(self.clockwork, self.chance, self.broker, tools, self.checks)
        self.broker.server = self.server
        self.office = Office(self.clockwork, self.chance, self.server, tools, self.checks)
        self._open_accounts()
        self._keys, self._server_key = keys, server_key
        self.terminals = [self._terminal(device, account) for device, account in TERMINALS]
        for terminal in self.terminals:
            if terminal.settings.role is Role.PAYER:
                self.people.wishes[terminal.device] = [self._wish() for _ in range(self.chance.between(1, 2))]

    # --- how it is made ---

    def _policy(self) -> Policy:
        dice = self.chance.dice
        return Policy(
            payee_preset_time_ms=dice.choice((8_000, 20_000, 30_000)),
            payer_preset_time_ms=dice.choice((15_000, 45_000)),
            face_time_ms=0,
            attempts=dice.choice((1, 2, 3)),
            busy_from=dice.choice((1, 1, 3)),
            hold_expiry_ms=dice.choice(HOLDS_MS),
            hold_extension_ms=dice.choice(EXTENSIONS_MS),
            hold_extensions=dice.choice((0, 1, 3)),
            resend_first_ms=dice.choice((500, 5_000, 30_000)),
            both_modalities_from_minor=dice.choice((1, 3_000, 100_000)),
        )

    def _open_accounts(self) -> None:
        chance, every = self.chance, tuple(Modality)
        with self.rows.disk.transaction():
            for account in (*PAYERS, *PAYEES):
                opened = Account(
                    account=account,
                    name=f"customer {account}",
                    opened_at_ms=EPOCH_MS - chance.dice.choice(OPENED_AGO_MS),
                    listed=every if account in PAYEES and chance.happens(0.95) else (),
                    enrolled=every if chance.happens(0.95) else (Modality.FACE,),
                    flagged=account in PAYEES and chance.happens(0.25),
                )
                self.rows.accounts.add(account, opened)
            for device, account in TERMINALS:
                self.rows.devices.add(device, Device(account=account))
            for account in PAYERS:
                self.rows.post(entries.deposit(account, CURRENCY, chance.between(2_000, 15_000)), EPOCH_MS)
        self.checks.committed((), (), EPOCH_MS)

    def _terminal(self, device: str, account: str) -> Terminal:
        payer = account in PAYERS
        terminal = Terminal(
            Settings(
                role=Role.PAYER if payer else Role.PAYEE, account=account, currency=CURRENCY, order=working_sensors()
            ),
            device,
            clockwork=self.clockwork,
            chance=self.chance,
            broker=self.broker,
            checks=self.checks,
            people=self.people,
            trace=self.trace,
            key=self._keys[device],
            server=self._server_key,
        )
        self.broker.join(device, terminal)
        return terminal

    def _wish(self) -> Wish:
        euros = self.chance.between(1, 60)
        payee = self.chance.dice.choice((PAYEES[0], PAYEES[1], PAYEES[1]))
        return Wish(payee_account=payee, amount_minor=euros * 100, keyed=str(euros))

    # --- its life ---

    def play(self) -> None:
        """Faults for a while, then none, until everything has ended. Raises BrokenError or an assertion."""
        self.server.boot()
        for terminal in self.terminals:
            terminal.boot()
        self._turbulence()
        until_ms = EPOCH_MS + self.chance.between(*FAULTS_MS)
        self.office.open(self.chance.dice.choice(ORDERS), until_ms + LAST_ORDERS_MS)
        self._run(lambda: False, until_ms)
        self.chance.calm = True
        self.trace.note("world", "faults stop")
        self._unblock()
        longest_ms = self.policy.hold_expiry_ms + self.policy.hold_extensions * self.policy.hold_extension_ms
        self._run(self._has_ended, self.clockwork.now_ms + longest_ms + SETTLING_MS)
        self.checks.ended()
        if not self._has_ended():
            raise BrokenError("not everything came to rest")
        for terminal in self._in_use:
            self.checks.ended_at(terminal.device, terminal.state.book)

    def _run(self, done: Callable[[], bool], until_ms: int) -> None:
        while self.clockwork.next_ms < until_ms and not done():
            self.clockwork.step()
            if self.clockwork.steps > STEPS_MAX:
                raise BrokenError(f"no end after {STEPS_MAX} steps")
        if not done():
            self.clockwork.now_ms = until_ms

    def _has_ended(self) -> bool:
        if any(payment.state not in FINAL for payment in self.rows.payments.kept.values()):
            return False
        in_use = {terminal.device for terminal in self._in_use}
        unheard = any(row.device in in_use for row in self.rows.outbox.kept.values())
        waiting = unheard or self.rows.pending.kept or not self.server.alive
        wished = any(self.people.wishes.values())
        return not waiting and not wished and all(terminal.idle for terminal in self._in_use)

    @property
    def _in_use(self) -> list[Terminal]:
        return [terminal for terminal in self.terminals if not terminal.retired]

    def _turbulence(self) -> None:
        """Now and then something happens to broker, connections, or accounts."""
        if self.chance.calm:
            return
        if self.chance.strikes(Fault.BROKER_RESTART):
            self.broker.restart(forgets=self.chance.happens(0.6))
        if self.chance.strikes(Fault.BLOCKED):
            account = self.chance.dice.choice((*PAYERS, *PAYEES))
            self.server.block(account, active=False)
            self.clockwork.after(self.chance.between(*TURBULENCE_MS), lambda: self.server.block(account, active=True))
        if self.chance.strikes(Fault.CLOSED):
            open_ones = [one for one in self.rows.payments.kept.values() if one.state not in FINAL]
            parts = [account for one in open_ones for account in (one.payer_account, one.payee_account)]
            self.server.close(self.chance.dice.choice(parts or (*PAYERS, *PAYEES)))
        if self.chance.strikes(Fault.TERMINAL_OFF):
            payees = [terminal for terminal in self._in_use if terminal.settings.role is Role.PAYEE]
            self.chance.dice.choice(payees).switch_off(self.chance.between(*OFF_MS))
        if self.chance.strikes(Fault.TERMINAL_REPLACED):
            at_it = [terminal for terminal in self._in_use if not isinstance(terminal.state.step, Idle)]
            self._replace(self.chance.dice.choice(at_it or self._in_use))
        self.clockwork.after(self.chance.between(*TURBULENCE_MS), self._turbulence)

    def _replace(self, old: Terminal) -> None:
        """Another terminal takes the place of `old`, which is gone for good; its people go on at the new one."""
        new, account = f"{old.settings.role}-{len(self.terminals)}-new", old.settings.account
        old.switch_off(None)
        self._keys[new] = SimulatedKey(new)
        self.server.replace_device(old.device, new, account)
        if old.device in self.people.wishes:
            self.people.wishes[new] = self.people.wishes.pop(old.device)
        self.terminals.append(self._terminal(new, account))
        self.terminals[-1].boot()

    def _unblock(self) -> None:
        for account, known in list(self.rows.accounts.kept.items()):
            if not known.active:
                self.server.block(account, active=True)


def quiet_logs() -> None:
    """The product's logs go nowhere: a world has a trace."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def play(seed: int, *, traced: bool = False, remembers: bool = True) -> Played:
    """The life of the world of `seed`; the same seed is the same life, traced or not."""
    world = World(seed, traced=traced, remembers=remembers)
    broken = None
    try:
        world.play()
    except (BrokenError, AssertionError) as error:
        broken = f"{type(error).__name__}: {error}"
        world.trace.note("world", "BROKEN:", broken)
    states: dict[str, int] = {}
    for payment in world.rows.payments.kept.values():
        states[payment.state] = states.get(payment.state, 0) + 1
    return Played(
        seed=seed,
        broken=broken,
        payments=len(world.rows.payments.kept),
        steps=world.clockwork.steps,
        simulated_ms=world.clockwork.now_ms - EPOCH_MS,
        states=states,
        struck=world.chance.struck,
        trace=tuple(world.trace.lines),
    )
