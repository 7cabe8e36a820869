"""How alike two face templates are. Pure, numpy only: the server compares with it.

Everything that is not plainly a template is refused before it is compared: NaN compares as neither near nor far, and
a template of zeros is near to every other of small norm.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.errors import TemplateError

DIMENSIONS = 128
NORM_MIN = 0.5
NORM_MAX = 3.0
"""The embedding network's outputs have norms of 1.2 to 1.6, means of several a little less: outside, it is none."""
VALUE_MIN = float(np.finfo(np.float32).tiny)
"""The smallest normal float32; anything between it and zero is damage, or made to slow the processor down."""
FACE_DISTANCE_LARGEST = 2.0
"""Of two directions: they are opposite."""


def checked_template(template: NDArray[np.float32]) -> NDArray[np.float64]:
    """`template` float32[128] as float64.

    Raises TemplateError for another type or shape, NaN, infinite or denormal values, a norm that no face has, and one
    value 128 times.
    """
    if not isinstance(template, np.ndarray) or template.dtype != np.float32:
        raise TemplateError("a face template is an array of float32")
    if template.shape != (DIMENSIONS,):
        raise TemplateError(f"a face template has {DIMENSIONS} values, got the shape {list(template.shape)}")
    with np.errstate(invalid="ignore"):  # a signalling NaN would only warn here, and is refused next
        values = template.astype(np.float64)
    if not np.isfinite(values).all():
        raise TemplateError("a face template holds NaN or infinite values")
    if ((values != 0) & (np.abs(values) < VALUE_MIN)).any():
        raise TemplateError("a face template holds denormal values")
    if not NORM_MIN <= float(np.linalg.norm(values)) <= NORM_MAX:
        raise TemplateError("a face template's norm is not that of a face")
    if (values == values[0]).all():
        raise TemplateError("a face template's values are all the same")
    return values


def face_direction(template: NDArray[np.float32]) -> NDArray[np.float64]:
    """`template` float32[128] as a vector of length 1: all of it that is compared.

    Its length says nothing of whose it is (strangers on ORL are told apart as well without it), and would be kept by
    every rotation: by it alone two protected references of one person could be linked.

    Raises TemplateError for what `checked_template` refuses.
    """
    values = checked_template(template)
    direction: NDArray[np.float64] = values / np.linalg.norm(values)
    return direction


def face_distance(reference: NDArray[np.float32], probe: NDArray[np.float32]) -> float:
    """Euclidean distance, 0 to 2, of the directions of two templates float32[128].

    Raises TemplateError for what `checked_template` refuses.
    """
    return float(np.linalg.norm(face_direction(reference) - face_direction(probe)))


def face_score(reference: NDArray[np.float32], probe: NDArray[np.float32]) -> float:
    """How alike two templates are: 1 for one direction, 0 for opposite ones. Else as `face_distance`."""
    return 1.0 - face_distance(reference, probe) / FACE_DISTANCE_LARGEST
