"""Filters of a recording chain: a random equaliser, band limits, rooms, speed."""

import numpy as np

from .sources import RATE

EQUALISER_HZ = (30, 120, 400, 1200, 3500, 9000, 20_000)
EQUALISER_DB = 4.0
"""Knots of a random equaliser curve, and the standard deviation of its gain at each."""

LOW_PASS_HZ, LOW_PASS_EXPONENT = (3000, 16_000), 16
HIGH_PASS_HZ, HIGH_PASS_EXPONENT, HIGH_PASS_SHARE = (80, 400), 8, 0.3
"""Band limits of cheap recorders and telephones: cutoffs, exponents of the roll-off, share that loses its bass, too."""

ROOM_FRAMES = RATE // 2
"""Longest room response: a longer tail would need larger transforms and is too soft to matter in a mixture."""

DECAY_S = (0.1, 0.6)
"""Times in which a synthetic tail falls by 60 dB."""

FIRST_REFLECTION_FRAMES = RATE // 200
"""Gap between direct sound and synthetic tail, 5 ms."""

TAIL_GAIN, MEASURED_TAIL_GAIN = (0.1, 0.6), (0.3, 1.0)
"""Root of the energy of a tail, in synthetic rooms (direct sound at 1) and in measured ones."""

NEAR_GAIN, FAR_GAIN, NEAR_SHARE = (0.3, 1.0), 0.05, 0.7
"""Gain of the direct sound in a measured room, near the microphone or far from it, and the share that is near."""


def equalise(rng: np.random.Generator, spectrum: np.ndarray, hz: np.ndarray) -> None:
    """Multiply `spectrum` `(bins,)`, of frequencies `hz` `(bins,)`, by a random smooth curve, in place."""
    knots = np.log2(EQUALISER_HZ)
    curve_db = np.interp(np.log2(np.maximum(hz, 20)), knots, rng.normal(0, EQUALISER_DB, len(knots)))
    spectrum *= 10 ** (curve_db / 20)


def band_limit(rng: np.random.Generator, spectrum: np.ndarray, hz: np.ndarray) -> None:
    """Apply a random low-pass, and sometimes a high-pass, to `spectrum` `(bins,)` of `hz` `(bins,)`, in place."""
    cutoff = np.exp(rng.uniform(*np.log(LOW_PASS_HZ)))
    spectrum *= 1 / (1 + (hz / cutoff) ** LOW_PASS_EXPONENT)
    if rng.random() < HIGH_PASS_SHARE:
        spectrum *= 1 / (1 + (rng.uniform(*HIGH_PASS_HZ) / np.maximum(hz, 1)) ** HIGH_PASS_EXPONENT)


def synthetic_room(rng: np.random.Generator) -> np.ndarray:
    """Return the response `(frames,)` of a short room: the direct sound at 1 and a tail of decaying noise."""
    decay_s = rng.uniform(*DECAY_S)
    tail = rng.standard_normal(ROOM_FRAMES) * 10 ** (-3 * np.arange(ROOM_FRAMES) / (decay_s * RATE))
    tail[:FIRST_REFLECTION_FRAMES] = 0
    tail *= rng.uniform(*TAIL_GAIN) / np.sqrt(np.square(tail).sum())
    tail[0] = 1
    return tail


def measured_room(rng: np.random.Generator, response: np.ndarray) -> np.ndarray:
    """Return a measured response `(frames,)` from its direct sound on, faded out, at a random distance."""
    first = int(np.abs(response).argmax())
    room = response[first : first + ROOM_FRAMES].copy()
    direct = rng.uniform(*NEAR_GAIN) if rng.random() < NEAR_SHARE else FAR_GAIN
    room[0] = 0
    room *= rng.uniform(*MEASURED_TAIL_GAIN) / max(float(np.sqrt(np.square(room).sum())), 1e-9)
    room[0] = direct
    return room * np.linspace(1, 0, len(room)) ** 0.5


def change_speed(samples: np.ndarray, rate: float) -> np.ndarray:
    """Return `samples` `(frames,)` played `rate` times as fast, `(frames / rate,)`: pitch changes with speed."""
    if rate == 1.0:
        return samples
    places = np.arange(max(0, int((len(samples) - 1) / rate))) * rate
    below = places.astype(np.int64)
    part = (places - below).astype(np.float32)
    return samples[below] * (1 - part) + samples[below + 1] * part
