"""Names and what terminals say of themselves carry SQL, format strings, commands: in every listing they are text."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import update

from server_mqtt.contract.messages import FirstInstruction, PaymentState, Presence, SecondInstruction
from server_mqtt.shell.schema import accounts, directory
from server_mqtt.shell.store import open_store
from tests.server_mqtt.cli.conftest import Ask, Run
from tests.server_mqtt.shell.members import ANN, BOB, Members, bodies

HOSTILE: Final = (
    "'; DROP TABLE payments; --",
    '" OR 1=1 /*',
    "%s %n %(name)s {0} {self.__class__} ${HOME}",
    "$(reboot) `reboot` | reboot; reboot && reboot",
    "../../etc/passwd",
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script> &amp;",
    "\\x00 \\u0000 %00",
)
CONTROL: Final = "1.0\x1b]0;done\x07\x1b[2J\r\n\x9b31m\u202e\u200b"
"""Sets a window's title, clears the screen, begins a line, turns it red and writes from right to left."""


@pytest.mark.fault(68)
def test_a_hostile_name_is_shown_and_told_as_it_is_and_does_nothing(run: Run, ask: Ask, folder: Path) -> None:
    for number, name in enumerate(HOSTILE):
        assert run("account", "open", f"DE1{number:03}", "--name", name).exit_code == 0
    assert [row["name"] for row in ask("account", "list")] == list(HOSTILE)
    assert all(name in run("account", "list").stdout for name in HOSTILE)

    members = Members(store := open_store(folder / "data"))
    for number, name in enumerate(HOSTILE):
        payment_id = f"{number:032x}"
        with store.write() as connection:
            connection.execute(update(accounts).where(accounts.c.account == ANN).values(name=name))
            connection.execute(update(directory).where(directory.c.account == BOB).values(name=name))
        said = members.committer.commit([members.arrival(ANN, members.request(payment_id))], 1_000).publications
        (first,) = (body for body in bodies(said) if isinstance(body, FirstInstruction))
        (pending,) = members.committer.commit([members.arrival(BOB, members.capture(first))], 1_000).comparisons
        said = members.committer.commit([members.comparer.conclude(pending)], 1_000).publications
        (second,) = (body for body in bodies(said) if isinstance(body, SecondInstruction))
        assert (first.payer_name, second.payer_name, second.payee_name) == (name, name, name)
        (pending,) = members.committer.commit([members.arrival(ANN, members.consent(second))], 1_000).comparisons
        members.committer.commit([members.comparer.conclude(pending)], 1_000)
    store.close()
    assert {row["state"] for row in ask("payments", "list")} == {PaymentState.SETTLED.value}
    assert len(ask("payments", "list")) == len(HOSTILE)
    assert run("payments", "show", f"{0:032x}").exit_code == 0
    assert ask("ledger", "verify")["sound"]


@pytest.mark.fault(68)
def test_what_a_terminal_says_of_itself_does_nothing_to_the_operators_screen(ask: Ask, run: Run, folder: Path) -> None:
    members = Members(store := open_store(folder / "data"))
    members.committer.commit([members.arrival(ANN, Presence(online=True, software=CONTROL))], 1_000)
    store.close()
    (shown,) = (line for line in run("device", "list").stdout.splitlines() if "terminal-ann" in line)
    assert shown.isprintable()
    assert "1.0\N{REPLACEMENT CHARACTER}]0;done" in shown
    assert ask("device", "list")[0]["software"] == CONTROL
    assert run("device", "list", "--json").stdout.replace("\n", "").isprintable()
