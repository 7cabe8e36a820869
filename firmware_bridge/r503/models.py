"""What differs between the readers of the R503's family that speak its protocol. Pure.

Sources: R503 Fingerprint Module User Manual; R307 Fingerprint Module User Manual, version 1.20 (both Hangzhou Grow
Technology). The AS608 that shops sell beside them has the R307's image and protocol.
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware_bridge.r503.image import PIXELS_PER_BYTE


@dataclass(frozen=True, slots=True)
class ReaderModel:
    """`system_id`: ReadSysPara's "system identifier code". `has_aura`: whether it has a ring of light.

    `has_product_info`: whether it says what it is; `has_soft_reset`: whether it takes SoftRst. An image of it is
    `width` x `height` pixels at `dpi`. Its library, which the product leaves empty, has `library_size` pages of
    `template_bytes`, made from `character_buffers`.
    """

    name: str
    width: int
    height: int
    dpi: int
    system_id: int
    has_aura: bool
    has_product_info: bool
    has_soft_reset: bool
    library_size: int
    template_bytes: int
    character_buffers: int

    @property
    def packed_bytes(self) -> int:
        """What UpImage sends."""
        return self.width * self.height // PIXELS_PER_BYTE


R503 = ReaderModel(
    "R503",
    192,
    192,
    508,
    0x0000,
    has_aura=True,
    has_product_info=True,
    has_soft_reset=True,
    library_size=200,
    template_bytes=1536,
    character_buffers=6,
)
"""Manual, chapter I: "sensing array 192 * 192 pixel", "image resolution 508 dpi", "storage capacity 200", "template
size 1536 bytes"; "system identifier code, fixed value 0x0000"; CharBuffer1 to CharBuffer6."""

R307 = ReaderModel(
    "R307",
    256,
    288,
    500,
    0x0009,
    has_aura=False,
    has_product_info=False,
    has_soft_reset=False,
    library_size=1000,
    template_bytes=512,
    character_buffers=2,
)
"""Manual: "system identifier code, fixed value: 0x0009"; 256 * 288 pixels at 500 dpi; a library of 1000, templates of
512 bytes, CharBuffer1 and CharBuffer2."""

MODELS = (R503, R307)


def model_of(system_id: int) -> ReaderModel | None:
    """The model with this identifier; None for one that nobody here knows."""
    return next((model for model in MODELS if model.system_id == system_id), None)
