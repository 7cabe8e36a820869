"""What the R503's ring of light does for each thing that a customer has to understand. Pure.

Only red, blue and purple are used: the manual says that modules from before October 2021 know no other colour.
"""

from __future__ import annotations

from firmware_bridge.contract import Light
from firmware_bridge.r503.commands import AuraColor, AuraControl
from firmware_bridge.r503.parameters import Aura

_BREATH_SPEED = 0x80
_FLASH_SPEED = 0x40
"""Manual: 256 steps of speed; a smaller value is quicker. Slow enough to be calm, quick enough to be noticed."""

_FOR_EVER = 0

AURAS = {
    Light.READY: Aura(AuraControl.BREATHING, _BREATH_SPEED, AuraColor.BLUE, _FOR_EVER),
    Light.READING: Aura(AuraControl.ON, 0, AuraColor.PURPLE, _FOR_EVER),
    Light.GOOD: Aura(AuraControl.ON, 0, AuraColor.BLUE, _FOR_EVER),
    Light.TRY_AGAIN: Aura(AuraControl.FLASHING, _FLASH_SPEED, AuraColor.PURPLE, _FOR_EVER),
    Light.STOP: Aura(AuraControl.ON, 0, AuraColor.RED, _FOR_EVER),
    Light.OFF: Aura(AuraControl.OFF, 0, AuraColor.BLUE, _FOR_EVER),
}
