"""The state of everything in one line: connection, camera, fingerprint reader. Pure."""

from __future__ import annotations

from typing import Final

from server_mqtt.contract.messages import Modality
from terminal.presenter.scene import Scene
from terminal.texts import phrases

_BETWEEN: Final = " · "
_SENSORS: Final = {
    Modality.FACE: (phrases.CAMERA_READY, phrases.NO_CAMERA),
    Modality.FINGERPRINT: (phrases.READER_READY, phrases.NO_READER),
}


def status_line(scene: Scene) -> str:
    """What was not looked at yet is not claimed; a sensor this terminal does not use is not missed."""
    texts, health = scene.texts, scene.state.health
    parts = [texts(phrases.CONNECTED if health.online else phrases.NOT_CONNECTED)]
    if health.sensors is not None:
        for modality in scene.state.settings.order:
            ready, missing = _SENSORS[modality]
            parts.append(texts(ready if modality in health.sensors else missing))
    return _BETWEEN.join(parts)
