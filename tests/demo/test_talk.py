"""Orders and news survive the line they travel on; anything else is refused."""

from __future__ import annotations

import msgspec
import pytest

from demo.people import PAYEE
from demo.prompts import FacePrompt, FingerPrompt, asked_by
from demo.talk import (
    AnyNews,
    AnyOrder,
    Away,
    Did,
    FaceOf,
    FingerOf,
    Pay,
    Scene,
    Seen,
    Speak,
    Stand,
    Trouble,
    line_of,
    news_in,
    order_in,
)
from server_mqtt.contract.messages import Action
from terminal.presenter.view import ScreenName, Tone
from terminal.texts import phrases
from terminal.texts.catalogue import texts_in
from terminal.texts.languages import Language

ORDERS: list[AnyOrder] = [
    Scene(folder="demo-out/settled"),
    Stand(fingers=(FingerOf.IMPOSTOR, FingerOf.OWNER), faces=(FaceOf.PHOTOGRAPH,)),
    Away(),
    Speak(language=Language.CHINESE),
    Pay(account=PAYEE.account, amount="12.50", agrees=False),
]
NEWS: list[AnyNews] = [
    Seen(
        at_ms=5,
        screen=ScreenName.OUTCOME,
        tone=Tone.GOOD,
        language=Language.CHINESE,
        title="付款成功\n",
        rows=("收款方: Corner Bakery",),
    ),
    Did(at_ms=6, what="blinks"),
    Trouble(at_ms=7, why="no window"),
]


@pytest.mark.parametrize("order", ORDERS)
def test_orders_arrive_as_they_were_sent(order: AnyOrder) -> None:
    line = line_of(order)
    assert (line.count(b"\n"), order_in(line)) == (1, order)


@pytest.mark.parametrize("news", NEWS)
def test_news_arrive_as_they_were_sent(news: AnyNews) -> None:
    line = line_of(news)
    assert (line.count(b"\n"), news_in(line)) == (1, news)


@pytest.mark.parametrize("line", [b"", b"[INFO] Kivy", b"{}", b'{"do":"dance"}', b'{"news":"seen"}'])
def test_anything_else_is_refused(line: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        order_in(line)
    with pytest.raises(msgspec.DecodeError):
        news_in(line)


@pytest.mark.parametrize("language", Language)
def test_every_prompt_is_read_back(language: Language) -> None:
    texts = texts_in(language)
    for action in Action:
        assert asked_by(texts.action(action), language) is action
    assert asked_by(texts(phrases.PLACE_FINGER), language) is FingerPrompt.PLACE
    assert asked_by(texts(phrases.LIFT_FINGER), language) is FingerPrompt.LIFT
    assert asked_by(texts(phrases.KEEP_FINGER), language) is FingerPrompt.KEEP
    assert asked_by(texts(phrases.KEEP_SO), language) is FacePrompt.KEEP
    for waiting in (phrases.LOOK_STRAIGHT, phrases.GET_READY):
        assert asked_by(texts(waiting), language) is None


def test_a_prompt_of_another_language_is_not_understood() -> None:
    assert asked_by(texts_in(Language.CHINESE).action(Action.BLINK), Language.ENGLISH) is None
