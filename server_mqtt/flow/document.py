"""Renders docs/payment_flow.md from the tables that the server runs by. Impure: `main` writes the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from server_mqtt.contract.messages import PaymentState
from server_mqtt.flow.decision import Handler
from server_mqtt.flow.events import EVENTS, Event
from server_mqtt.flow.states import FINAL
from server_mqtt.flow.steps import AFTERWARDS, AT_ANY_TIME, FLOW, WHILE_HELD, Row, Who
from server_mqtt.flow.transitions import TABLE, Handled

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "payment_flow.md"

_HEAD: Final = """\
<!-- Generated from server_mqtt/flow (steps.py, transitions.py) by ./run docs. Do not edit. -->

# How a payment runs

Both ends countersign: the payee is verified live before the payer is asked, the payer consents live to this payee and
this amount, and what cannot be proven is held, never lost. The method is that of patent application CN113516478A
(claims 1 to 5); that a hold expires is beyond it.
"""
_ALIASES: Final = {Who.PAYER: "payer", Who.SERVER: "server", Who.PAYEE: "payee"}


def render() -> str:
    """The page."""
    return "\n".join(
        (
            _HEAD,
            "## The steps\n",
            *_steps(FLOW),
            "",
            "While the money is held:\n",
            *_steps(WHILE_HELD),
            "",
            "Afterwards:\n",
            *_steps(AFTERWARDS),
            "",
            "At any time:\n",
            *_steps(AT_ANY_TIME),
            "",
            "```mermaid",
            *_sequence(),
            "```\n",
            "Both ends are told of every change by a `payment_status`, whose revision only rises; a terminal that",
            "missed one asks with a `payment_query`.\n",
            "## The states\n",
            "```mermaid",
            *_diagram(),
            "```\n",
            "## Every state and every event\n",
            "A cell says what handles the event and where it may lead, or, in *italics*, with which reason it is",
            "refused. What handles an event may still refuse it, and then nothing changes. An event of a terminal that",
            "has no part in the payment is refused as *not_your_payment* before this table is looked at.\n",
            *_table(),
            "",
        )
    )


def main() -> None:
    """`python -m server_mqtt.flow.document`."""
    PAGE.write_text(render(), encoding="utf-8")


def _steps(rows: Iterable[Row]) -> Iterator[str]:
    yield "| step | where | what happens | in |"
    yield "| --- | --- | --- | --- |"
    for row in rows:
        yield f"| `{row.step}` | {row.who} | {row.what} | `flow/{row.module}.py` |"


def _sequence() -> Iterator[str]:
    yield "sequenceDiagram"
    for who in (Who.PAYER, Who.SERVER, Who.PAYEE):
        yield f"    participant {_ALIASES[who]} as {who}"
    yield from map(_exchange, FLOW)
    yield "    opt held"
    yield from (f"    {_exchange(row)}" for row in WHILE_HELD)
    yield "    end"


def _exchange(row: Row) -> str:
    if row.to is None:
        return f"    Note over {_ALIASES[row.who]}: {row.step}"
    return f"    {_ALIASES[row.who]}->>{_ALIASES[row.to]}: {row.step}"


def _diagram() -> Iterator[str]:
    yield "stateDiagram-v2"
    for (before, after), causes in sorted(_arrows().items(), key=lambda arrow: _order(*arrow[0])):
        yield f"    {before.value if before else '[*]'} --> {after.value}: {', '.join(causes)}"
    for state in PaymentState:
        if state in FINAL:
            yield f"    {state.value} --> [*]"


def _arrows() -> dict[tuple[PaymentState | None, PaymentState], list[str]]:
    arrows: dict[tuple[PaymentState | None, PaymentState], list[str]] = {}
    for (before, _), cell in TABLE.items():
        if isinstance(cell, Handled):
            for after in cell.to:
                if after is not before:
                    arrows.setdefault((before, after), []).append(_name(cell.by))
    return arrows


def _order(before: PaymentState | None, after: PaymentState) -> tuple[int, int]:
    states = list(PaymentState)
    return (-1 if before is None else states.index(before), states.index(after))


def _table() -> Iterator[str]:
    states = (None, *PaymentState)
    yield f"| event | {' | '.join(state.value if state else 'no payment' for state in states)} |"
    yield f"| --- |{' --- |' * len(states)}"
    for event in EVENTS:
        yield f"| {event.__name__} | {' | '.join(_cell(state, event) for state in states)} |"


def _cell(state: PaymentState | None, event: type[Event]) -> str:
    cell = TABLE[state, event]
    if not isinstance(cell, Handled):
        return f"*{cell.value}*"
    others = [after.value for after in cell.to if after is not state]
    return f"`{_name(cell.by)}`" + (f" → {', '.join(others)}" if others else "")


def _name(handler: Handler) -> str:
    return str(getattr(handler, "__name__", handler))


if __name__ == "__main__":
    main()
