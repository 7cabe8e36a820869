"""Whether a scene ended exactly as it should: states, results, money, and what the screens said. Pure but for texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from demo.people import PAYEE, PAYER
from demo.report import Payment, Result
from demo.talk import Seen
from server_mqtt.contract.messages import PaymentState, Role
from server_mqtt.contract.reasons import Reason
from server_mqtt.ledger.accounts import customer_account, escrow_account
from server_mqtt.risk.factors import RiskFactor
from terminal.presenter.view import ScreenName, Tone
from terminal.texts.catalogue import texts_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A screen of one end must have said this phrase, and the words of this reason or risk, to its reader."""

    role: Role
    screen: ScreenName
    phrase: str = ""
    reason: Reason | None = None
    risk: RiskFactor | None = None
    tone: Tone | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """How a scene must end. `entries` are the kinds of its movements of money, `moves` whether payer paid payee;
    `said` the screens, in any order; `unseen` screens that must not appear at all.
    """

    states: tuple[PaymentState, ...]
    first: Result | None
    second: Result | None
    entries: tuple[str, ...]
    moves: bool
    said: tuple[Said, ...]
    unseen: tuple[tuple[Role, ScreenName], ...] = ()


def problems(
    expected: Expectation, payment: Payment, amount_minor: int, seen: Mapping[Role, Sequence[Seen]]
) -> tuple[str, ...]:
    """What is not as it should be, in words; empty where everything is."""
    return (
        *_about_states(expected, payment),
        *_about_results(expected, payment),
        *_about_money(expected, payment, amount_minor),
        *_about_screens(expected, seen),
    )


def _about_states(expected: Expectation, payment: Payment) -> Iterator[str]:
    states = tuple(one.state for one in payment.states)
    if states != expected.states:
        yield f"the states were {_listed(states)}, expected {_listed(expected.states)}"
    times = [one.after_ms for one in payment.states]
    if times != sorted(times):
        yield f"the times of the states do not rise: {times}"


def _about_results(expected: Expectation, payment: Payment) -> Iterator[str]:
    for name, want, got in (
        ("first", expected.first, payment.first_result),
        ("second", expected.second, payment.second_result),
    ):
        if want != got:
            yield f"the {name} result was {_result(got)}, expected {_result(want)}"


def _about_money(expected: Expectation, payment: Payment, amount_minor: int) -> Iterator[str]:
    kinds: list[str] = []
    sums: dict[int, int] = {}
    for posting in payment.postings:
        if posting.entry not in sums:
            kinds.append(posting.kind)
        sums[posting.entry] = sums.get(posting.entry, 0) + posting.amount_minor
    if tuple(kinds) != expected.entries:
        yield f"the movements of money were {_listed(kinds)}, expected {_listed(expected.entries)}"
    yield from (f"entry {entry} does not balance: {rest}" for entry, rest in sums.items() if rest)
    moved = amount_minor if expected.moves else 0
    for party, change in ((PAYER, -moved), (PAYEE, moved)):
        account = customer_account(party.account)
        before, after = payment.balances_before.get(account, 0), payment.balances_after.get(account, 0)
        if after - before != change:
            yield f"{party.name}'s balance went from {before} to {after}, expected {before + change}"
    left = payment.balances_after.get(escrow_account(payment.id), 0)
    if left:
        yield f"{left} stayed in escrow"


def _about_screens(expected: Expectation, seen: Mapping[Role, Sequence[Seen]]) -> Iterator[str]:
    for said in expected.said:
        screens = [one for one in seen[said.role] if one.screen is said.screen]
        if not any(_says(one, said) for one in screens):
            shown = "; ".join(repr(one.words) for one in screens) or "no such screen"
            yield f"the {said.role.value}'s {said.screen.value} did not say {_wanted(said)!r}: {shown}"
    for role, screen in expected.unseen:
        if any(one.screen is screen for one in seen[role]):
            yield f"the {role.value}'s terminal showed {screen.value}, which belongs to no part of this scene"


def _says(one: Seen, said: Said) -> bool:
    texts = texts_in(one.language)
    wanted = [texts(said.phrase, payee=PAYEE.name)] if said.phrase else []
    if said.reason is not None:
        wanted.append(texts.reason(said.reason, said.role))
    if said.risk is not None:
        wanted.append(texts.risk(said.risk.value))
    return all(words in one.words for words in wanted) and said.tone in (None, one.tone)


def _wanted(said: Said) -> str:
    names = [name.value for name in (said.reason, said.risk, said.tone) if name is not None]
    return " / ".join([said.phrase, *names] if said.phrase else names)


def _result(result: Result | None) -> str:
    if result is None:
        return "none"
    details = [part.value for part in (result.reason, result.modality) if part is not None]
    return f"{result.verdict.value}" + (f" ({', '.join(details)})" if details else "")


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words) or "none"
