"""Small videos with sound, drawn here: every frame shows its own number as black and white bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

av = pytest.importorskip("av", reason="videos need: pip install 'flowsep-plugin[video]'")

BITS = 12


@dataclass(frozen=True, kw_only=True)
class ToyVideo:
    """Content of a drawn video. times : of the frames, in milliseconds; None: one every 1/rate s.

    delay_ms : by which the picture begins after the sound.     rotation : degrees, in the display matrix.
    sounds : frequencies in Hz; an audio stream each.     languages : of these.     first : number of the first frame.
    """

    frames: int = 50
    rate: int = 25
    size: tuple[int, int] = (192, 108)
    times: Sequence[int] | None = None
    delay_ms: int = 0
    b_frames: int = 2
    key_every: int = 12
    rotation: int = 0
    pixel_aspect: Fraction | None = None
    codec: str = "libx264"
    pix_fmt: str = "yuv420p"
    options: tuple[tuple[str, str], ...] = (("preset", "ultrafast"),)
    sounds: tuple[float, ...] = (440.0,)
    sound_codec: str = "aac"
    sound_rate: int = 48_000
    languages: tuple[str, ...] = ()
    first: int = 0
    colour: tuple[tuple[str, int], ...] = ()


def write_video(path: Path, toy: ToyVideo | None = None, *, cover: bool = False) -> Path:
    """Write the video and return its path. cover : its picture is one image that is no video, as of a song."""
    toy = toy or ToyVideo()
    times = toy.times or [1000 * number // toy.rate for number in range(toy.frames)]
    seconds = (times[-1] + toy.delay_ms) / 1000 + 1 / toy.rate
    with av.open(str(path), "w") as container:
        video = _cover(container) if cover else _video_stream(container, toy)
        sounds = [container.add_stream(toy.sound_codec, rate=toy.sound_rate) for _ in toy.sounds]
        for sound, language in zip(sounds, toy.languages, strict=False):
            sound.metadata["language"] = language
        for sound in sounds:
            sound.layout = "stereo"
        for sound, hertz in zip(sounds, toy.sounds, strict=True):
            _write_sound(container, sound, hertz, seconds)
        for number, time in enumerate(times[: 1 if cover else None]):
            frame = av.VideoFrame.from_ndarray(bars(toy.first + number, *toy.size), format="rgb24")
            frame.pts, frame.time_base = time + toy.delay_ms, Fraction(1, 1000)
            container.mux(video.encode(frame))
        container.mux(video.encode())
    return path


def bars(number: int, width: int, height: int) -> np.ndarray[Any, Any]:
    """Return a picture (height, width, 3) whose columns are the bits of `number`, the highest at the left."""
    bits = [255 * (number >> bit & 1) for bit in reversed(range(BITS))]
    line = np.repeat(np.array(bits, np.uint8), -(-width // BITS))[:width]
    return np.ascontiguousarray(np.broadcast_to(line[None, :, None], (height, width, 3)))


def number_of(pixels: np.ndarray[Any, Any]) -> int:
    """Return the number that `bars` drew, from upright pixels of any size."""
    line = pixels[pixels.shape[0] // 2, :, 1].astype(int)
    columns = [line[round((bit + 0.5) * len(line) / BITS)] for bit in range(BITS)]
    return sum(1 << (BITS - 1 - bit) for bit, value in enumerate(columns) if value > 127)


def _video_stream(container: Any, toy: ToyVideo) -> Any:
    video = container.add_stream(toy.codec, rate=toy.rate, options=dict(toy.options))
    video.width, video.height = toy.size
    video.pix_fmt = toy.pix_fmt
    video.codec_context.time_base = Fraction(1, 1000)
    if toy.codec.startswith("libx26"):
        video.codec_context.max_b_frames, video.codec_context.gop_size = toy.b_frames, toy.key_every
    if toy.pixel_aspect is not None:
        video.codec_context.sample_aspect_ratio = toy.pixel_aspect
    for name, value in toy.colour:
        setattr(video.codec_context, name, value)
    if toy.rotation:
        video.set_display_rotation(toy.rotation)
    return video


def _cover(container: Any) -> Any:
    """The stream of one image that is shown while the sound is played."""
    cover = container.add_stream("mjpeg", rate=25)
    cover.width, cover.height, cover.pix_fmt = 192, 108, "yuvj420p"
    cover.disposition = av.stream.Disposition.attached_pic
    return cover


def _write_sound(container: Any, stream: Any, hertz: float, seconds: float) -> None:
    rate = stream.rate
    for first in range(0, round(seconds * rate), 1024):
        phase = 2 * np.pi * hertz / rate * np.arange(first, min(first + 1024, round(seconds * rate)))
        samples = np.tile(0.25 * np.sin(phase), (2, 1)).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
        frame.rate, frame.pts, frame.time_base = rate, first, Fraction(1, rate)
        container.mux(stream.encode(frame))
    container.mux(stream.encode())
