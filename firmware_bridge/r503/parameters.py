"""What an R503 keeps: its system parameters and the state of its ring of light. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_bridge.r503 import commands
from firmware_bridge.r503.commands import AuraColor, AuraControl


@dataclass(slots=True)
class SystemParameters:
    """What SetSysPara changes; kept in flash by the module."""

    baud_step: int = commands.DEFAULT_BAUD // commands.BAUD_UNIT
    security_level: int = commands.DEFAULT_SECURITY_LEVEL
    packet_code: int = commands.DEFAULT_PACKET_CODE

    @property
    def baud(self) -> int:
        """Bits per second."""
        return self.baud_step * commands.BAUD_UNIT

    @property
    def packet_bytes(self) -> int:
        """Content bytes per data packet."""
        return commands.PACKET_BYTES[self.packet_code]


@dataclass(frozen=True, slots=True)
class Aura:
    """What the ring of light does."""

    control: AuraControl
    speed: int
    color: AuraColor
    cycles: int
