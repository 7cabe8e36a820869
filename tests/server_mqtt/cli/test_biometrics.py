"""What an operator sees of failures and lock-outs, and how one is ended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from server_mqtt.contract.messages import Modality
from server_mqtt.contract.reasons import Reason
from server_mqtt.shell import tallies
from server_mqtt.shell.errors import OperatorError
from server_mqtt.shell.operator_tables import unlocks
from server_mqtt.shell.store import open_store
from server_mqtt.verification.finding import Finding
from server_mqtt.verification.policy import Policy
from tests.server_mqtt.cli.conftest import Ask, Run

ANN = "DE0001"
BOTH = tuple(Modality)
LONG_AGO_MS = 1_000
Fail = Callable[[int, Modality, int], None]


@pytest.fixture
def fail(run: Run, folder: Path) -> Fail:
    """Opens Ann's account and lets so many attempts of her fail, an hour after each other, the last one at a time."""
    assert run("account", "open", ANN, "--name", "Ann").exit_code == 0

    def failing(times: int, modality: Modality, last_ms: int) -> None:
        store = open_store(folder / "data")
        finding = Finding(verified=False, reason=Reason.NOT_RECOGNISED, shown=(modality,))
        with store.write() as connection:
            for number in range(times):
                at_ms = last_ms - (times - 1 - number) * 3_600_000
                tallies.note(connection, Policy(), ANN, BOTH, finding, at_ms)
        store.close()

    return failing


def _states(ask: Ask) -> list[tuple[str, int, int]]:
    return [(row["state"], row["failures"], row["failures_in_all"]) for row in ask("account", "biometrics", ANN)]


def test_failures_are_shown_by_modality(fail: Fail, ask: Ask, run: Run) -> None:
    assert _states(ask) == [("open", 0, 0), ("open", 0, 0)]
    fail(5, Modality.FACE, 4_102_444_800_000)  # In the year 2100: the delay is not over.
    fail(50, Modality.FINGERPRINT, LONG_AGO_MS)
    assert _states(ask) == [("locked", 5, 5), ("blocked", 50, 50)]
    face, finger = ask("account", "biometrics", ANN)
    assert (face["locked_until"], face["enrolled"]) == ("2100-01-01T00:00:30.000+00:00", False)
    assert (finger["locked_until"], finger["last_failed"]) == (None, "1970-01-01T00:00:01.000+00:00")
    told = run("account", "biometrics", ANN)
    assert "blocked" in told.stdout


def test_one_modality_or_all_are_unlocked_and_why_is_kept(fail: Fail, ask: Ask, run: Run, folder: Path) -> None:
    fail(50, Modality.FACE, LONG_AGO_MS)
    fail(3, Modality.FINGERPRINT, LONG_AGO_MS)
    assert run("account", "unlock", ANN, "--modality", "face", "--reason", "seen in person").exit_code == 0
    assert _states(ask) == [("open", 0, 50), ("open", 3, 3)]
    assert run("account", "unlock", ANN, "--reason", "new reader").exit_code == 0
    assert _states(ask) == [("open", 0, 50), ("open", 0, 3)]
    assert all(row["unlocked"] for row in ask("account", "biometrics", ANN))
    store = open_store(folder / "data")
    with store.read() as connection:
        columns = (unlocks.c.account, unlocks.c.modality, unlocks.c.failures, unlocks.c.reason)
        rows = [tuple(row) for row in connection.execute(select(*columns))]
    store.close()
    assert rows == [(ANN, "face", 50, "seen in person"), (ANN, "fingerprint", 3, "new reader")]


def test_there_must_be_an_account_a_failure_and_a_reason(fail: Fail, run: Run) -> None:
    assert isinstance(run("account", "biometrics", "DE0002").exception, OperatorError)
    assert isinstance(run("account", "unlock", "DE0002", "--reason", "seen").exception, OperatorError)
    assert isinstance(run("account", "unlock", ANN, "--reason", "seen").exception, OperatorError)
    assert isinstance(run("account", "unlock", ANN, "--modality", "face", "--reason", "seen").exception, OperatorError)
    fail(1, Modality.FACE, LONG_AGO_MS)
    assert run("account", "unlock", ANN).exit_code == 2
    for reason in ("", "  ", "a\nb", "x" * 201):
        assert isinstance(run("account", "unlock", ANN, "--reason", reason).exception, OperatorError)
