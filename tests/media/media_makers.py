"""Sounds and files that the tests of `flowsep_plugin.media` are made from."""

import struct
from pathlib import Path

import numpy as np
import soundfile as sf

SEEKING = {
    "wav16": ("WAV", "PCM_16"),
    "wav24": ("WAV", "PCM_24"),
    "wav32": ("WAV", "PCM_32"),
    "wav32f": ("WAV", "FLOAT"),
    "wav64f": ("WAV", "DOUBLE"),
    "wavex": ("WAVEX", "PCM_24"),
    "rf64": ("RF64", "PCM_24"),
    "w64": ("W64", "FLOAT"),
    "flac16": ("FLAC", "PCM_16"),
    "flac24": ("FLAC", "PCM_24"),
    "aiff16": ("AIFF", "PCM_16"),
    "aiff24": ("AIFF", "PCM_24"),
    "ulaw": ("WAV", "ULAW"),
}
DECODED = {
    "ogg": ("OGG", "VORBIS"),
    "opus": ("OGG", "OPUS"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "adpcm": ("WAV", "IMA_ADPCM"),
}
CONTAINERS = SEEKING | DECODED


def noise(channels: int, frames: int, seed: int = 0, level: float = 0.25) -> np.ndarray:
    """Noise over a sweep, (channels, frames) float32 inside ±1."""
    signal = np.random.default_rng(seed).standard_normal((channels, frames)) * level / 3
    signal += level * np.sin(np.cumsum(np.linspace(0.01, 0.4, frames)))
    return np.clip(signal, -0.999, 0.999).astype(np.float32)


def write_with_soundfile(path: Path, samples: np.ndarray, rate: int, container: str) -> Path:
    kind, subtype = CONTAINERS[container]
    sf.write(path, samples.T, rate, format=kind, subtype=subtype)
    return path


def riff(*chunks: tuple[bytes, bytes], name: bytes = b"RIFF") -> bytes:
    body = b"WAVE" + b"".join(i + struct.pack("<I", len(b)) + b + b"\0" * (len(b) % 2) for i, b in chunks)
    return name + struct.pack("<I", len(body)) + body


def pcm16_format(channels: int = 1, rate: int = 48_000) -> bytes:
    return struct.pack("<HHIIHH", 1, channels, rate, (rate * channels * 2) & 0xFFFFFFFF, (channels * 2) & 0xFFFF, 16)
