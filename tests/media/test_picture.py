"""The picture of a video: the frame of every moment, whatever the codec's order, upright, in a process of its own."""

import itertools
import os
import random
import signal
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from toy_videos import ToyVideo, number_of, write_video

from flowsep_plugin.errors import MediaError
from flowsep_plugin.media.container.picture import PictureFile, PictureHost
from flowsep_plugin.media.container.picture.pixels import PixelConverter
from flowsep_plugin.media.container.picture.reader import PictureReader

ROOM = (240, 135)


@pytest.fixture
def host() -> Iterator[PictureHost]:
    host = PictureHost()
    yield host
    host.close()


def numbers(path: Path, toy: ToyVideo, order: list[int]) -> list[int | None]:
    """The numbers of the frames that are shown in the middle of each of `order`, on the axis of the picture."""
    with PictureReader(path) as reader:
        frames = [reader.frame_at(Fraction(2 * number + 1, 2 * toy.rate), *ROOM) for number in order]
    return [None if frame is None else number_of(frame.pixels) for frame in frames]


@pytest.mark.parametrize(
    ("name", "toy"),
    [
        ("b_frames.mp4", ToyVideo()),
        ("b_frames.mkv", ToyVideo()),
        ("mpeg4.mov", ToyVideo(codec="mpeg4", options=(("b", "2000000"),))),
        ("stream.ts", ToyVideo()),
    ],
)
def test_every_frame_is_shown_when_it_is_meant_in_any_order(tmp_path: Path, name: str, toy: ToyVideo) -> None:
    path, order = write_video(tmp_path / name, toy), list(range(toy.frames))
    assert numbers(path, toy, order) == order
    random.Random(0).shuffle(order)
    assert numbers(path, toy, order) == order


def test_frames_of_uneven_durations_are_shown_as_long_as_their_time_stamps_say(tmp_path: Path) -> None:
    times = [0, 40, 100, 120, 300, 310, 500]
    path = write_video(tmp_path / "uneven.mp4", ToyVideo(times=times))
    with PictureReader(path) as reader:
        for number, (start, stop) in enumerate(itertools.pairwise(times)):
            for moment in (start, stop - 1):
                frame = reader.frame_at(Fraction(moment, 1000), *ROOM)
                assert frame is not None
                assert (number_of(frame.pixels), frame.start, frame.stop) == (
                    number, Fraction(start, 1000), Fraction(stop, 1000),
                )  # fmt: skip


def test_times_are_those_of_the_sound_and_before_the_first_frame_there_is_no_picture(tmp_path: Path) -> None:
    """The sound starts 520 ms before the picture: on its axis the first frame is shown then."""
    path = write_video(tmp_path / "late.mp4", ToyVideo(delay_ms=520))
    with PictureReader(path, Fraction(-520, 1000)) as reader:
        assert reader.start == Fraction(52, 100)
        assert reader.frame_at(0.5, *ROOM) is None
        frame = reader.frame_at(Fraction(60, 100), *ROOM)
        assert frame is not None
        assert number_of(frame.pixels) == 2


def test_the_last_frame_stays_after_the_end(tmp_path: Path) -> None:
    with PictureReader(write_video(tmp_path / "short.mp4", ToyVideo(frames=10))) as reader:
        frame = reader.frame_at(99, *ROOM)
        assert frame is not None
        assert number_of(frame.pixels) == 9


@pytest.mark.parametrize(("rotation", "side"), [(90, "left"), (-90, "right"), (180, "bottom")])
def test_phone_videos_stand_upright(tmp_path: Path, rotation: int, side: str) -> None:
    """Frame 0b111111000000 is white at the left; turned against the clock, that side is at the bottom, and so on."""
    times = list(range(0, 40 * 3, 40))
    path = write_video(tmp_path / "turned.mp4", ToyVideo(times=times, rotation=rotation, first=0b111111000000))
    with PictureReader(path) as reader:
        frame = reader.frame_at(0.01, 300, 300)
    assert frame is not None
    height, width, _ = frame.pixels.shape
    assert (width > height) == (rotation == 180)
    white = np.argwhere(frame.pixels[..., 1] > 127).mean(axis=0) / (height, width)
    expected = {90: (0.75, 0.5), -90: (0.25, 0.5), 180: (0.5, 0.75)}[rotation]
    assert white == pytest.approx(expected, abs=0.02)


def test_pixels_that_are_not_square_are_stretched(tmp_path: Path) -> None:
    path = write_video(tmp_path / "anamorphic.mp4", ToyVideo(size=(144, 108), pixel_aspect=Fraction(4, 3), frames=3))
    with PictureReader(path) as reader:
        frame = reader.frame_at(0, 640, 90)
    assert frame is not None
    assert frame.pixels.shape == (90, 160, 4)


def test_hdr_has_the_white_of_a_screen_near_203_nits_and_keeps_what_is_brighter() -> None:
    """PQ (SMPTE ST 2084) codes 203 cd/m², the white of BT.2408, as 0.58, 100 cd/m² as 0.508 and 1000 as 0.75."""
    av = pytest.importorskip("av")

    class Stream:
        sample_aspect_ratio = None

    def shown(code: float) -> int:
        frame = av.VideoFrame(32, 32, "yuv420p10le")
        for plane, value in zip(frame.planes, (round(64 + 876 * code), 512, 512), strict=True):
            plane.update(np.full(plane.buffer_size // 2, value, np.uint16).tobytes())
        frame.color_trc, frame.color_primaries, frame.colorspace, frame.color_range = 16, 9, 9, 1
        return int(PixelConverter().pixels(frame, Stream, 32, 32)[16, 16, 1])

    assert shown(0.0) == 0
    assert shown(0.508) == pytest.approx(187, abs=6)
    assert 235 <= shown(0.581) < shown(0.65) < shown(0.75) < 255


def test_a_cover_is_no_moving_picture(tmp_path: Path) -> None:
    path = write_video(tmp_path / "song.mp4", ToyVideo(frames=5), cover=True)
    with pytest.raises(MediaError, match="no moving picture"):
        PictureReader(path)


def test_the_decoder_is_a_process_of_its_own_that_may_crash(tmp_path: Path, host: PictureHost) -> None:
    file = PictureFile(write_video(tmp_path / "a.mp4", ToyVideo(frames=5)))
    image = host.image_at(file, Fraction(1, 10), *ROOM)
    assert image is not None
    assert (image.start, image.stop, len(image.pixels)) == (Fraction(2, 25), Fraction(3, 25), 240 * 135 * 4)
    with pytest.raises(MediaError, match=r"none\.mp4"):
        host.image_at(PictureFile(tmp_path / "none.mp4"), Fraction(0), *ROOM)
    assert host.pid is not None
    os.kill(host.pid, signal.SIGKILL if sys.platform == "win32" else signal.SIGSEGV)
    with pytest.raises(MediaError, match=r"a\.mp4 cannot be shown: its decoder crashed"):
        host.image_at(file, Fraction(0), *ROOM)
    assert host.image_at(file, Fraction(0), *ROOM) is not None


def test_damaged_frames_are_passed_over(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.ts", ToyVideo(frames=50, sounds=()))
    content = bytearray(path.read_bytes())
    for at in range(len(content) // 2, len(content) // 2 + 4000):
        content[at] ^= 0xA5
    path.write_bytes(content)
    with PictureReader(path) as reader:
        frames = [reader.frame_at(Fraction(number, 25), *ROOM) for number in range(50)]
    assert sum(frame is not None for frame in frames) == 50
