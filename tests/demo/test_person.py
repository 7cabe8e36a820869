"""The demo's people act on what the screen says, in every language, through the real session and presenter."""

from __future__ import annotations

import pytest

from demo.people import PAYEE
from demo.person import AGAIN_MS, FINGER_PATIENCE_MS, SLOWLY, Back, Come, Lift, Move, Place, Tap
from demo.talk import Away, FaceOf, FingerOf, Pay, Scene, Speak, Stand
from server_mqtt.contract.messages import Action, PayerRequest, PayerStop, Role
from terminal.presenter.view import ButtonId, Chosen, Keyed, Pressed, ScreenName
from terminal.session.events import CaptureEnded, InstructionReceived
from terminal.session.state import Payee
from terminal.texts.languages import Language
from tests.demo.rehearsal import Rehearsal, second_instruction


@pytest.fixture
def payer() -> Rehearsal:
    return Rehearsal(Role.PAYER)


@pytest.fixture
def payee() -> Rehearsal:
    return Rehearsal(Role.PAYEE)


def request_of(payer: Rehearsal) -> PayerRequest:
    requests = [send.body for send in payer.sent if isinstance(send.body, PayerRequest)]
    assert len(requests) == 1
    return requests[0]


@pytest.mark.parametrize("language", Language)
def test_a_payer_keys_in_exactly_what_was_wanted(payer: Rehearsal, language: Language) -> None:
    payer.person.told(Speak(language=language))
    payer.person.told(Pay(account=PAYEE.account, amount="12.50"))
    payer.until(lambda: bool(payer.sent))
    assert (request_of(payer).payee_account, request_of(payer).amount_minor) == (PAYEE.account, 1_250)
    assert payer.view.language == language
    payer.rest(5_000)
    assert len(payer.sent) == 1


def test_a_payee_paid_before_is_picked(payer: Rehearsal) -> None:
    payer = Rehearsal(Role.PAYER, recents=(Payee(account=PAYEE.account, name=PAYEE.name),))
    payer.person.told(Pay(account=PAYEE.account, amount="0.05"))
    payer.until(lambda: bool(payer.sent))
    taps = [deed.touch for deed in payer.did(Tap) if isinstance(deed, Tap)]
    assert Chosen(choice=PAYEE.account) in taps
    assert [touch.key for touch in taps if isinstance(touch, Keyed)] == list("0.05")
    assert request_of(payer).amount_minor == 5


def test_nobody_pays_who_was_not_told_to(payer: Rehearsal) -> None:
    payer.rest(10_000)
    assert payer.deeds == []
    payer.person.told(Pay(account=PAYEE.account, amount="1.00"))
    payer.person.told(Scene(folder="elsewhere"))
    payer.rest(10_000)
    assert payer.deeds == []


def asked_to_agree(payer: Rehearsal, *, agrees: bool, faces: tuple[FaceOf, ...] = (FaceOf.OWNER,)) -> str:
    payer.person.told(Stand(faces=faces))
    payer.person.told(Pay(account=PAYEE.account, amount="12.50", agrees=agrees))
    payer.until(lambda: bool(payer.sent))
    payment_id = request_of(payer).payment_id
    payer.happens(InstructionReceived(instruction=second_instruction(payment_id)))
    assert payer.view.screen is ScreenName.SECOND_INSTRUCTION
    return payment_id


def test_who_does_not_agree_stops(payer: Rehearsal) -> None:
    asked_to_agree(payer, agrees=False)
    payer.until(lambda: payer.view.screen is ScreenName.CHECKING)
    assert any(isinstance(send.body, PayerStop) for send in payer.sent)


def test_each_action_is_performed_once_when_it_is_asked_for(payer: Rehearsal) -> None:
    payment_id = asked_to_agree(payer, agrees=True)
    payer.until(lambda: payer.view.screen is ScreenName.PAYER_CAPTURE)
    instruction = second_instruction(payment_id)
    payer.camera_says(instruction, None)
    payer.rest(2_000)
    assert payer.did(Move) == []
    for step, action in enumerate(instruction.challenge):
        payer.camera_says(instruction, action, step)
        payer.rest(1_000)
        payer.camera_says(instruction, None, step + 1)
        payer.rest(500)
    assert payer.did(Move) == [Move(action, action) for action in instruction.challenge]
    assert payer.did(Come) == [Come(FaceOf.OWNER)]
    kept = [action for action in instruction.challenge if action is not Action.BLINK]
    assert payer.did(Back) == [Back()] * len(kept)


def test_what_was_done_is_kept_until_the_screen_asks_to_come_back(payer: Rehearsal) -> None:
    payment_id = asked_to_agree(payer, agrees=True)
    payer.until(lambda: payer.view.screen is ScreenName.PAYER_CAPTURE)
    instruction = second_instruction(payment_id)
    payer.camera_says(instruction, Action.LOOK_UP)
    payer.rest(1_000)
    payer.camera_says(instruction, Action.LOOK_UP, keep=True)
    payer.rest(5_000)
    assert (len(payer.did(Move)), payer.did(Back)) == (1, [])
    payer.camera_says(instruction, None)
    payer.rest(1_000)
    assert payer.did(Back) == [Back()]


def test_who_is_not_understood_does_it_again_slowly(payer: Rehearsal) -> None:
    payment_id = asked_to_agree(payer, agrees=True)
    payer.until(lambda: payer.view.screen is ScreenName.PAYER_CAPTURE)
    payer.camera_says(second_instruction(payment_id), Action.BLINK)
    payer.rest(AGAIN_MS + 1_000)
    assert payer.did(Move) == [Move(Action.BLINK, Action.BLINK), Move(Action.BLINK, Action.BLINK, SLOWLY)]


def test_another_face_comes_with_the_second_attempt(payer: Rehearsal) -> None:
    payment_id = asked_to_agree(payer, agrees=True, faces=(FaceOf.PHOTOGRAPH, FaceOf.CONTRARY))
    payer.until(lambda: payer.view.screen is ScreenName.PAYER_CAPTURE)
    payer.frame()
    assert payer.did(Come) == [Come(FaceOf.PHOTOGRAPH)]
    again = second_instruction(payment_id, attempt=2)
    payer.happens(InstructionReceived(instruction=again))
    payer.frame()
    assert payer.did(Come) == [Come(FaceOf.PHOTOGRAPH), Come(FaceOf.CONTRARY)]
    payer.camera_says(again, Action.TURN_LEFT)
    payer.rest(1_000)
    assert payer.did(Move) == [Move(Action.TURN_RIGHT, Action.TURN_LEFT)]


def test_a_finger_is_placed_and_lifted_again(payee: Rehearsal) -> None:
    payee.person.told(Stand(fingers=(FingerOf.OWNER,)))
    instruction = payee.asked_for_finger()
    payee.rest(2_000)
    assert payee.did(Place) == [Place(FingerOf.OWNER)]
    payee.reader_says(instruction, "keep", transfer=0.5)
    payee.rest(FINGER_PATIENCE_MS + 2_000)
    assert payee.did(Lift) == []
    payee.happens(CaptureEnded(instruction_id=instruction.instruction_id, outcome=None))
    payee.frame()
    assert payee.did(Lift) == [Lift()]


def test_a_finger_that_must_be_lifted_comes_back(payee: Rehearsal) -> None:
    payee.person.told(Stand(fingers=(FingerOf.OWNER,)))
    instruction = payee.asked_for_finger()
    payee.rest(1_000)
    payee.reader_says(instruction, "lift")
    payee.rest(1_000)
    payee.reader_says(instruction, "place")
    payee.rest(1_000)
    assert [deed for _, deed in payee.deeds if isinstance(deed, Place | Lift)] == [
        Place(FingerOf.OWNER),
        Lift(),
        Place(FingerOf.OWNER),
    ]


def test_a_finger_that_is_not_read_is_put_down_anew(payee: Rehearsal) -> None:
    payee.person.told(Stand(fingers=(FingerOf.OWNER,)))
    payee.asked_for_finger()
    payee.rest(2 * FINGER_PATIENCE_MS)
    assert len(payee.did(Place)) == 2


def test_an_impostor_tries_at_every_attempt(payee: Rehearsal) -> None:
    payee.person.told(Stand(fingers=(FingerOf.IMPOSTOR,)))
    payee.asked_for_finger()
    payee.rest(1_500)
    payee.asked_for_finger(attempt=2)
    payee.rest(1_500)
    assert payee.did(Place) == [Place(FingerOf.IMPOSTOR)] * 2


def test_nobody_answers_where_nobody_is(payee: Rehearsal) -> None:
    payee.asked_for_finger()
    payee.rest(20_000)
    assert payee.did(Place) == []


def test_who_reads_another_language_touches_the_button_once(payer: Rehearsal) -> None:
    payer.person.told(Speak(language=Language.CHINESE))
    payer.rest(2_000)
    assert payer.did(Tap) == [Tap(Pressed(button=ButtonId.LANGUAGE))]


def test_who_is_away_does_nothing_and_who_comes_back_does(payee: Rehearsal) -> None:
    payee.person.told(Away())
    payee.asked_for_finger()
    payee.rest(5_000)
    assert payee.deeds == []
    payee.person.told(Stand(fingers=(FingerOf.OWNER,)))
    payee.rest(2_000)
    assert payee.did(Place) == [Place(FingerOf.OWNER)]
