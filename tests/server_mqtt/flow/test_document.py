"""The page about the flow says what the tables say."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from server_mqtt.contract.kinds import DOWN, UP
from server_mqtt.contract.messages import PaymentState
from server_mqtt.flow import document
from server_mqtt.flow.steps import AFTERWARDS, AT_ANY_TIME, FLOW, WHILE_HELD, Step, Who
from server_mqtt.flow.transitions import TABLE, Handled

ROWS = (*FLOW, *WHILE_HELD, *AFTERWARDS, *AT_ANY_TIME)


def test_the_committed_page_is_the_rendered_one() -> None:
    assert document.PAGE.read_text(encoding="utf-8") == document.render(), "run ./run docs"


def test_the_page_is_written_where_the_committed_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "PAGE", tmp_path / "payment_flow.md")
    document.main()
    assert document.PAGE.read_text(encoding="utf-8") == document.render()


def test_every_step_is_in_the_flow_and_its_file_exists() -> None:
    assert {row.step for row in ROWS} == set(Step)
    for row in ROWS:
        assert importlib.import_module(f"server_mqtt.flow.{row.module}").__doc__


def test_a_step_that_sends_a_message_has_its_name() -> None:
    """One word a step, everywhere; a release instruction is a first instruction with another purpose."""
    for row in ROWS:
        if row.to is not None and row.step is not Step.RELEASE_INSTRUCTION:
            assert row.step.value in (UP if row.to is Who.SERVER else DOWN)


def test_every_state_and_arrow_is_drawn() -> None:
    page = document.render()
    for (before, _), cell in TABLE.items():
        for after in cell.to if isinstance(cell, Handled) else ():
            if after is not before:
                assert f"    {before.value if before else '[*]'} --> {after.value}: " in page
    assert all(f"| {state.value} " in page for state in PaymentState)


def test_the_tables_have_a_cell_for_every_column() -> None:
    for line in document.render().splitlines():
        if line.startswith("| ") and "--- " not in line:
            assert line.count(" | ") in {3, 1 + len(PaymentState)}
