"""The log: one JSON object a line on standard error. Impure: configures structlog once.

Never in a log: a template, a key, a score, a full account number.
"""

from __future__ import annotations

import logging
import sys
from typing import Final

import structlog

SHOWN_DIGITS: Final = 4
"""As on a card's receipt: enough to tell one's own accounts apart, too little to use one."""


def masked(account: str) -> str:
    """The end of an account number: four characters, of short ones half."""
    return "*" + account[len(account) - min(SHOWN_DIGITS, len(account) // 2) :]


def configure(level: str) -> None:
    """Logs from `level` ("debug", "info", "warning", "error") on, as JSON lines on standard error."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
