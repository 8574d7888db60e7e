"""HDR pictures on an ordinary screen: PQ and HLG with the colours of BT.2020 as sRGB.

White at 203 cd/m² (ITU-R BT.2408) is nearly full white; what is brighter is bent, not clipped. libswscale converts them
too, but computes a table for 5 s at every new size.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

PQ: Final = 16
HLG: Final = 18
"""Numbers of transfer functions, ITU-T H.273."""

_WHITE: Final = 203.0
_KNEE: Final = 0.75
_STEPS: Final = 4096
_TO_BT709: Final = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32
)
"""BT.2020 to BT.709, linear red, green, blue (ITU-R BT.2087, table 4)."""


def to_screen(pixels: NDArray[np.uint8], transfer: int) -> NDArray[np.uint8]:
    """Return pixels (height, width, 4) of blue, green, red and 255 for a screen; `transfer` is PQ or HLG."""
    light = _light(transfer)[pixels[..., 2::-1]]
    steps = np.clip(light @ (_TO_BT709.T * (_STEPS - 1)), 0, _STEPS - 1).astype(np.uint16)
    screen = np.full_like(pixels, 255)
    screen[..., 2::-1] = _codes()[steps]
    return screen


@cache
def _light(transfer: int) -> NDArray[np.float32]:
    """Return the light of the codes 0..255, (256,), 1 for the brightest that is shown."""
    code = np.arange(256) / 255
    relative = (_pq(code) if transfer == PQ else _hlg(code)) / _WHITE
    above = np.maximum(0, relative - _KNEE) / (1 - _KNEE)
    return np.where(relative < _KNEE, relative, _KNEE + (1 - _KNEE) * above / (1 + above)).astype(np.float32)


def _pq(code: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return cd/m² of PQ codes 0..1 (SMPTE ST 2084, 5.2)."""
    root = code ** (32 / 2523)
    return 10_000 * (np.maximum(0, root - 107 / 128) / (2413 / 128 - 2392 / 128 * root)) ** (8192 / 1305)


def _hlg(code: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return cd/m² of HLG codes 0..1 on a display of 1000 cd/m² (ITU-R BT.2100, table 5), channel by channel."""
    bright = (np.exp((code - 0.55991073) / 0.17883277) + 0.28466892) / 12
    return 1000 * np.where(code <= 0.5, code**2 / 3, bright) ** 1.2


@cache
def _codes() -> NDArray[np.uint8]:
    """Return the sRGB codes (IEC 61966-2-1) of light 0..1 in `_STEPS` steps."""
    light = np.linspace(0, 1, _STEPS)
    curve = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.round(255 * curve).astype(np.uint8)
