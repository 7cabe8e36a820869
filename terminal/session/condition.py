"""What shape the terminal itself is in: its models, sensors, disk and link. Values only; nothing impure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from server_mqtt.contract.messages import Modality


class Models(StrEnum):
    """The model bundle, as far as it is loaded."""

    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


class Problem(StrEnum):
    """Why no payment can be made here now."""

    MODELS = "models"
    SENSORS = "sensors"
    STORAGE = "storage"
    LINK = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Whether everything a payment needs is alive. `sensors` is None until somebody looked."""

    models: Models = Models.LOADING
    sensors: frozenset[Modality] | None = None
    storage: bool = True
    online: bool = False
    offline_since_ms: int = 0
