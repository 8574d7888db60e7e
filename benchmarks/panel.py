"""The timeline view with a long file: `python benchmarks/panel.py [--minutes 60] [--frames 120] [--tracks 100]`.

A generated 48 kHz stereo WAV of so many minutes is opened in a 1920 x 1000 view that is drawn off screen. Measured:
from showing the scene to the first drawn waveform and to the whole overview; the time of one frame (scroll or zoom,
then draw the whole widget) in waveform and spectrogram; a session of many tracks and clips; memory. On a busy machine
look at what is called own: processor time, of all threads for opening, of the panel's for a frame.
"""

import argparse
import os
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from flowsep_ui.timeline import Scene, SceneClip, SceneTrack, TimelineView
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QApplication

from flowsep_plugin.audio.span import Span
from flowsep_plugin.media.peak_cache import PeakCache

RATE = 48_000
SIZE = (1920, 1000)


def make(path: Path, minutes: float) -> None:
    import soundfile as sf

    rng = np.random.default_rng(0)
    noise = 0.1 * rng.standard_normal((RATE, 2))
    with sf.SoundFile(path, "w", RATE, 2, "PCM_24", format="RF64") as file:
        for second in range(max(1, round(minutes * 60))):
            file.write(noise * (0.2 + 0.8 * (second % 7 < 3)))


def one_clip(path: Path, frames: int) -> Scene:
    clip = SceneClip("c", path.name, path, Span(0, frames, RATE), Span(0, frames, RATE))
    return Scene("one", RATE, frames, (SceneTrack("t", "track", (clip,), height=600),))


def many_clips(path: Path, frames: int, tracks: int, clips: int) -> Scene:
    """Every clip takes a part of the same file."""
    long = max(2, frames // clips)
    made = []
    for track in range(tracks):
        row = tuple(
            SceneClip(
                f"{track}.{n}",
                f"take {n}",
                path,
                Span(n * long, long * 9 // 10, RATE),
                Span(n * long, long * 9 // 10, RATE),
            )
            for n in range(clips)
        )
        made.append(SceneTrack(str(track), f"track {track}", row, height=60))
    return Scene("many", RATE, long * clips, tuple(made))


class Stage:
    """A view that is drawn into an image, as often as asked."""

    def __init__(self, cache: Path) -> None:
        self.app = QApplication.instance() or QApplication([])
        self.view = TimelineView(cache=PeakCache(cache))
        self.view.resize(*SIZE)
        self.view.show()
        self.image = QImage(*SIZE, QImage.Format.Format_RGB32)
        self.news = True
        self.view.store.arrived.connect(self._hear)
        self.draw()

    def draw(self) -> float:
        """Milliseconds of one frame of the whole widget."""
        began = time.perf_counter()
        self.view.render(self.image)
        return 1000 * (time.perf_counter() - began)

    def _hear(self, path: Path) -> None:
        self.news = True

    def settle(self, is_done) -> None:
        """Let threads and events go on until `is_done`."""
        while not is_done():
            self.app.processEvents()
            time.sleep(0.001)

    def rest(self) -> None:
        """Wait until nothing is being read or looked at."""
        self.draw()
        self.settle(lambda: not self.view.store.is_busy)
        self.draw()

    def close(self) -> None:
        self.view.shut_down()
        self.view.close()


def has_wave(stage: Stage, row: int) -> bool:
    """Whether some pixel of a row of the picture has a waveform's colour; looked at when there is news."""
    if not stage.news:
        return False
    stage.news = False
    colours = stage.view.canvas.look.colours
    hue = colours.clip(SceneClip("", "", None, Span(0, 1, 1), Span(0, 1, 1)))
    wanted = [red << 16 | green << 8 | blue for red, green, blue in (colours.wave(hue), colours.core(hue))]
    stage.draw()
    buffer = stage.image.constBits()
    buffer.setsize(stage.image.sizeInBytes())
    pixels = np.frombuffer(buffer, np.uint32).reshape(SIZE[1], SIZE[0])[row] & 0xFFFFFF
    return bool(np.isin(pixels, wanted).any())


def open_long(stage: Stage, path: Path, frames: int) -> str:
    """Seconds to the first drawn waveform, and to the whole overview; by the clock, and of processor time."""
    began, spent = time.perf_counter(), time.process_time()
    stage.view.set_scene(one_clip(path, frames))
    stage.settle(lambda: has_wave(stage, 42 + 16 + 146))
    first, first_own = time.perf_counter() - began, time.process_time() - spent
    stage.settle(lambda: (peaks := stage.view.store.heard(path).peaks) is not None and peaks.is_whole)
    stage.draw()
    whole, whole_own = time.perf_counter() - began, time.process_time() - spent
    return f"first waveform {first:.2f} s ({first_own:.2f} own), whole overview {whole:.2f} s ({whole_own:.2f} own)"


def frames_of(stage: Stage, count: int, move) -> list[tuple[float, float]]:
    """Milliseconds of `count` frames, each after one `move(number)`: of the clock, of this thread's processor time."""
    taken = []
    for number in range(count):
        began, spent = time.perf_counter(), time.thread_time()
        move(number)
        stage.draw()
        taken.append((1000 * (time.perf_counter() - began), 1000 * (time.thread_time() - spent)))
        stage.app.processEvents()
    return taken


def row(name: str, taken: list[tuple[float, float]]) -> str:
    clock = sorted(wall for wall, _ in taken)
    spent = sorted(own for _, own in taken)
    late = int(0.95 * (len(taken) - 1))
    cells = (statistics.median(clock), clock[late], clock[-1], statistics.median(spent), spent[-1])
    return f"| {name} | " + " | ".join(f"{value:.1f}" for value in cells) + " |"


def tell_frames(stage: Stage, what: str, count: int) -> None:
    model = stage.view.model
    model.set_view(model.view.fitted(0, model.scene.frames).zoomed(20, 900))
    stage.rest()
    print(row(f"{what}, scroll 24 px", frames_of(stage, count, lambda n: model.set_view(model.view.scrolled(24)))))
    stage.rest()
    print(row(f"{what}, scroll down 16 px", frames_of(stage, count, lambda n: model.set_top(model.top + 16))))
    half = count // 2 or 1
    zoom = lambda n: model.set_view(model.view.zoomed(1.15 if n < half else 1 / 1.15, 900))  # noqa: E731
    print(row(f"{what}, zoom 15 %", frames_of(stage, count, zoom)))


def megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << (20 if sys.platform == "darwin" else 10))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--frames", type=int, default=120)
    parser.add_argument("--tracks", type=int, default=100)
    parser.add_argument("--clips", type=int, default=50)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path, cache = Path(folder) / "long.wav", Path(folder) / "cache"
        make(path, given.minutes)
        frames = max(1, round(given.minutes * 60)) * RATE
        stage = Stage(cache)
        before = megabytes()
        print(f"open {given.minutes:g} minutes, peaks made: {open_long(stage, path, frames)}", flush=True)
        stage.rest()  # until the peaks are on the disk too
        stage.view.set_scene(Scene("none", RATE, RATE))
        stage.rest()
        print(f"open it again, peaks kept: {open_long(stage, path, frames)}", flush=True)
        print("\n| frame | median ms | 95 % ms | worst ms | own median ms | own worst ms |\n| --- |" + 5 * " ---: |")
        tell_frames(stage, "waveform", given.frames)
        stage.view.set_spectrogram(True)
        tell_frames(stage, "spectrogram", given.frames)
        stage.view.set_spectrogram(False)
        stage.view.set_scene(many_clips(path, frames, given.tracks, given.clips))
        tell_frames(stage, f"{given.tracks} tracks of {given.clips} clips", given.frames)
        print(f"\nmemory: {megabytes():.0f} MB at the most, {megabytes() - before:.0f} MB over the empty view")
        stage.close()


if __name__ == "__main__":
    main()
