"""One trial: payments under load, one blow, and the accounts afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.killing.blows import Blow, Watch, under_strace
from tests.killing.load import AMOUNT_MINOR, Couple, Kind, couples, pay_all
from tests.scenarios.server import PrivateServer
from tests.scenarios.shop import Shop

FUNDS_MINOR: Final = 10_000
"""What a newcomer of the shop has."""

ENDS: Final = {Kind.AT_ONCE: "settled", Kind.HELD: "released"}


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


def kill_at(shop: Shop, server: PrivateServer, point: str, at: int, count: int) -> Trial:
    """The same, while the server kills itself at the `at`-th passing of a point of the launcher."""
    program = ("-m", "tests.killing.launcher", point, str(at))
    return _try(shop, server, count, lambda watch: watch.start(program=program))


def disturb(shop: Shop, server: PrivateServer, disturbance: Callable[[], None], count: int) -> Trial:
    """The same, while `disturbance` is done again and again to whatever the server depends on."""
    return _try(shop, server, count, lambda watch: watch.start(), disturbance)


def _try(
    shop: Shop,
    server: PrivateServer,
    count: int,
    start: Callable[[Watch], None],
    disturbance: Callable[[], None] = lambda: None,
) -> Trial:
    among = couples(shop, count)
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
    """It moved its amount once, from its payer to its payee, and no answer was counted twice."""
    story = shop.story(payment_id)
    assert story["state"] == ENDS[couple.kind], story
    payer, payee, escrow = (f"customer/{couple.payer.account}", f"customer/{couple.payee.account}", "escrow/")
    moved = [(kind, account.replace(payment_id, ""), amount) for kind, account, amount in shop.moved(payment_id)]
    if couple.kind is Kind.AT_ONCE:
        assert moved == [("settle", payer, -AMOUNT_MINOR), ("settle", payee, AMOUNT_MINOR)]
        assert [attempt["verdict"] for attempt in story["attempts"]] == ["verified", "verified"]
    else:
        assert moved == [
            ("hold", payer, -AMOUNT_MINOR),
            ("hold", escrow, AMOUNT_MINOR),
            ("release", escrow, -AMOUNT_MINOR),
            ("release", payee, AMOUNT_MINOR),
        ]
    assert shop.balance(couple.payer) == FUNDS_MINOR - AMOUNT_MINOR
    assert shop.balance(couple.payee) == AMOUNT_MINOR
