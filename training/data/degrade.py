"""Damage of recordings found in the wild: lossy codecs, overload, compression. Each acts on one dry source."""

import io

import numpy as np
import soundfile
from scipy.ndimage import uniform_filter1d

from .sources import RATE

CODECS = (("MP3", "MPEG_LAYER_III"), ("OGG", "VORBIS"), ("OGG", "OPUS"))
"""Lossy formats that libsndfile writes: pairs of container and encoding."""

OPUS_RATE = 48_000
_ENVELOPE_FRAMES = RATE // 50
_LONGEST_DELAY = 4096
_MOST_GAIN = 30.0
"""Largest gain of the compressor, about 30 dB, so that it does not raise mere noise."""


def through_codec(rng: np.random.Generator, samples: np.ndarray) -> np.ndarray:
    """Return `samples` `(frames,)` after a lossy codec of poor to fair quality, as many frames and in time."""
    container, encoding = CODECS[rng.integers(len(CODECS))]
    rate = OPUS_RATE if encoding == "OPUS" else RATE  # Opus refuses 44.1 kHz; played at 48 kHz it codes nearly the same
    peak = max(1.0, float(np.abs(samples).max()) / 0.9)
    file = io.BytesIO()
    with soundfile.SoundFile(
        file, "w", rate, 1, encoding, format=container, compression_level=float(rng.uniform(0.5, 1.0))
    ) as out:
        out.write(samples / peak)
    file.seek(0)
    decoded, _ = soundfile.read(file, dtype="float32")
    shift = _delay(samples, decoded) if encoding == "MPEG_LAYER_III" else 0
    decoded = decoded[shift : shift + len(samples)] * np.float32(peak)
    return np.pad(decoded, (0, len(samples) - len(decoded)))


def _delay(samples: np.ndarray, decoded: np.ndarray, longest: int = _LONGEST_DELAY) -> int:
    """Return the delay of `decoded` in frames, 0 to `longest`, from the correlation of the first second."""
    size = 2 ** int(np.ceil(np.log2(RATE + longest)))
    spectra = np.fft.rfft(decoded[: RATE + longest], size) * np.conj(np.fft.rfft(samples[:RATE], size))
    return int(np.fft.irfft(spectra, size)[:longest].argmax())


def overload(rng: np.random.Generator, samples: np.ndarray) -> np.ndarray:
    """Return `samples` `(frames,)` clipped, hard or soft, at a tenth to a half of their peak."""
    peak = float(np.abs(samples).max())
    if peak == 0:
        return samples
    ceiling = np.float32(peak * rng.uniform(0.1, 0.5))
    if rng.random() < 0.5:
        return np.clip(samples, -ceiling, ceiling)
    return np.tanh(samples / ceiling) * ceiling


def compress(rng: np.random.Generator, samples: np.ndarray) -> np.ndarray:
    """Return `samples` `(frames,)` compressed by a ratio of 1.5 to 4, as a broadcast chain does."""
    envelope = np.sqrt(uniform_filter1d(np.square(samples), _ENVELOPE_FRAMES, mode="nearest") + 1e-8)
    gain = (envelope / envelope.max()) ** (1 / rng.uniform(1.5, 4.0) - 1)
    return (samples * np.minimum(gain, _MOST_GAIN)).astype(np.float32)
