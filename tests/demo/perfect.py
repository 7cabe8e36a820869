"""What a scene looks like when it goes exactly as it should, made from its expectation."""

from __future__ import annotations

from demo.checks import Said
from demo.people import CURRENCY, PAYEE, PAYER
from demo.report import Payment, Posting, StateAt
from demo.scenes import DemoScene
from demo.talk import Seen
from server_mqtt.contract.messages import Role
from server_mqtt.ledger.accounts import customer_account
from terminal.presenter.view import Tone
from terminal.texts.catalogue import texts_in

PAYER_HAD = 50_000


def perfect_payment(scene: DemoScene) -> Payment:
    expected = scene.expected
    moved = scene.amount_minor if expected.moves else 0
    return Payment(
        id="c" * 32,
        scene=scene.name,
        states=tuple(
            StateAt(state=state, at="2026-11-14T10:00:00.000+00:00", after_ms=1_000 * number)
            for number, state in enumerate(expected.states)
        ),
        first_result=expected.first,
        second_result=expected.second,
        postings=tuple(
            Posting(entry=number, kind=kind, account=account, currency=CURRENCY, amount_minor=sign * scene.amount_minor)
            for number, kind in enumerate(expected.entries, start=2)
            for account, sign in (("a", -1), ("b", 1))
        ),
        balances_before={customer_account(PAYER.account): PAYER_HAD},
        balances_after={customer_account(PAYER.account): PAYER_HAD - moved, customer_account(PAYEE.account): moved},
        seconds=9.5,
    )


def perfect_screens(scene: DemoScene) -> dict[Role, list[Seen]]:
    """One screen for everything that must be said."""
    seen: dict[Role, list[Seen]] = {role: [] for role in Role}
    for said in scene.expected.said:
        seen[said.role].append(_screen(scene, said))
    return seen


def _screen(scene: DemoScene, said: Said) -> Seen:
    texts = texts_in(scene.language)
    return Seen(
        at_ms=1,
        screen=said.screen,
        tone=said.tone or Tone.NEUTRAL,
        language=scene.language,
        title=texts(said.phrase, payee=PAYEE.name) if said.phrase else "",
        message=texts.reason(said.reason, said.role),
        detail=texts.risk(said.risk.value) if said.risk is not None else "",
        picture="demo-out/scene/01-payer-idle.png",
    )
