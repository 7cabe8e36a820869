"""What the screens are drawn with: a view of every step, as long as shops and people make them, in both languages."""

from __future__ import annotations

from collections.abc import Callable

from terminal.presenter.view import (
    Button,
    ButtonId,
    ButtonKind,
    CaptureGuide,
    Choice,
    Countdown,
    Keypad,
    Row,
    ScreenName,
    Tone,
    View,
)

AMOUNT_KEYS = (("1", "2", "3"), ("4", "5", "6"), ("7", "8", "9"), ("00", "0", "<"))
NUMBER_KEYS = (("1", "2", "3"), ("4", "5", "6"), ("7", "8", "9"), ("", "0", "<"))
COUNTDOWN = Countdown(total_ms=60_000, ends_at_ms=43_000)
"""43 s are left at the time the samples are drawn for, 0 ms."""
LONG_NAME = "Ludwig-Maximilian Oberhuber-Schattenkirchner & Töchter Delikatessen GmbH & Co. KG, Filiale Hauptbahnhof"

Words = Callable[[str, str], str]


def _button(words: Words, button: ButtonId, enabled: bool = True) -> Button:
    texts = {
        ButtonId.NEW_PAYMENT: ("New payment", "新付款"),
        ButtonId.NEXT: ("Next", "下一步"),
        ButtonId.BACK: ("Back", "返回"),
        ButtonId.PAY: ("Ask for this payment", "发起付款"),
        ButtonId.CONSENT: ("Agree and verify", "同意并验证"),
        ButtonId.STOP: ("Stop", "停止"),
        ButtonId.REFUSE: ("Refuse", "拒绝"),
        ButtonId.DONE: ("Done", "完成"),
        ButtonId.RETRY: ("Try again", "重试"),
        ButtonId.LANGUAGE: ("中文", "English"),
    }
    kinds = {
        ButtonId.BACK: ButtonKind.SECONDARY,
        ButtonId.LANGUAGE: ButtonKind.SECONDARY,
        ButtonId.STOP: ButtonKind.DANGER,
        ButtonId.REFUSE: ButtonKind.DANGER,
    }
    return Button(id=button, text=words(*texts[button]), kind=kinds.get(button, ButtonKind.PRIMARY), enabled=enabled)


def _before(w: Words, lang: str) -> dict[str, View]:
    line = w("Terminal 7 · connected · camera and reader ready", "终端 7 · 已连接 · 摄像头和指纹仪就绪")
    return {
        "starting": View(
            screen=ScreenName.STARTING,
            tone=Tone.WORKING,
            title=w("Starting", "正在启动"),
            message=w("Loading what recognises people", "正在加载识别模型"),
            language=lang,
        ),
        "out_of_service": View(
            screen=ScreenName.OUT_OF_SERVICE,
            tone=Tone.BAD,
            title=w("Out of service", "暂停服务"),
            message=w(
                "The payment server cannot be reached. No payment is lost.", "无法连接支付服务器。付款不会丢失。"
            ),
            detail=w("Trying again by itself. Please check the network cable.", "正在自动重试。请检查网线。"),
            buttons=(_button(w, ButtonId.RETRY), _button(w, ButtonId.LANGUAGE)),
            status_line=line,
            language=lang,
        ),
        "idle_payer": View(
            screen=ScreenName.IDLE,
            title=w("Ready to pay", "可以付款"),
            message=w("Pay someone who proves who they are", "付款给已证实身份的人"),
            detail=w("Both of you are verified, then the money moves.", "双方验证之后，资金才会转移。"),
            buttons=(_button(w, ButtonId.NEW_PAYMENT), _button(w, ButtonId.LANGUAGE)),
            status_line=line,
            language=lang,
        ),
        "idle_payee": View(
            screen=ScreenName.IDLE,
            title=w("Ready", "就绪"),
            message=w("Waiting for a payment", "等待收款"),
            rows=(Row(label=w("Account", "账户"), value="Corner Bakery, ****4471", strong=True),),
            buttons=(_button(w, ButtonId.LANGUAGE),),
            status_line=line,
            language=lang,
        ),
    }


def _entering(w: Words, lang: str) -> dict[str, View]:
    back = _button(w, ButtonId.BACK)
    return {
        "payee_entry": View(
            screen=ScreenName.PAYEE_ENTRY,
            title=w("Who is paid?", "付款给谁？"),
            keypad=Keypad(entered="2000 4471", caption=w("Payee's number", "收款方号码"), keys=NUMBER_KEYS),
            choices=(
                Choice(
                    id="20004471",
                    text=w("Corner Bakery", "街角面包店"),
                    detail=w("yesterday, ****4471", "昨天，****4471"),
                ),
                Choice(id="20008812", text=LONG_NAME, detail="****8812"),
                Choice(id="20001100", text=w("Taxi 1100", "出租车 1100"), detail="****1100"),
            ),
            buttons=(back, _button(w, ButtonId.NEXT)),
            language=lang,
        ),
        "amount_entry": View(
            screen=ScreenName.AMOUNT_ENTRY,
            title=w("How much?", "金额是多少？"),
            rows=(Row(label=w("To", "收款方"), value=w("Corner Bakery", "街角面包店"), strong=True),),
            keypad=Keypad(entered=w("€1,234.50", "¥1,234.50"), caption=w("Amount", "金额"), keys=AMOUNT_KEYS),
            buttons=(back, _button(w, ButtonId.NEXT)),
            language=lang,
        ),
        "amount_entry_problem": View(
            screen=ScreenName.AMOUNT_ENTRY,
            title=w("How much?", "金额是多少？"),
            rows=(Row(label=w("To", "收款方"), value=LONG_NAME, strong=True),),
            keypad=Keypad(
                entered=w("€99,999,999,999.99", "¥99,999,999,999.99"),
                caption=w("Amount", "金额"),
                keys=AMOUNT_KEYS,
                problem=w("More than this terminal may pay.", "超过本终端的付款限额。"),
            ),
            buttons=(back, _button(w, ButtonId.NEXT, enabled=False)),
            language=lang,
        ),
        "review": View(
            screen=ScreenName.REVIEW,
            title=w("Is this right?", "请确认"),
            amount=w("€1,234.50", "¥1,234.50"),
            rows=(
                Row(label=w("To", "收款方"), value=w("Corner Bakery", "街角面包店"), strong=True),
                Row(label=w("Account", "账户"), value="2000 4471"),
                Row(label=w("From", "付款账户"), value="****9003"),
            ),
            message=w("Nothing moves before both of you are verified.", "双方验证之前，资金不会转移。"),
            buttons=(back, _button(w, ButtonId.PAY)),
            language=lang,
        ),
    }


def _asking(w: Words, lang: str) -> dict[str, View]:
    amount = w("€1,234.50", "¥1,234.50")
    to = Row(label=w("To", "收款方"), value=w("Corner Bakery", "街角面包店"), strong=True)
    sender = Row(label=w("From", "付款方"), value=w("Ada Byron", "李明"), strong=True)
    stop = _button(w, ButtonId.STOP)
    return {
        "payer_request": View(
            screen=ScreenName.PAYER_REQUEST,
            tone=Tone.WORKING,
            title=w("Asking the server", "正在发送请求"),
            amount=amount,
            rows=(to,),
            message=w("Nothing has moved.", "资金未转移。"),
            language=lang,
        ),
        "first_instruction": View(
            screen=ScreenName.FIRST_INSTRUCTION,
            tone=Tone.WORKING,
            title=w("The payee is being verified", "正在验证收款方"),
            amount=amount,
            rows=(to,),
            message=w("They confirm who they are at their terminal.", "收款方正在其终端上验证身份。"),
            detail=w("Nothing has moved. You decide next.", "资金未转移。接下来由您决定。"),
            buttons=(stop,),
            language=lang,
        ),
        "payee_capture": View(
            screen=ScreenName.PAYEE_CAPTURE,
            tone=Tone.NEUTRAL,
            title=w("You are being paid: show it is you", "有人向您付款：请验证身份"),
            amount=amount,
            rows=(sender,),
            buttons=(_button(w, ButtonId.REFUSE),),
            countdown=COUNTDOWN,
            capture=CaptureGuide(
                prompt=w("Put your finger on the reader", "请将手指放在指纹仪上"),
                hint=w("Press a little more firmly", "请稍微用力按压"),
                progress=0.4,
            ),
            language=lang,
        ),
        "first_verification": View(
            screen=ScreenName.FIRST_VERIFICATION,
            tone=Tone.WORKING,
            title=w("Checking", "正在核验"),
            amount=amount,
            rows=(sender,),
            message=w("This takes a moment.", "请稍候。"),
            language=lang,
        ),
        "first_result": View(
            screen=ScreenName.FIRST_RESULT,
            tone=Tone.GOOD,
            title=w("You are verified", "验证通过"),
            amount=amount,
            rows=(sender,),
            message=w("Waiting for the payer to agree.", "等待付款方同意。"),
            detail=w("Not paid yet: please do not hand anything over.", "尚未付款：请暂勿交付商品。"),
            language=lang,
        ),
    }


def _agreeing(w: Words, lang: str) -> dict[str, View]:
    amount = w("€1,234.50", "¥1,234.50")
    to = Row(label=w("To", "收款方"), value=w("Corner Bakery", "街角面包店"), strong=True)
    account = Row(label=w("Account", "账户"), value="2000 4471")
    consent = (_button(w, ButtonId.STOP), _button(w, ButtonId.CONSENT))
    return {
        "second_instruction_verified": View(
            screen=ScreenName.SECOND_INSTRUCTION,
            tone=Tone.GOOD,
            title=w("Do you agree to this payment?", "您同意这笔付款吗？"),
            amount=amount,
            rows=(to, account),
            message=w("Corner Bakery is verified", "街角面包店已通过验证"),
            detail=w(
                "A fingerprint was checked at their counter just now. The money moves at once after you are verified.",
                "刚刚在其柜台核验了指纹。您验证通过后，资金立即转移。",
            ),
            buttons=consent,
            countdown=COUNTDOWN,
            language=lang,
        ),
        "second_instruction_not_verified": View(
            screen=ScreenName.SECOND_INSTRUCTION,
            tone=Tone.WARNING,
            title=w("Do you agree to this payment?", "您同意这笔付款吗？"),
            amount=w("CN¥99,999,999,999.99", "¥99,999,999,999.99"),
            rows=(Row(label=w("To", "收款方"), value=LONG_NAME, strong=True), account),
            message=w("The payee was NOT verified: not recognised", "收款方未通过验证：无法识别"),
            detail=w(
                "If you agree, the money is held, not paid. It goes to the payee when they are verified, and back to "
                "you on 14 November 2026 at 16:30 if they are not.",
                "如果您同意，资金将被冻结，而不会支付。收款方通过验证后才会收到；否则将于2026年11月14日16:30退还给您。",
            ),
            buttons=consent,
            countdown=Countdown(total_ms=180_000, ends_at_ms=154_000),
            language=lang,
        ),
        "payer_capture": View(
            screen=ScreenName.PAYER_CAPTURE,
            title=w("Show that it is you", "请验证您的身份"),
            amount=amount,
            rows=(to,),
            buttons=(_button(w, ButtonId.STOP),),
            countdown=Countdown(total_ms=60_000, ends_at_ms=8_000),
            capture=CaptureGuide(
                prompt=w("Turn your head slowly to the left", "请慢慢向左转头"),
                hint=w("Move a little closer", "请靠近一点"),
                steps_done=1,
                steps=3,
                preview=True,
            ),
            language=lang,
        ),
        "payer_capture_again": View(
            screen=ScreenName.PAYER_CAPTURE,
            tone=Tone.WARNING,
            title=w("Once more, please", "请再试一次"),
            amount=amount,
            rows=(to,),
            message=w(
                "Attempt 2 of 3: not recognised. Please look straight into the camera.",
                "第 2 次，共 3 次：无法识别。请正视摄像头。",
            ),
            buttons=(_button(w, ButtonId.STOP),),
            countdown=COUNTDOWN,
            capture=CaptureGuide(prompt=w("Look into the camera", "请看摄像头"), steps_done=0, steps=2, preview=True),
            language=lang,
        ),
        "second_verification": View(
            screen=ScreenName.SECOND_VERIFICATION,
            tone=Tone.WORKING,
            title=w("Checking that it is you", "正在核验您的身份"),
            amount=amount,
            rows=(to,),
            message=w("Not yet decided.", "尚未决定。"),
            language=lang,
        ),
    }


def _ending(w: Words, lang: str) -> dict[str, View]:
    amount = w("€1,234.50", "¥1,234.50")
    to = Row(label=w("To", "收款方"), value=w("Corner Bakery", "街角面包店"), strong=True)
    facts = (
        to,
        Row(label=w("Verified", "已验证"), value=w("both of you", "双方")),
        Row(label=w("Payment", "付款编号"), value="7F3K-22QD"),
    )
    done = (_button(w, ButtonId.DONE),)
    return {
        "outcome_settled": View(
            screen=ScreenName.OUTCOME,
            tone=Tone.GOOD,
            title=w("Paid", "付款成功"),
            amount=amount,
            rows=facts,
            message=w("The money is with Corner Bakery.", "街角面包店已收到款项。"),
            buttons=done,
            language=lang,
        ),
        "outcome_held": View(
            screen=ScreenName.OUTCOME,
            tone=Tone.WAITING,
            title=w("Held, not paid yet", "资金已冻结，尚未支付"),
            amount=amount,
            rows=(to, Row(label=w("Held until", "冻结至"), value=w("14 Nov 2026, 16:30", "2026年11月14日 16:30"))),
            message=w("The payee was not verified. The money waits for them.", "收款方未通过验证。资金等待其验证。"),
            detail=w(
                "If they are not verified by then, it comes back to you by itself.", "逾期未验证，资金将自动退还给您。"
            ),
            buttons=done,
            language=lang,
        ),
        "outcome_declined": View(
            screen=ScreenName.OUTCOME,
            tone=Tone.BAD,
            title=w("Not paid", "未付款"),
            amount=w("€99,999,999,999.99", "¥99,999,999,999.99"),
            rows=(Row(label=w("To", "收款方"), value=LONG_NAME, strong=True),),
            message=w("You could not be verified. Nothing has moved.", "您未通过验证。资金未转移。"),
            detail=w("You can start a new payment.", "您可以重新发起付款。"),
            buttons=done,
            language=lang,
        ),
        "checking": View(
            screen=ScreenName.CHECKING,
            tone=Tone.WORKING,
            title=w("Checking how it ended", "正在查询结果"),
            amount=amount,
            rows=(to,),
            message=w("The terminal was restarted during this payment.", "终端在付款过程中重新启动。"),
            detail=w("Not yet decided. Please wait.", "尚未决定，请稍候。"),
            language=lang,
        ),
    }


def sample_views(language: str) -> dict[str, View]:
    """The views by name, in `language`: "en" or "zh_Hans"."""

    def words(english: str, chinese: str) -> str:
        return chinese if language.startswith("zh") else english

    views: dict[str, View] = {}
    for part in (_before, _entering, _asking, _agreeing, _ending):
        views |= part(words, language)
    return views
