"""An HTML player for samples in a notebook."""

import base64
import io
import wave

import numpy as np

from .types import Samples

_LONGEST_SECONDS = 180
"""Longer clips are cut: the page holds every sample."""


def player(samples: Samples, rate: int) -> str:
    """Return an HTML `<audio>` element that plays (channels, frames) samples, at most three minutes, as 16-bit WAV."""
    excerpt = samples[:, : _LONGEST_SECONDS * rate]
    data = base64.b64encode(_wav16(excerpt, rate)).decode("ascii")
    cut = f" first {_LONGEST_SECONDS} s" if excerpt.shape[1] < samples.shape[1] else ""
    return f'<audio controls src="data:audio/wav;base64,{data}"></audio>{cut}'


def _wav16(samples: Samples, rate: int) -> bytes:
    """Return a WAV file of (channels, frames) samples, rounded to 16 bits and clipped at full scale."""
    steps = np.clip(np.rint(samples * 32768.0), -32768, 32767).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(len(samples))
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(steps.T.tobytes())
    return file.getvalue()
