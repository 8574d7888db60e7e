"""Noise as a function of the position on the timeline.

A counter-based generator with seed and *absolute* latent column as its key: overlapping windows get the same noise
where they overlap, and a part that is separated alone gets that of the whole.
"""

import numpy as np

from flowsep_plugin.audio.types import Floats

_MASK = (1 << 64) - 1


def noise_field(seed: int, first: int, columns: int, *, channels: int, rows: int) -> Floats:
    """Return standard normal noise of columns `[first, first + columns)`, `(channels, columns, rows)` float32.

    seed, first : any integers.     Column c depends on (seed, c, channels, rows) only.
    """
    field = np.empty((columns, channels, rows), np.float32)
    for index in range(columns):
        counter = np.array([0, 0, 0, (first + index) & _MASK], np.uint64)
        bits = np.random.Philox(key=seed & _MASK, counter=counter)
        field[index] = np.random.Generator(bits).standard_normal((channels, rows), np.float32)
    return np.ascontiguousarray(field.transpose(1, 0, 2))
