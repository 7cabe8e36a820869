"""What happens in each scene. The scripts only tell people what they intend, and wait; the people do the rest."""

from __future__ import annotations

from demo.people import PAYEE, UNKNOWN_ACCOUNT
from demo.stage import Stage
from demo.talk import Away, FaceOf, FingerOf, Pay, Stand
from server_mqtt.contract.messages import PaymentState, Role
from terminal.presenter.view import ScreenName


def play_settled(stage: Stage) -> None:
    """Both people do as they are asked."""
    stage.order(Role.PAYEE, Stand(fingers=(FingerOf.OWNER,)))
    stage.order(Role.PAYER, Stand(faces=(FaceOf.OWNER,)))
    stage.order(Role.PAYER, Pay(account=PAYEE.account, amount="12.50"))
    stage.until_state(PaymentState.SETTLED)
    _both_read(stage)


def play_held(stage: Stage) -> None:
    """An impostor is at the payee's reader; after the hold the payee comes."""
    stage.order(Role.PAYEE, Stand(fingers=(FingerOf.IMPOSTOR,)))
    stage.order(Role.PAYER, Stand(faces=(FaceOf.OWNER,)))
    stage.order(Role.PAYER, Pay(account=PAYEE.account, amount="80.00"))
    stage.until_state(PaymentState.HELD)
    _both_read(stage)
    stage.say(PAYEE.name, "comes back to the counter; the impostor is gone")
    _payee_comes(stage)


def play_risky(stage: Stage) -> None:
    """The operator marks the payee, who is there all the time."""
    stage.say("operator", f"marks {PAYEE.name} as risky: countersign-server account flag {PAYEE.account}")
    stage.shop.operate_on("account", "flag", PAYEE.account)
    stage.order(Role.PAYEE, Stand(fingers=(FingerOf.OWNER,)))
    stage.order(Role.PAYER, Stand(faces=(FaceOf.OWNER,)))
    stage.order(Role.PAYER, Pay(account=PAYEE.account, amount="35.00"))
    stage.until_state(PaymentState.HELD)
    _both_read(stage)
    _payee_comes(stage)
    stage.shop.operate_on("account", "flag", PAYEE.account, "--off")
    stage.say("operator", "takes the mark away")


def play_declined(stage: Stage) -> None:
    """A photo is held up, then the payer does other things than asked."""
    stage.order(Role.PAYEE, Stand(fingers=(FingerOf.OWNER,)))
    stage.order(Role.PAYER, Stand(faces=(FaceOf.PHOTOGRAPH, FaceOf.CONTRARY)))
    stage.order(Role.PAYER, Pay(account=PAYEE.account, amount="20.00"))
    stage.until_state(PaymentState.DECLINED)
    _both_read(stage)


def play_no_answer(stage: Stage) -> None:
    """The payee is away until the payer has stopped."""
    stage.order(Role.PAYEE, Away())
    stage.order(Role.PAYER, Pay(account=PAYEE.account, amount="9.90", agrees=False))
    stage.until_state(PaymentState.DECLINED)
    stage.until_shown(Role.PAYEE, ScreenName.OUTCOME)
    stage.say(PAYEE.name, "comes back to the counter and reads what happened")
    stage.order(Role.PAYEE, Stand())
    _both_read(stage)


def play_unknown_payee(stage: Stage) -> None:
    """The payer keys in a number that is in no directory."""
    stage.order(Role.PAYER, Pay(account=UNKNOWN_ACCOUNT, amount="5.00"))
    stage.until_state(PaymentState.DECLINED)
    stage.until_shown(Role.PAYER, ScreenName.OUTCOME)
    stage.until(stage.all_idle, "both terminals to be free again")


def _both_read(stage: Stage) -> None:
    """Both ends read how the payment stands and put it away."""
    for role in Role:
        stage.until_shown(role, ScreenName.OUTCOME)
    stage.until(stage.all_idle, "both terminals to be free again")


def _payee_comes(stage: Stage) -> None:
    """The payee stands at the terminal when it asks again."""
    stage.turn_page()
    stage.order(Role.PAYEE, Stand(fingers=(FingerOf.OWNER,)))
    stage.until_state(PaymentState.RELEASED)
    _both_read(stage)
