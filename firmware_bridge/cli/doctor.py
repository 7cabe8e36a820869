"""`countersign-bridge doctor`: what is connected, what works, what does not, and what to do about it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from itertools import chain

import click
import msgspec

from firmware_bridge.doctor.cameras import examine_cameras
from firmware_bridge.doctor.finding import Finding, Health
from firmware_bridge.doctor.ports import examine_ports, ports_of_machine

_WORDS = {Health.WORKS: "ok", Health.FAILS: "FAIL", Health.MISSING: "--"}


@click.command("doctor")
@click.option("--port", "ports", multiple=True, help="Only this serial port; may be given several times.")
@click.option("--cameras/--no-cameras", default=True, show_default=True, help="Look for cameras as well.")
@click.option("--json", "as_json", is_flag=True, help="One JSON array, when all has been looked at.")
def doctor_command(ports: tuple[str, ...], cameras: bool, as_json: bool) -> None:
    """Tries every serial port and every camera; exit code 1 if something that is connected does not work.

    Stop a terminal that is running first: it has the sensors. Nothing is changed, but that a reader is set to its
    fastest rate, as every terminal does.
    """
    findings: Iterator[Finding] = examine_ports(list(ports) or ports_of_machine())
    if cameras:
        findings = chain(findings, examine_cameras())
    seen = []
    for finding in findings:
        seen.append(finding)
        if not as_json:
            click.echo(_line(finding))
    if as_json:
        encoded = msgspec.json.encode([asdict(finding) for finding in seen])
        click.echo(msgspec.json.format(encoded, indent=2).decode())
    sys.exit(1 if any(finding.health is Health.FAILS for finding in seen) else 0)


def _line(finding: Finding) -> str:
    at = f"{finding.where}: " if finding.where and finding.where not in finding.said else ""
    first = f"{_WORDS[finding.health]:<5}{finding.kind.value:<20}{at}{finding.said}"
    return f"{first}\n{'':25}-> {finding.advice}" if finding.advice else first
