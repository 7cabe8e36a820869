"""What stops a server, or an operator's command, in words its operator can act on. Pure."""

from __future__ import annotations


class ServerError(Exception):
    """The server cannot do what was asked; the text says what to do about it."""


class ConfigError(ServerError):
    """The configuration is missing, unreadable or says something that cannot be."""


class KeyFileError(ServerError):
    """A key or certificate file is missing, unreadable or of another kind."""


class BrokerTrustError(ServerError):
    """The broker lets a terminal, or a stranger, do what they must not."""


class StoreError(ServerError):
    """The database cannot be opened, is of another version, or refuses to write."""


class StoreUnavailableError(StoreError):
    """The database cannot be reached now. Whether what was being committed is committed is unknown: look it up."""


class StaleStoreError(StoreUnavailableError):
    """This is an older copy of the database than the one this server has worked on: nothing is written to it."""


class AlreadyRunningError(StoreError):
    """Another server process holds this data directory."""


class OperatorError(ServerError):
    """An operator's command that is refused: nothing was changed."""


class EnrolmentError(OperatorError):
    """An enrolment file that is not accepted."""


class StoredReferenceError(ServerError):
    """A stored reference does not decrypt: another key, or a damaged row."""
