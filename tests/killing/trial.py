"""One trial: payments under load, one blow, and the accounts afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.killing.blows import Blow, Revival, Watch, under_strace
from tests.killing.load import AMOUNT_MINOR, ENDS, MIXED, Couple, Kind, couples, pay_all
from tests.scenarios.server import NotStartedError, PrivateServer
from tests.scenarios.shop import Shop

FUNDS_MINOR: Final = 10_000
"""What a newcomer of the shop has."""

_ROUNDS: Final = 6
"""Of payments, until one of two servers has had the step at which it dies: it has about every second."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What was done and what came of it. `exit_codes`: of every server that died, a signal's as its negative number."""

    payments: int
    exit_codes: tuple[int, ...]


def strike(shop: Shop, server: PrivateServer, blow: Blow, at: int, count: int) -> Trial:
    """`count` payments at once while `blow` meets the server's `at`-th durable write; it is started again by itself.

    Raises AssertionError where a payment is not accounted for, TimeoutError where one does not end.
    """
    return _try(shop, server, count, lambda watch: watch.start(under=under_strace(blow, at, Path("/dev/null"))))


def kill_at(shop: Shop, server: PrivateServer, point: str, at: int, count: int, kinds: Sequence[Kind] = MIXED) -> Trial:
    """The same, while the server kills itself at the `at`-th passing of a point of the launcher."""
    program = _launched(point, at)
    return _try(shop, server, count, lambda watch: watch.start(program=program), kinds=kinds)


def kill_one_of_two(
    shop: Shop,
    server: PrivateServer,
    second: PrivateServer,
    point: str,
    count: int,
    at: int = 1,
    kinds: Sequence[Kind] = MIXED,
) -> Trial:
    """The same, while a `second` server beside it kills itself at its `at`-th passing of a point, and stays dead.

    Which of the two comes to pass it is the broker's choice: there are more payments until it was the second.
    """
    payments, exit_codes = 0, list[int]()
    try:
        try:
            second.start(program=_launched(point, at))
        except NotStartedError as died:
            exit_codes.append(died.exit_code)
        for _ in range(_ROUNDS):
            trial = _try(shop, server, count, lambda watch: watch.start(), kinds=kinds)
            payments += trial.payments
            exit_codes += trial.exit_codes
            if second.process is not None and second.process.poll() is not None:
                exit_codes.append(second.wait())
            if second.process is None:
                break
    finally:
        if second.process is not None:
            second.kill()
    return Trial(payments, tuple(exit_codes))


def kill_broker_at(
    shop: Shop,
    server: PrivateServer,
    point: str,
    count: int,
    at: int = 1,
    kinds: Sequence[Kind] = MIXED,
    *,
    forgets: bool,
) -> Trial:
    """The same, while the broker is killed at the server's `at`-th passing of a point, and is started again."""
    with Revival(shop.broker, forgets=forgets) as revival:
        program = _launched(point, at, shop.broker.pid)
        trial = _try(shop, server, count, lambda watch: watch.start(program=program), kinds=kinds)
    assert revival.deaths == 1, f"the broker died {revival.deaths} times"
    return trial


def _launched(point: str, at: int, victim: int = 0) -> Sequence[str]:
    """A server at whose `at`-th passing of `point` a process dies: its own, if not told otherwise."""
    return "-m", "tests.killing.launcher", point, str(at), str(victim)


def disturb(shop: Shop, server: PrivateServer, disturbance: Callable[[], None], count: int) -> Trial:
    """The same, while `disturbance` is done again and again to whatever the server depends on."""
    return _try(shop, server, count, lambda watch: watch.start(), disturbance)


def _try(
    shop: Shop,
    server: PrivateServer,
    count: int,
    start: Callable[[Watch], None],
    disturbance: Callable[[], None] = lambda: None,
    kinds: Sequence[Kind] = MIXED,
) -> Trial:
    among = couples(shop, count, kinds)
    if server.process is not None:
        server.stop()
    watch = Watch.over(server)
    start(watch)

    def meanwhile() -> None:
        disturbance()
        watch.look()

    try:
        paid = pay_all(among, shop.stranger, meanwhile)
    finally:
        # Hundreds of trials would leave a thread and four descriptors each.
        for couple in among:
            couple.payer.device.close()
            couple.payee.device.close()
    for couple, payment_id in zip(among, paid, strict=True):
        _account_for(shop, couple, payment_id)
    assert server.ask("ledger", "verify")["sound"]
    return Trial(len(paid), tuple(watch.exit_codes))


def _account_for(shop: Shop, couple: Couple, payment_id: str) -> None:
    """It moved its amount once, from its payer to where it ended, and no answer was counted twice."""
    story = shop.story(payment_id)
    assert story["state"] == ENDS[couple.kind], story
    payer, payee, escrow = (f"customer/{couple.payer.account}", f"customer/{couple.payee.account}", "escrow/")
    moves = {
        Kind.AT_ONCE: [("settle", payer, payee)],
        Kind.HELD: [("hold", payer, escrow), ("release", escrow, payee)],
        Kind.STOPPED: [],
        Kind.REFUNDED: [("hold", payer, escrow), ("refund", escrow, payer)],
    }[couple.kind]
    expected = [
        posting
        for kind, giver, taker in moves
        for posting in ((kind, giver, -AMOUNT_MINOR), (kind, taker, AMOUNT_MINOR))
    ]
    moved = [(kind, account.replace(payment_id, ""), amount) for kind, account, amount in shop.moved(payment_id)]
    assert moved == expected, story
    verdicts = [attempt["verdict"] for attempt in story["attempts"]]
    if couple.kind is Kind.AT_ONCE:
        assert verdicts == ["verified", "verified"], story
    paid = AMOUNT_MINOR if couple.kind in (Kind.AT_ONCE, Kind.HELD) else 0
    assert shop.balance(couple.payer) == FUNDS_MINOR - paid
    assert shop.balance(couple.payee) == paid
