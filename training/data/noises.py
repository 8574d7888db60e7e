"""Synthetic noises: hiss, hum, clicks, rumble, room tone, tones, static, each `(frames,)` at `RATE` and any level."""

from collections.abc import Callable

import numpy as np

from .sources import RATE

SWELL_FRAMES = RATE // 10
"""Distance of the random levels between which radio static swells, 100 ms."""


def _coloured(rng: np.random.Generator, frames: int, slope: float, low: float = 20, high: float = 20_000) -> np.ndarray:
    """Return noise `(frames,)` whose power falls by `slope` (in powers of frequency) between `low` and `high` hertz."""
    spectrum = np.fft.rfft(rng.standard_normal(frames))
    hz = np.fft.rfftfreq(frames, 1 / RATE)
    shape = np.maximum(hz, low) ** (-slope / 2) * (1 / (1 + (hz / high) ** 8)) * (hz > low / 2)
    return np.fft.irfft(spectrum * shape, frames)


def hiss(rng: np.random.Generator, frames: int) -> np.ndarray:
    """Return hiss of a tape or preamplifier, `(frames,)`."""
    return _coloured(rng, frames, rng.uniform(-0.5, 0.6), rng.uniform(50, 2000))


def rumble(rng: np.random.Generator, frames: int) -> np.ndarray:
    """Return rumble of a turntable, distant traffic or handling, `(frames,)`."""
    return _coloured(rng, frames, rng.uniform(1.5, 3), 15, rng.uniform(80, 250))


def room_tone(rng: np.random.Generator, frames: int) -> np.ndarray:
    """Return noise of air and ventilation, `(frames,)`."""
    return _coloured(rng, frames, rng.uniform(1.0, 2.2), rng.uniform(20, 100), rng.uniform(2000, 12_000))


def hum(rng: np.random.Generator, frames: int) -> np.ndarray:
    """Return mains hum of 50 or 60 Hz with harmonics, `(frames,)`."""
    time = np.arange(frames) / RATE
    mains = rng.choice([50, 60]) * rng.uniform(0.998, 1.002)
    slope = rng.uniform(0.4, 1.6)
    orders = np.arange(1, int(rng.integers(6, 40)))
    amplitudes = orders**-slope * rng.uniform(0.2, 1, len(orders)) * np.where(orders % 2, rng.uniform(0.2, 1), 1)
    phases = rng.uniform(0, 2 * np.pi, len(orders))
    return sum(a * np.sin(2 * np.pi * mains * n * time + p) for a, n, p in zip(amplitudes, orders, phases, strict=True))


def clicks(rng: np.random.Generator, frames: int) -> np.ndarray:
    """Return clicks and crackle of a record or a bad cable, `(frames,)`."""
    out = np.zeros(frames)
    places = rng.integers(0, frames - 400, int(rng.uniform(2, 40) * frames / RATE))
    for place in places:
        length = int(rng.integers(4, 200))
        out[place : place + length] += (
            rng.standard_normal(length) * np.exp(-np.arange(length) / (length / 4)) * (rng.lognormal(0, 0.8))
        )
    return out


def static(rng: np.random.Generator, frames: int) -> np.ndarray:
    """Return radio static, hiss that crackles and swells, `(frames,)`."""
    knots = np.arange(0, frames + SWELL_FRAMES, SWELL_FRAMES)
    swell = np.exp(np.interp(np.arange(frames), knots, rng.normal(0, 0.6, len(knots))))
    return _coloured(rng, frames, 0.3, 200, 8000) * swell + 0.5 * clicks(rng, frames)


def beep(rng: np.random.Generator, frames: int) -> np.ndarray:
    """Return a test tone or a row of beeps, `(frames,)`."""
    time = np.arange(frames) / RATE
    tone = np.sin(2 * np.pi * rng.uniform(300, 3500) * time)
    period = rng.uniform(0.2, 1.2)
    return tone if rng.random() < 0.3 else tone * ((time % period) < period * rng.uniform(0.3, 0.6))


NOISES: dict[str, tuple[str, Callable[[np.random.Generator, int], np.ndarray]]] = {
    "hiss": ("tape hiss", hiss),
    "hum": ("mains hum", hum),
    "clicks": ("clicks and crackle", clicks),
    "rumble": ("low rumble", rumble),
    "room tone": ("room tone", room_tone),
    "static": ("radio static", static),
    "beep": ("an electronic beep", beep),
}
