"""Draw a video of our own for pictures and trials: a courtyard whose dog opens its mouth with the sound.

python scripts/drawn_video.py SOUND VIDEO [--portrait] [--size 640x360] [--rate 25]
"""

import argparse
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image, ImageDraw

from flowsep_plugin.media import open_media

_SKY, _WALL, _GROUND, _DOG, _DARK = (142, 190, 222), (196, 168, 132), (122, 140, 96), (120, 82, 52), (52, 34, 24)


def draw_video(
    sound: Path, video: Path, *, size: tuple[int, int] = (640, 360), rate: int = 25, portrait: bool = False
) -> None:
    """Write a video with `sound` as its sound. portrait : stored lying, as phones do, with a rotation in the file."""
    with open_media(sound) as source, av.open(str(video), "w") as container:
        picture = container.add_stream("libx264", rate=rate, options={"preset": "fast", "crf": "23"})
        picture.width, picture.height, picture.pix_fmt = *size, "yuv420p"
        if portrait:
            picture.set_display_rotation(-90)
        track = container.add_stream("aac", rate=source.rate)
        track.layout = "stereo" if source.channels > 1 else "mono"
        for first in range(0, source.frames, 1024):
            block = source.read(first, min(first + 1024, source.frames))[:2]
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), format="fltp", layout=track.layout.name)
            frame.rate, frame.pts, frame.time_base = source.rate, first, Fraction(1, source.rate)
            container.mux(track.encode(frame))
        container.mux(track.encode())
        for number in range(source.frames * rate // source.rate):
            start = number * source.rate // rate
            level = float(np.sqrt(np.mean(source.read(start, start + source.rate // rate) ** 2)))
            upright = (size[1], size[0]) if portrait else size
            image = _scene((2 * upright[0], 2 * upright[1]), number / rate, min(1.0, 12 * level))
            image = image.resize(upright, Image.Resampling.BOX)  # smooth edges
            if portrait:
                image = image.rotate(90, expand=True)
            container.mux(picture.encode(av.VideoFrame.from_image(image)))
        container.mux(picture.encode())


def _scene(size: tuple[int, int], seconds: float, loudness: float) -> Image.Image:
    """Return one picture: a wall with a gate, a swinging lamp, and a dog whose mouth is as open as it is loud."""
    width, height = size
    unit = min(width, height) / 100
    image = Image.new("RGB", size, _SKY)
    draw = ImageDraw.Draw(image)
    horizon = height * 0.72
    draw.rectangle((0, height * 0.3, width, horizon), fill=_WALL)
    draw.rectangle((0, horizon, width, height), fill=_GROUND)
    draw.pieslice((width * 0.12, height * 0.34, width * 0.34, height * 1.1), 180, 360, fill=_DARK)
    swing = width * 0.8 + 6 * unit * math.sin(2 * seconds)
    draw.line((width * 0.8, 0, swing, height * 0.2), fill=_DARK, width=max(1, round(unit)))
    draw.ellipse((swing - 4 * unit, height * 0.2, swing + 4 * unit, height * 0.2 + 8 * unit), fill=(250, 224, 120))
    _dog(draw, width * 0.56, horizon - 18 * unit - 4 * unit * loudness, unit, loudness)
    return image


def _dog(draw: Any, x: float, y: float, unit: float, loudness: float) -> None:
    """Draw the dog with its head at (x, y)."""
    draw.ellipse((x - 4 * unit, y + 8 * unit, x + 34 * unit, y + 30 * unit), fill=_DOG)
    for leg in (2, 9, 22, 29):
        draw.rectangle((x + leg * unit, y + 24 * unit, x + (leg + 4) * unit, y + 42 * unit), fill=_DOG)
    draw.ellipse((x - 14 * unit, y - 10 * unit, x + 12 * unit, y + 14 * unit), fill=_DOG)
    draw.polygon([(x + 2 * unit, y - 8 * unit), (x + 12 * unit, y - 18 * unit), (x + 12 * unit, y)], fill=_DARK)
    opening = 1.5 + 10 * loudness
    draw.pieslice((x - 24 * unit, y - 2 * unit - opening * unit / 2, x, y + 6 * unit + opening * unit / 2),
                  180 - 4 * opening, 180 + 4 * opening, fill=(170, 40, 48))  # fmt: skip
    draw.ellipse((x - 6 * unit, y - 5 * unit, x - 3 * unit, y - 2 * unit), fill=(250, 250, 250))
    for ring in range(1, 1 + round(4 * loudness)):
        reach = (18 + 7 * ring) * unit
        draw.arc(
            (x - reach, y - reach, x + reach, y + reach), 165, 195, fill=(255, 255, 255), width=max(1, round(unit))
        )


def main() -> None:
    """Draw the video that the command line names."""
    parser = argparse.ArgumentParser(description="Draw a video for pictures and trials.")
    parser.add_argument("sound", type=Path)
    parser.add_argument("video", type=Path)
    parser.add_argument("--portrait", action="store_true")
    parser.add_argument("--size", default="640x360", help="width x height as it is stored")
    parser.add_argument("--rate", type=int, default=25)
    arguments = parser.parse_args()
    width, _, height = arguments.size.partition("x")
    draw_video(
        arguments.sound, arguments.video, size=(int(width), int(height)), rate=arguments.rate,
        portrait=arguments.portrait,
    )  # fmt: skip


if __name__ == "__main__":
    main()
