"""When the payee of held money is asked again. Pure."""

from __future__ import annotations

from server_mqtt.verification.policy import Policy


def pause_ms(policy: Policy, asked: int) -> int:
    """How long to wait before the next release instruction, after `asked` of them."""
    pauses = (policy.resend_first_ms, policy.resend_second_ms, policy.resend_third_ms)
    return pauses[asked] if asked < len(pauses) else policy.resend_last_ms
