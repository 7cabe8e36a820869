"""A whole terminal of a test: its folder, its configuration, its engine; waits for what must be seen on its screen."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives import serialization

from firmware_bridge.contract import Camera, FingerprintReader
from models.bundle import DEFAULT_BUNDLE
from server_mqtt.contract.messages import Role
from terminal.config import TerminalConfig, load_config
from terminal.engine import Engine
from terminal.presenter.view import ButtonId, Chosen, Keyed, Pressed, ScreenName, View
from terminal.session.state import SessionState, Step
from tests.private_broker import PrivateBroker
from tests.terminal.messages import PAYEE_ACCOUNT, PAYER_ACCOUNT
from tests.terminal.server_end import PATIENCE_S, ServerEnd

ROOT = Path(__file__).resolve().parents[2]
PAYER, PAYEE = "payer-terminal", "payee-terminal"


_PRESS_S = 0.1

_CONFIG = """\
device_id = "{device}"
role = "{role}"
account = "{account}"
currency = "EUR"
server_signing_key = "signing.pub.pem"
server_sealing_key = "sealing.pub.pem"
data_dir = "data"
models_bundle = "{bundle}"

[broker]
host = "localhost"
port = {port}
ca = "{ca}"
certificate = "{certificate}"
key = "{key}"

[reader]
port = "{reader}"

[camera]
kind = "none"

[capture]
order = ["fingerprint", "face"]
"""


def write_config(
    folder: Path,
    broker: PrivateBroker,
    server: ServerEnd,
    device: str,
    *,
    reader: str = "",
    bundle: Path = ROOT / DEFAULT_BUNDLE,
) -> Path:
    """terminal.toml of `device` in `folder`, with all that it names."""
    folder.mkdir(parents=True, exist_ok=True)
    who = broker.device(device)
    for name, key in (("signing", server.signing), ("sealing", server.sealing)):
        pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        (folder / f"{name}.pub.pem").write_bytes(pem)
    path = folder / "terminal.toml"
    path.write_text(
        _CONFIG.format(
            device=device,
            role="payee" if device == PAYEE else "payer",
            account=PAYEE_ACCOUNT if device == PAYEE else PAYER_ACCOUNT,
            bundle=bundle,
            port=broker.port,
            ca=broker.ca,
            certificate=who.certificate,
            key=who.key,
            reader=reader,
        )
    )
    return path


class Counter:
    """One running terminal, as a context; what a person at its counter sees and does."""

    def __init__(self, config: Path, *, camera: Camera | None = None, reader: FingerprintReader | None = None) -> None:
        self.config: TerminalConfig = load_config(config, {})
        self.engine = Engine.build(self.config, camera=camera, reader=reader)

    def __enter__(self) -> Self:
        self.engine.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.stop()

    @property
    def view(self) -> View:
        return self.engine.snapshot().view

    @property
    def state(self) -> SessionState:
        return self.engine.state

    @property
    def role(self) -> Role:
        return self.config.role

    @property
    def waiting(self) -> int:
        """Messages that the server has not answered."""
        return len(self.engine._parts.keeper.schedule)

    def press(self, button: ButtonId) -> None:
        self.engine.touch(Pressed(button=button))

    def key(self, keys: str) -> None:
        for one in keys:
            self.engine.touch(Keyed(key=one))

    def choose(self, choice: str) -> None:
        self.engine.touch(Chosen(choice=choice))

    def until(self, seen: Callable[[], bool], what: str = "", timeout_s: float = PATIENCE_S) -> None:
        """Returns when `seen`; fails with what is seen instead."""
        deadline = time.monotonic() + timeout_s
        while not seen():
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {timeout_s} s for {what}; the session: {self.state}")
            time.sleep(0.01)

    def until_step(self, step: type[Step], timeout_s: float = PATIENCE_S) -> None:
        self.until(lambda: isinstance(self.state.step, step), step.__name__, timeout_s)

    def until_screen(self, screen: ScreenName, timeout_s: float = PATIENCE_S) -> View:
        self.until(lambda: self.view.screen is screen, screen.value, timeout_s)
        return self.view

    def press_until(self, button: ButtonId, step: type[Step]) -> None:
        """Presses again while nothing comes of it: a screen must have been read before some of its buttons count."""

        def pressed() -> bool:
            self.press(button)
            time.sleep(_PRESS_S)
            return isinstance(self.state.step, step)

        self.until(pressed, f"what {button.value} leads to")

    def until_ready(self) -> None:
        """Models, sensors and link are there."""
        self.until(lambda: self.state.health.online, "the link")
        self.until_screen(ScreenName.IDLE)

    def ask_to_pay(self, amount: str, payee: str = PAYEE_ACCOUNT) -> None:
        """Keyed in by the payer, up to and with the confirmation."""
        self.press(ButtonId.NEW_PAYMENT)
        self.key(payee)
        self.press(ButtonId.NEXT)
        self.key(amount)
        self.press(ButtonId.NEXT)
        self.press(ButtonId.PAY)
