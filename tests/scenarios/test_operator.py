"""What an operator sees of payments while the server runs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from server_mqtt.cli import commands
from server_mqtt.contract.messages import PaymentState
from server_mqtt.contract.reasons import Reason
from tests.scenarios.server import PrivateServer
from tests.scenarios.shop import Customer, Shop

pytestmark = pytest.mark.broker


def _settled(payer: Customer, payee: Customer) -> str:
    payment_id = payer.pay(payee, 1_234)
    payee.answer(payee.first(payment_id))
    payer.answer(payer.second(payment_id))
    payer.told(payment_id, PaymentState.SETTLED)
    return payment_id


@pytest.fixture
def following(server: PrivateServer) -> Iterator[subprocess.Popen[str]]:
    """`payments follow`, from the first payment on."""
    arguments = ["payments", "follow", "--from-start", "--json", "--config", str(server.config)]
    process = subprocess.Popen([sys.executable, "-m", "server_mqtt", *arguments], stdout=subprocess.PIPE, text=True)
    yield process
    process.terminate()
    process.communicate(timeout=30)


def test_every_change_is_seen_as_it_happens(shop: Shop, following: subprocess.Popen[str]) -> None:
    payer, payee = shop.customer(), shop.customer()
    payment_id = _settled(payer, payee)
    assert following.stdout is not None
    steps = []
    for line in following.stdout:
        event = json.loads(line)
        if event["payment_id"] == payment_id:
            steps.append(event["event"])
        if event["to"] == "settled":
            break
    assert steps == [
        "payer_request",
        "first_instruction",
        "payee_capture",
        "first_verification",
        "first_result",
        "second_instruction",
        "payer_capture",
        "second_verification",
        "transfer_or_escrow",
    ]


def test_one_payment_s_whole_story(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer()
    payment_id = _settled(payer, payee)
    story = shop.story(payment_id)
    assert (story["id"], story["state"], story["reason"]) == (payment_id, "settled", None)
    assert (story["amount"], story["amount_minor"], story["currency"]) == ("12.34 EUR", 1_234, "EUR")
    assert (story["payer"], story["payee"], story["payer_name"]) == (payer.account, payee.account, payer.name)
    times = [state["at_ms"] for state in story["states"]]
    assert times == sorted(times)
    assert all(state["at"].endswith("+00:00") for state in story["states"])
    for result in (story["first_result"], story["second_result"]):
        assert (result["verdict"], result["reason"], result["modality"]) == ("verified", None, "face")
    assert 0 <= story["risk"]["value"] <= 0.5
    assert set(story["risk"]["factors"]) == {
        "marked",
        "failed_lately",
        "seldom_verified",
        "holds_expired",
        "new_account",
        "disputed",
        "unusual_pace",
        "unusual_amount",
        "new_terminal",
    }
    assert sum(row["amount_minor"] for row in story["postings"]) == 0
    assert "nonce" not in json.dumps(story)


def test_a_story_in_words(shop: Shop, server: PrivateServer) -> None:
    payer, payee = shop.customer(), shop.customer(enrolled=[])
    payment_id = payer.pay(payee)
    payer.answer(payer.second(payment_id))
    payer.told(payment_id, PaymentState.HELD)
    told = CliRunner().invoke(commands, ["payments", "show", payment_id, "--config", str(server.config)])
    assert told.exit_code == 0
    for words in ("held", Reason.PAYEE_NOT_CHECKED.value, "could_not_be_checked", f"escrow/{payment_id}", "10.00 EUR"):
        assert words in told.stdout


def test_commands_that_write_wait_their_turn_beside_a_running_server(shop: Shop) -> None:
    payer, payee = shop.customer(), shop.customer()
    for _ in range(5):
        config = str(shop.server.config)
        done = CliRunner().invoke(commands, ["account", "deposit", payer.account, "1.00", "EUR", "--config", config])
        assert done.exit_code == 0
        _settled(payer, payee)
    assert shop.server.ask("ledger", "verify")["sound"]
    assert shop.balance(payer) == 10_000 + 500 - 5 * 1_234


def test_a_backtest_tells_what_another_policy_would_have_held(
    shop: Shop, server: PrivateServer, tmp_path: Path
) -> None:
    payer, payee = shop.customer(), shop.customer()
    payment_id = _settled(payer, payee)
    draft, chart = tmp_path / "draft.toml", tmp_path / "chart.svg"
    draft.write_text(f'[policy.payee."{payee.account}"]\nrisk_threshold = 0.1\n', encoding="utf-8")
    report = server.ask("risk", "backtest", "--policy", str(draft), "--chart", str(chart))
    (newly,) = report["newly_held"]
    assert (newly["payment_id"], newly["amount"], newly["main"]) == (payment_id, "12.34 EUR", "new_terminal")
    assert report["newly_held_minor"] == {"EUR": 1_234}
    assert report["no_longer_held"] == []
    assert report["would_be_held"] == report["held"] + 1
    assert chart.read_text(encoding="utf-8").startswith("<svg")
    none = server.ask("risk", "backtest", "--policy", str(draft), "--since", "2999-01-01")
    assert (none["payments"], none["newly_held"]) == (0, [])
    told = CliRunner().invoke(commands, ["risk", "backtest", "--policy", str(draft), "--config", str(server.config)])
    assert told.exit_code == 0
    assert "newly held: 1 (12.34 EUR)" in told.stdout


def test_frozen_money_is_listed_until_it_is_free(shop: Shop, server: PrivateServer) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    payment_id = payer.pay(payee)
    payee.fail(payment_id, shop.stranger)
    payer.answer(payer.second(payment_id))
    payer.told(payment_id, PaymentState.HELD)
    (hold,) = [row for row in server.ask("hold", "list", "--limit", "1000") if row["id"] == payment_id]
    assert (hold["payer"], hold["payee"], hold["reason"]) == (payer.account, payee.account, "payee_not_verified")
    assert hold["left"] in {"6 d 23 h", "7 d 0 h"}
    assert payment_id in {row["id"] for row in server.ask("payments", "list", "--account", payee.account)}
    assert payment_id in {row["id"] for row in server.ask("payments", "list", "--state", "held", "--limit", "1000")}
    assert payment_id not in {row["id"] for row in server.ask("payments", "list", "--state", "settled")}


def test_enrolments_are_listed_without_a_template(shop: Shop, server: PrivateServer) -> None:
    customer = shop.customer()
    rows = server.ask("enrolment", "list", "--account", customer.account)
    assert [(row["modality"], row["device"]) for row in rows] == [
        ("face", customer.device.name),
        ("fingerprint", customer.device.name),
    ]
    assert set(rows[0]) == {"enrolment_id", "account", "modality", "references", "device", "enrolled_at", "model"}
