"""`countersign-server policy`: the rules of the installation, before a server runs by them."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from server_mqtt.cli.common import EXISTING_FILE, json_option, show
from server_mqtt.config import load_policies
from server_mqtt.verification.policy import Policy


@click.group("policy")
def policy_group() -> None:
    """Times, attempts, limits and risk."""


@policy_group.command("check")
@click.argument("file", type=EXISTING_FILE, default="server.toml")
@json_option
def check_command(file: Path, as_json: bool) -> None:
    """Shows the policy that [policy] in FILE makes, for every payee that has an own one; or every fault with its line.

    FILE may be a server.toml, or a draft with nothing but [policy] and [policy.payee."ACCOUNT"].
    """
    policies = load_policies(file, os.environ)
    columns = {"default": policies.default, **policies.payees}
    rows: list[dict[str, Any]] = [
        {"setting": field.name, **{name: getattr(policy, field.name) for name, policy in columns.items()}}
        for field in fields(Policy)
    ]
    show(rows, as_json=as_json)
