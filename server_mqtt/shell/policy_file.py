"""The table [policy] of a TOML file, and [policy.payee."ACCOUNT"] for payees that are treated otherwise. Pure.

Every complaint names the line, and all of them come at once: who mends a policy mends it once. None repeats an account
number: complaints end up in logs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, get_type_hints

import msgspec

from server_mqtt.contract.limits import ACCOUNT_PATTERN
from server_mqtt.shell.toml_lines import line_of
from server_mqtt.verification.policies import Policies
from server_mqtt.verification.policy import Policy

TABLE: Final = "policy"
PAYEES: Final = "payee"
FOR_ALL: Final = "lockout_"
"""Settings of this prefix are nobody's own: a lock-out is of an account, at whichever end and in whichever payment."""

KINDS: Final[Mapping[str, type]] = {field.name: get_type_hints(Policy)[field.name] for field in fields(Policy)}
"""The type of each setting, which is its only one: int, or float."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What cannot be: where in the file (the keys that lead there), and in words."""

    path: tuple[str, ...]
    words: str

    def told(self, name: str, text: str) -> str:
        """For people: `name` is the file's, `text` what is in it."""
        return place(name, text, self.path) + self.words


def place(name: str, text: str, path: tuple[str, ...]) -> str:
    """Where `path` is, as an editor understands it: "server.toml:12: "; without a line where the file has none."""
    line = line_of(text, path)
    return f"{name}: " if line is None else f"{name}:{line}: "


def read_policies(table: object, overriding: Mapping[str, str]) -> tuple[Policies, list[Complaint]]:
    """What [policy] says under the environment's `overriding` (name to text), and what in it cannot be.

    With complaints the policies are to be used for nothing.
    """
    if not isinstance(table, dict):
        return Policies(), [Complaint((TABLE,), "[policy] is no table")]
    own = {name: value for name, value in table.items() if name != PAYEES}
    values, complaints = _values((TABLE,), own)
    for name, words in overriding.items():
        values |= _collect((TABLE,), name, words, complaints, strict=False)
    default = Policy(**values)
    payees: dict[str, Policy] = {}
    for account, settings, wrong in _payees(table.get(PAYEES, {})):
        complaints += wrong
        payees[account] = Policy(**(asdict(default) | settings))
    return Policies(default=default, payees=payees), complaints


def _payees(table: object) -> Iterator[tuple[str, dict[str, Any], list[Complaint]]]:
    """Each payee's account, its settings that hold, and what is wrong with the others."""
    if not isinstance(table, dict):
        yield "", {}, [Complaint((TABLE, PAYEES), "[policy.payee] is no table of tables")]
        return
    for account, own in table.items():
        path = (TABLE, PAYEES, account)
        if not re.fullmatch(ACCOUNT_PATTERN, account):
            yield account, {}, [Complaint(path, "what follows [policy.payee is no account number")]
        elif not isinstance(own, dict):
            yield account, {}, [Complaint(path, "what a payee's own policy should be is no table")]
        else:
            values, complaints = _values(path, own)
            for name in sorted(name for name in values if name.startswith(FOR_ALL)):
                del values[name]
                complaints.append(Complaint((*path, name), f"{name} holds for all; it is no payee's own"))
            yield account, values, complaints


def _values(path: tuple[str, ...], table: Mapping[str, object]) -> tuple[dict[str, Any], list[Complaint]]:
    values: dict[str, Any] = {}
    complaints: list[Complaint] = []
    for name, value in table.items():
        values |= _collect(path, name, value, complaints, strict=True)
    return values, complaints


def _collect(
    path: tuple[str, ...], name: str, value: object, complaints: list[Complaint], *, strict: bool
) -> dict[str, Any]:
    """The setting, or nothing and one complaint more."""
    if name not in KINDS:
        complaints.append(Complaint((*path, name), f"[{'.'.join(path[:2])}] knows no {name}"))
        return {}
    try:
        setting: dict[str, Any] = {name: msgspec.convert(value, KINDS[name], strict=strict)}
        Policy(**setting)
    except msgspec.ValidationError as error:
        complaints.append(Complaint((*path, name), f"{name}: {error}"))
        return {}
    except ValueError as error:
        complaints.append(Complaint((*path, name), str(error)))
        return {}
    return setting
