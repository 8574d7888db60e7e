"""Decoded frames of libav as interleaved float32."""

from typing import Any, Final, cast

import numpy as np

from flowsep_plugin.audio.types import Floats

_FULL_SCALE: Final = {"u1": 2.0**7, "i2": 2.0**15, "i4": 2.0**31, "i8": 2.0**63}


def interleaved(frame: Any) -> Floats:
    """Return a decoded frame as (frames, channels) float32; integers are divided by their full scale, as libav does."""
    array = frame.to_ndarray()
    if not frame.format.is_planar:
        array = array.reshape(frame.samples, -1)
    else:
        array = array.T
    kind = array.dtype.str[1:]
    if kind in _FULL_SCALE:
        middle = 128.0 if kind == "u1" else 0.0
        array = (array.astype(np.float64) - middle) / _FULL_SCALE[kind]
    return cast(Floats, np.ascontiguousarray(array, np.float32))
