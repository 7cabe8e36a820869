"""What a finger can press: a button, a key, a row of a list. Each reports its touch to the gate. Impure: draws."""

from __future__ import annotations

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout

from terminal.presenter.view import Button, ButtonId, Choice, Chosen, Keyed, Pressed
from terminal.screens import signs, theme
from terminal.screens.kv import load_kv

load_kv(__file__)

DELETE_KEY = "<"
"""How a keypad spells "delete the last one"."""


class Pressable(ButtonBehavior, BoxLayout):
    """Says `touch` to the gate: down when the finger comes, up when it leaves while still on it."""

    touch = ObjectProperty(Pressed(button=ButtonId.DONE))
    gate = ObjectProperty(None, allownone=True)

    def on_press(self) -> None:
        """The finger came down (Kivy's event)."""
        if self.gate is not None:
            self.gate.down(self.touch)

    def on_release(self) -> None:
        """The finger left (Kivy's event)."""
        if self.gate is not None:
            self.gate.up(self.touch)


class ViewButton(Pressable):
    """A button of the view, with the sign of what it does beside its words."""

    colours = ObjectProperty(theme.DISABLED_BUTTON)
    shape = ObjectProperty(signs.BRAND_MARK)
    label = StringProperty("")

    @classmethod
    def of(cls, button: Button, gate: object) -> ViewButton:
        """The widget of a view's button."""
        return cls(
            touch=Pressed(button=button.id),
            gate=gate,
            colours=theme.BUTTONS[button.kind] if button.enabled else theme.DISABLED_BUTTON,
            shape=signs.BUTTON_SIGNS[button.id],
            label=button.text,
            disabled=not button.enabled,
        )


class Key(Pressable):
    """One key of a keypad."""

    label = StringProperty("")
    deletes = BooleanProperty(False)

    @classmethod
    def of(cls, key: str, gate: object) -> Key:
        """The widget of a key."""
        return cls(touch=Keyed(key=key), gate=gate, label="" if key == DELETE_KEY else key, deletes=key == DELETE_KEY)


class ChoiceRow(Pressable):
    """One row to pick from."""

    choice = ObjectProperty(Choice(id="", text=""))

    @classmethod
    def of(cls, choice: Choice, gate: object) -> ChoiceRow:
        """The widget of a choice."""
        return cls(touch=Chosen(choice=choice.id), gate=gate, choice=choice)
