"""Videos and compressed sound that the tests of containers are made from, and what ffmpeg decodes from them."""

import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import soundfile as sf

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
RATE = 48_000
PICTURE = ("-f", "lavfi", "-i", "testsrc=s=64x48:r=25:d=3")


def ffmpeg(*arguments: str | Path) -> bytes:
    """Run ffmpeg and return its output."""
    command = [FFMPEG, "-v", "error", "-y", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL).stdout


def sound_file(
    folder: Path, channels: int = 1, *, bits: str = "PCM_24", rate: int = RATE, seconds: float = 2.4
) -> Path:
    """Write noise with clicks to a WAV file."""
    frames = round(seconds * rate)
    samples = np.random.default_rng(7).standard_normal((frames, channels)) * 0.05
    samples[:: rate // 7] = 0.6
    path = folder / f"sound{channels}-{bits}-{rate}-{seconds}.wav"
    sf.write(path, samples, rate, subtype=bits)
    return path


def video(path: Path, sound: Path, *options: str, codec: str = "aac") -> Path:
    """Write a video with the sound of a file to `path`."""
    ffmpeg(*PICTURE, "-i", sound, "-map", "0:v", "-map", "1:a", "-c:v", "mpeg4", "-c:a", codec, *options, path)
    return path


def decoded_by_ffmpeg(path: Path, channels: int, stream: int = 0) -> np.ndarray:
    """Return what ffmpeg decodes of a sound stream, (channels, frames)."""
    raw = ffmpeg("-i", path, "-map", f"0:a:{stream}", "-c:a", "pcm_f32le", "-f", "f32le", "-")
    return np.frombuffer(raw, "<f4").reshape(-1, channels).T
