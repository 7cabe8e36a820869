"""People at a terminal, as hypothesis plays them: they press what is shown, and what is not."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from server_mqtt.contract.messages import (
    Modality,
    Role,
)
from terminal.presenter.present import present
from terminal.presenter.view import ButtonId, Chosen, Keyed, Pressed
from terminal.session.events import (
    Event,
    LinkChanged,
    ModelsLoaded,
    Restored,
    SensorsFound,
    Touched,
)
from terminal.session.state import (
    Idle,
    SessionState,
)
from tests.terminal.session.counter import PAYEE_ACCOUNT, ident
from tests.terminal.session.counter import settings as terminal_settings
from tests.terminal.session.drawn import (
    ACCOUNTS,
    KEYS,
    OTHER_ACCOUNT,
)
from tests.terminal.session.watcher import Watcher


class PeopleAtATerminal(RuleBasedStateMachine):
    """One terminal that works, and whoever stands before it."""

    role: Role

    @initialize()
    def start(self) -> None:
        self.said: list[Event] = []
        self.instructions = 0
        self.said_states = 10
        self.requests = 0
        self.watcher = Watcher(SessionState(settings=terminal_settings(self.role)), ACCOUNTS)
        self.watcher.happen(LinkChanged(online=True))
        self.watcher.happen(Restored(payments=(), recents=()))
        self.watcher.happen(SensorsFound(working=frozenset(Modality)))
        self.watcher.happen(ModelsLoaded())

    def say(self, event: Event) -> None:
        self.said.append(event)
        self.watcher.happen(event)

    def press(self, button: ButtonId) -> None:
        self.watcher.happen(Touched(touch=Pressed(button=button), fresh_id=ident(self.requests + 1)))
        self.requests = len(self.watcher.requested)

    # --- people ---

    @rule(button=st.sampled_from(ButtonId))
    def press_any(self, button: ButtonId) -> None:
        self.press(button)

    @rule(which=st.integers(0, 3))
    def press_one_that_is_shown(self, which: int) -> None:
        self.watcher.now_ms += 500
        view = present(self.watcher.state, self.watcher.now_ms)
        enabled = [button.id for button in view.buttons if button.enabled and button.id is not ButtonId.LANGUAGE]
        if enabled:
            self.press(enabled[which % len(enabled)])

    @rule(key=st.sampled_from(KEYS))
    def key(self, key: str) -> None:
        self.watcher.happen(Touched(touch=Keyed(key=key), fresh_id=ident(99)))

    @rule(choice=st.sampled_from((*ACCOUNTS, "")))
    def choose(self, choice: str) -> None:
        self.watcher.happen(Touched(touch=Chosen(choice=choice), fresh_id=ident(99)))

    @precondition(lambda self: self.role is Role.PAYER and isinstance(self.watcher.state.step, Idle))
    @rule(account=st.sampled_from((PAYEE_ACCOUNT, OTHER_ACCOUNT)), taps=st.integers(1, 3))
    def ask_for_a_payment(self, account: str, taps: int) -> None:
        self.press(ButtonId.NEW_PAYMENT)
        for key in account:
            self.key(key)
        self.press(ButtonId.NEXT)
        for key in "12.5":
            self.key(key)
        self.press(ButtonId.NEXT)
        before = len(self.watcher.requested)
        for _ in range(taps):
            self.press(ButtonId.PAY)
        assert len(self.watcher.requested) <= before + 1
