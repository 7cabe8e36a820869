"""Every limit of the wire, with its unit and its reason. Pure constants."""

from __future__ import annotations

from typing import Final

PROTOCOL_VERSION: Final = 1
"""Grows only when an old end could misunderstand a message; new fields do not need it."""

MAX_MESSAGE_BYTES: Final = 32_768
"""Bytes of one envelope: two sealed templates (face 512, minutiae record up to 1,560) and evidence, times ten."""

MAX_BODY_BYTES: Final = MAX_MESSAGE_BYTES - 512
"""Bytes of the body inside the envelope: what else is in it takes less than 512, even with the longest names."""

_END: Final = r"$(?!\n)"
"""The end of a pattern: Python's `$` alone also stands before a final newline. Means the same in JSON Schema."""

DEVICE_ID_PATTERN: Final = r"^[a-z0-9-]{8,36}" + _END
"""No `+`, `#`, `/` or `$`: they once bypassed ACL patterns of the broker (CVE-2017-7650)."""

ACCOUNT_PATTERN: Final = r"^[A-Za-z0-9-]{4,34}" + _END
"""Account numbers as they are keyed in; 34 is the longest IBAN (ISO 13616)."""

ID_PATTERN: Final = r"^[0-9a-f]{32}" + _END
"""Message, payment and instruction ids: 128 bits in lower-case hexadecimal (a UUID without its dashes)."""

CURRENCY_PATTERN: Final = r"^[A-Z]{3}" + _END
"""ISO 4217 alphabetic code."""

MAX_NAME_LENGTH: Final = 200
"""Characters of a display name."""

MAX_TEXT_LENGTH: Final = 500
"""Characters of words meant for people (details of a refusal)."""

MAX_REFERENCE_LENGTH: Final = 35
"""Characters of the payer's reference (ISO 20022 EndToEndId, Max35Text)."""

MAX_AMOUNT_MINOR: Final = 10**15
"""Minor units a single message may carry: far under 2**63, far over any counter payment; policy sets the real limit."""

NONCE_BYTES: Final = 16
"""128 random bits: the chance that two instructions share one is negligible for the life of a server."""

MAX_CHALLENGE_ACTIONS: Final = 8
"""Liveness actions in one challenge: more would not fit a preset time."""

HOLD_STEP_MS: Final = 1_500
"""By how much the lengths differ for which an action may be held: more than the time that a person has to come back
(1.4 s), or one recorded movement would fit two lengths."""

MAX_HOLD_MS: Final = 5_000
"""The longest that an action may be held: nobody keeps a mouth open for longer before strangers."""

MAX_CUES: Final = 16
"""Passive cues in one capture's evidence: the project has six, an operator's own network is one more."""

MAX_CUE_NAME_LENGTH: Final = 24

MAX_GLANCES: Final = 1_000
"""Of one cue in one capture: a terminal takes 32."""

MAX_PROBES: Final = 2
"""One probe a modality."""

MAX_SEALED_BYTES: Final = 8_192
"""Bytes of one sealed probe."""

MAX_TEMPLATE_BYTES: Final = 4_096
"""Bytes of one template: a face is 512, a minutiae record at most 30 + 6 * 255 = 1,560."""

MAX_PRESET_TIME_MS: Final = 120_000
"""The longest preset time a policy may set: beyond two minutes nobody stands at a counter."""

MAX_ATTEMPTS: Final = 10
"""The most attempts a policy may allow within a preset time (NIST SP 800-63B, with PAD)."""
