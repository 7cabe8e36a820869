"""Which sensor answers an instruction. Pure."""

from __future__ import annotations

from server_mqtt.contract.messages import Modality
from terminal.session.condition import Health, Models
from terminal.session.state import AnyInstruction


def choose(order: tuple[Modality, ...], health: Health, instruction: AnyInstruction) -> tuple[Modality, ...]:
    """What to capture, in the terminal's order: one of those accepted, or all where all are asked for.

    Empty where the terminal cannot: no such sensor, none that works, or no models.
    """
    if health.models is not Models.READY or not health.sensors:
        return ()
    usable = tuple(one for one in order if one in instruction.modalities and one in health.sensors)
    if instruction.all_modalities:
        return usable if set(usable) == set(instruction.modalities) else ()
    return usable[:1]
