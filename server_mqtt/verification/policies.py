"""The policy of each payee: the installation's own, but for those payees that have one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from server_mqtt.verification.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """`payees`: by account, each a whole policy: what it does not override is the default's."""

    default: Policy = field(default_factory=Policy)
    payees: Mapping[str, Policy] = field(default_factory=dict)

    def of(self, payee_account: str) -> Policy:
        """The policy under which this account is paid."""
        return self.payees.get(payee_account, self.default)
