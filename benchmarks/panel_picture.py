"""The panel's picture while it plays: `python benchmarks/panel_picture.py [--seconds 20] [--size 1920x1080]`.

Plays a generated H.264 video of about 10 Mbit/s in a panel without a screen and without a sound device. Measures how
late each frame is shown after its time stamp, by the player's position; frames that were left out; CPU time of the
panel and of the decoder's process; memory of both at the start and at the end.
"""

import argparse
import os
import statistics
import sys
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import av
import numpy as np
import psutil

TESTS = Path(__file__).parents[1] / "tests"
sys.path[:0] = [str(TESTS / "ui"), str(TESTS)]
RATE = 48_000


def make(path: Path, seconds: int, size: tuple[int, int], fps: int) -> None:
    """Write a video of drifting noise with a tone."""
    rng = np.random.default_rng(0)
    width, height = size
    texture = np.kron(
        rng.integers(0, 255, (height // 4 + 64, width // 4 + 64, 3), np.uint8), np.ones((4, 4, 1), np.uint8)
    )
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=fps, options={"preset": "ultrafast", "b": "10000000", "g": "50"})
        video.width, video.height, video.pix_fmt, video.bit_rate = width, height, "yuv420p", 10_000_000
        sound = container.add_stream("pcm_s16le", rate=RATE)
        sound.layout = "stereo"
        tone = (3000 * np.sin(0.05 * np.arange(RATE))).astype(np.int16)
        for second in range(seconds):
            frame = av.AudioFrame.from_ndarray(np.repeat(tone, 2)[None], format="s16", layout="stereo")
            frame.rate, frame.pts, frame.time_base = RATE, second * RATE, Fraction(1, RATE)
            container.mux(sound.encode(frame))
        for number in range(seconds * fps):
            x, y = number % 128, (number // 3) % 128
            image = np.ascontiguousarray(texture[y : y + height, x : x + width])
            container.mux(video.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(video.encode())


def play(path: Path, folder: Path, seconds: int, fps: int) -> None:
    """Play the video in a panel and print the figures."""
    import panel_makers
    from PyQt6.QtTest import QTest
    from PyQt6.QtWidgets import QApplication

    app = QApplication.instance() or QApplication([])
    window: Any = panel_makers.window(folder)
    window.resize(1440, 900)
    window.show()
    window.open_paths([path])
    while window.picture.frame is None:
        QTest.qWait(50)
    QTest.qWait(2000)
    player, late = window.parts.player, []
    window.picture.frame_shown.connect(lambda image: late.append(player.position_now() - float(image.start)))
    panel, decoder = psutil.Process(), psutil.Process(window.picture.feed.pid)
    before = [_cpu(process) for process in (panel, decoder)]
    memory = [process.memory_info().rss for process in (panel, decoder)]
    player.play(0.0, float(seconds))
    QTest.qWait(1000 * seconds + 500)
    used = [_cpu(process) - start for process, start in zip((panel, decoder), before, strict=True)]
    grown = [process.memory_info().rss - start for process, start in zip((panel, decoder), memory, strict=True)]
    room = window.picture.frame
    window.leave()
    app.processEvents()
    late = late[1:]
    print(f"shown at {room.width} x {room.height}: {len(late)} of {seconds * fps - 1} frames")
    print(f"late: median {1000 * statistics.median(late):.1f} ms, worst {1000 * max(late):.1f} ms, "
          f"95% {1000 * sorted(late)[len(late) * 95 // 100]:.1f} ms")  # fmt: skip
    print(f"CPU: panel {100 * used[0] / seconds:.0f}%, decoder {100 * used[1] / seconds:.0f}% of a core")
    print(
        f"memory: panel {memory[0] >> 20} MB {grown[0] / 2**20:+.0f}, "
        f"decoder {memory[1] >> 20} MB {grown[1] / 2**20:+.0f}"
    )


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--fps", type=int, default=25)
    arguments = parser.parse_args()
    width, _, height = arguments.size.partition("x")
    with tempfile.TemporaryDirectory(prefix="flowsep-benchmark-") as name:
        folder = Path(name)
        os.environ |= {"XDG_CACHE_HOME": name, "XDG_CONFIG_HOME": name, "FLOWSEP_WORKER_HOME": name}
        make(folder / "noise.mov", arguments.seconds, (int(width), int(height)), arguments.fps)
        megabits = (folder / "noise.mov").stat().st_size * 8 / arguments.seconds / 1e6
        print(f"{arguments.size} at {arguments.fps} fps, {megabits:.1f} Mbit/s")
        play(folder / "noise.mov", folder, arguments.seconds, arguments.fps)


if __name__ == "__main__":
    main()
