"""A terminal whose disk, models or own program fail: it says so, takes no money, and comes back by itself."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_bridge.r503.pty_emulator import PtyEmulator
from models.bundle import DEFAULT_BUNDLE
from server_mqtt.contract.messages import Ack, PayeeCapture, PayerRequest, PaymentState, Role
from terminal import engine as engine_module
from terminal import loop as loop_module
from terminal.devices import worker as worker_module
from terminal.errors import ConfigError, StorageRefusedError, TerminalError
from terminal.presenter.view import ButtonId, ScreenName
from terminal.session.condition import Models, Problem
from terminal.session.health import problem
from terminal.session.state import AwaitingPayee, Outcome
from tests.bundle import model_bundle
from tests.private_broker import PrivateBroker
from tests.terminal.counter import PAYEE, PAYER, ROOT, Counter, write_config
from tests.terminal.messages import first_instruction, new_id, status
from tests.terminal.server_end import ServerEnd

pytestmark = [pytest.mark.broker, pytest.mark.models]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_module, "RETRY_DISK_MS", 100)
    monkeypatch.setattr(worker_module, "RETRY_MODELS_S", 0.1)


@pytest.fixture
def config(tmp_path: Path, broker: PrivateBroker, server: ServerEnd) -> Iterator[Path]:
    """A payer's terminal with a fingerprint reader."""
    with PtyEmulator() as reader:
        yield write_config(tmp_path / "payer", broker, server, PAYER, reader=reader.path)


@pytest.fixture
def payee_config(tmp_path: Path, broker: PrivateBroker, server: ServerEnd) -> Path:
    """A payee's terminal that answers every instruction at once, that it cannot."""
    return write_config(tmp_path / "payee", broker, server, PAYEE, bundle=tmp_path / "no.bundle")


def read_only(counter: Counter, *, yes: bool) -> None:
    """The disk takes nothing more, as a card that wore out; or takes it again."""
    store = counter.engine._parts.keeper._store
    assert store is not None
    with store.reading() as connection:
        connection.execute(f"PRAGMA query_only = {'ON' if yes else 'OFF'}")


# --- the disk ---


@pytest.mark.fault(34)
def test_what_the_disk_does_not_keep_is_not_sent(config: Path, server: ServerEnd) -> None:
    with Counter(config) as payer:
        payer.until_ready()
        read_only(payer, yes=True)
        payer.ask_to_pay("12.50")
        payer.until_screen(ScreenName.OUT_OF_SERVICE)
        assert problem(payer.state, 0) is Problem.STORAGE
        assert payer.waiting == 0
        assert payer.state.book == ()
        read_only(payer, yes=False)
        payer.until_screen(ScreenName.IDLE)
        payer.ask_to_pay("7.00")
        payer.until_step(AwaitingPayee)
    assert [request.amount_minor for request in server.all_of(PayerRequest)] == [700]


def test_what_the_disk_does_not_keep_is_not_acknowledged_and_comes_again(payee_config: Path, server: ServerEnd) -> None:
    with Counter(payee_config) as payee:
        server.expect_online()
        read_only(payee, yes=True)
        said = server.say(PAYEE, first_instruction())
        payee.until(lambda: not payee.state.health.storage, "the disk's failure")
        assert server.all_of(PayeeCapture) == []
        assert server.all_of(Ack) == []
        read_only(payee, yes=False)
        server.expect_ack(said)  # delivered by the broker again: the server end said it once
        server.expect(PayeeCapture)
        payee.until(lambda: payee.state.health.storage, "the disk")
    assert len(server.all_of(PayeeCapture)) == 1


@pytest.mark.fault(34)
def test_a_disk_that_is_not_there_at_the_start(config: Path, server: ServerEnd) -> None:
    payment = new_id()
    with Counter(config) as payer:
        payer.until_ready()
        payer.ask_to_pay("12.50")
        payment = server.expect(PayerRequest).payment_id
        server.expect_ack(server.say(PAYER, status(payment, Role.PAYER, PaymentState.DECLINED)))
        payer.until_step(Outcome)
    data, away = config.parent / "data", config.parent / "away"
    data.rename(away)
    data.write_text("the card is not mounted")
    with Counter(config) as payer:
        payer.until_screen(ScreenName.OUT_OF_SERVICE)
        payer.press(ButtonId.NEW_PAYMENT)
        data.unlink()
        away.rename(data)
        payer.until_ready()
        assert [(entry.payment_id, entry.over) for entry in payer.state.book] == [(payment, True)]
        assert [payee.account for payee in payer.state.recents] == ["4000-0002"]


@pytest.mark.fault(25)
def test_a_second_process_for_the_same_terminal_is_refused(config: Path) -> None:
    with Counter(config), pytest.raises(StorageRefusedError, match="another process"):
        Counter(config)
    Counter(config).engine.stop()
    with Counter(config) as again:
        again.until_screen(ScreenName.IDLE)


def test_another_terminals_data_is_refused(config: Path, payee_config: Path) -> None:
    Counter(payee_config).engine.stop()
    shutil.copytree(payee_config.parent / "data", config.parent / "data")
    with pytest.raises(StorageRefusedError, match="belongs to the terminal payee-terminal"):
        Counter(config)


# --- the models ---


@pytest.mark.fault(49)
@pytest.mark.parametrize("damage", ["missing", "truncated", "changed"])
def test_a_bundle_that_is_not_the_one_takes_the_terminal_out_of_service(
    tmp_path: Path, broker: PrivateBroker, server: ServerEnd, damage: str
) -> None:
    model_bundle()
    good, bundle = ROOT / DEFAULT_BUNDLE, tmp_path / "models.bundle"
    content = bytearray(good.read_bytes())
    if damage == "truncated":
        bundle.write_bytes(content[: len(content) // 2])
    elif damage == "changed":
        content[len(content) // 2] ^= 1
        bundle.write_bytes(content)
    with PtyEmulator() as reader:
        path = write_config(tmp_path / "payer", broker, server, PAYER, reader=reader.path, bundle=bundle)
        with Counter(path) as payer:
            payer.until(lambda: payer.state.health.models is Models.FAILED, "the refusal of the bundle")
            payer.until_screen(ScreenName.OUT_OF_SERVICE)
            assert server.expect_online().modalities == ()
            shutil.copy(good, tmp_path / "new.bundle")
            (tmp_path / "new.bundle").rename(bundle)
            payer.until_ready()
            assert server.expect_online().modalities != ()


# --- the program ---


def test_a_session_that_cannot_go_on_says_so_and_lets_go(
    config: Path, server: ServerEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Counter(config) as payer:
        payer.until_ready()
        server.expect_online()
        monkeypatch.setattr(engine_module, "present", _fails)
        view = payer.until_screen(ScreenName.OUT_OF_SERVICE)
        assert view.message
        server.expect_online(online=False)
        payer.ask_to_pay("12.50")
        assert payer.view == view
    assert server.all_of(PayerRequest) == []


def test_starting_and_stopping_twice_is_the_same_as_once(config: Path, server: ServerEnd) -> None:
    counter = Counter(config)
    with counter as payer:
        payer.engine.start()
        payer.until_ready()
    counter.engine.stop()
    names = {"session", "sensors", f"paho-mqtt-client-{PAYER}"}
    assert names.isdisjoint(thread.name for thread in threading.enumerate())
    with pytest.raises(TerminalError, match="stopped"):
        counter.engine.start()


def test_keys_that_do_not_fit_are_refused_before_anything_starts(
    config: Path, payee_config: Path, broker: PrivateBroker
) -> None:
    text = config.read_text()
    config.write_text(text.replace(str(broker.device(PAYER).key), str(broker.device(PAYEE).key)))
    with pytest.raises(ConfigError, match="is not the key of"):
        Counter(config)
    config.write_text(text.replace('server_signing_key = "signing', 'server_signing_key = "sealing'))
    with pytest.raises(ConfigError, match="no public Ed25519 key"):
        Counter(config)
    config.write_text(text.replace(f'device_id = "{PAYER}"', 'device_id = "somebody-else"'))
    with pytest.raises(ConfigError, match="not of somebody-else"):
        Counter(config)


def _fails(*_: object) -> None:
    raise RuntimeError("a mistake in the program")
