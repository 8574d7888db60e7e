"""Speed of the timeline view with a long file: `python benchmarks/panel.py [--minutes 60] [--tracks 100]`.

Opens a generated 48 kHz stereo WAV in a 1920 x 1000 view that is drawn off screen. Measures the time from showing the
scene to the first drawn waveform and to the whole overview; the time of one frame (scroll or zoom, then draw the whole
widget) in waveform and spectrogram; a session of many tracks and clips; memory. "own" is CPU time, of all threads for
opening and of the panel's thread for a frame: use it on a busy machine.
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
from flowsep_ui.timeline.painting.colours import colours_of
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
    """Return a scene of `tracks` times `clips` clips, all parts of the same file."""
    long = max(2, frames // clips)
    rows = []
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
        rows.append(SceneTrack(str(track), f"track {track}", row, height=60))
    return Scene("many", RATE, long * clips, tuple(rows))


class OffscreenView:
    """A view that is drawn into an image on request."""

    def __init__(self, cache: Path) -> None:
        self.app = QApplication.instance() or QApplication([])
        self.view = TimelineView(cache=PeakCache(cache))
        self.view.resize(*SIZE)
        self.view.show()
        self.image = QImage(*SIZE, QImage.Format.Format_RGB32)
        self.has_changed = True
        self.view.store.arrived.connect(self._note_change)
        self.draw()

    def draw(self) -> float:
        """Draw the whole widget; return the milliseconds it took."""
        start = time.perf_counter()
        self.view.render(self.image)
        return 1000 * (time.perf_counter() - start)

    def _note_change(self, path: Path) -> None:
        self.has_changed = True

    def settle(self, is_done) -> None:
        """Process events until `is_done()`."""
        while not is_done():
            self.app.processEvents()
            time.sleep(0.001)

    def wait_idle(self) -> None:
        """Wait until no file is being read, then draw."""
        self.draw()
        self.settle(lambda: not self.view.store.is_busy)
        self.draw()

    def close(self) -> None:
        self.view.shut_down()
        self.view.close()


def has_wave(stage: OffscreenView, row: int) -> bool:
    """Return whether a pixel of a row has a waveform's colour; False without looking where nothing has changed."""
    if not stage.has_changed:
        return False
    stage.has_changed = False
    colours = colours_of(stage.view.palette())
    hue = colours.clip(SceneClip("", "", None, Span(0, 1, 1), Span(0, 1, 1)))
    waveform = [red << 16 | green << 8 | blue for red, green, blue in (colours.wave(hue), colours.core(hue))]
    stage.draw()
    buffer = stage.image.constBits()
    buffer.setsize(stage.image.sizeInBytes())
    pixels = np.frombuffer(buffer, np.uint32).reshape(SIZE[1], SIZE[0])[row] & 0xFFFFFF
    return bool(np.isin(pixels, waveform).any())


def open_long(stage: OffscreenView, path: Path, frames: int) -> str:
    """Return in words the wall and CPU seconds to the first drawn waveform and to the whole overview."""
    start, spent = time.perf_counter(), time.process_time()
    stage.view.set_scene(one_clip(path, frames))
    stage.settle(lambda: has_wave(stage, 42 + 16 + 146))
    first, first_own = time.perf_counter() - start, time.process_time() - spent
    stage.settle(lambda: (peaks := stage.view.store.sound_state(path).peaks) is not None and peaks.is_whole)
    stage.draw()
    whole, whole_own = time.perf_counter() - start, time.process_time() - spent
    return f"first waveform {first:.2f} s ({first_own:.2f} own), whole overview {whole:.2f} s ({whole_own:.2f} own)"


def frames_of(stage: OffscreenView, count: int, move) -> list[tuple[float, float]]:
    """Return wall and CPU milliseconds of `count` frames, each drawn after `move(number)`."""
    times = []
    for number in range(count):
        start, spent = time.perf_counter(), time.thread_time()
        move(number)
        stage.draw()
        times.append((1000 * (time.perf_counter() - start), 1000 * (time.thread_time() - spent)))
        stage.app.processEvents()
    return times


def row(name: str, times: list[tuple[float, float]]) -> str:
    clock = sorted(wall for wall, _ in times)
    spent = sorted(own for _, own in times)
    percentile = int(0.95 * (len(times) - 1))
    cells = (statistics.median(clock), clock[percentile], clock[-1], statistics.median(spent), spent[-1])
    return f"| {name} | " + " | ".join(f"{value:.1f}" for value in cells) + " |"


def print_frames(stage: OffscreenView, title: str, count: int) -> None:
    model = stage.view.model
    model.set_view(model.view.fitted(0, model.scene.frames).zoomed(20, 900))
    stage.wait_idle()
    print(row(f"{title}, scroll 24 px", frames_of(stage, count, lambda n: model.set_view(model.view.scrolled(24)))))
    stage.wait_idle()
    print(row(f"{title}, scroll down 16 px", frames_of(stage, count, lambda n: model.set_top(model.top + 16))))
    half = count // 2 or 1
    zoom = lambda n: model.set_view(model.view.zoomed(1.15 if n < half else 1 / 1.15, 900))  # noqa: E731
    print(row(f"{title}, zoom 15 %", frames_of(stage, count, zoom)))


def megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << (20 if sys.platform == "darwin" else 10))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--frames", type=int, default=120)
    parser.add_argument("--tracks", type=int, default=100)
    parser.add_argument("--clips", type=int, default=50)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path, cache = Path(folder) / "long.wav", Path(folder) / "cache"
        make(path, arguments.minutes)
        frames = max(1, round(arguments.minutes * 60)) * RATE
        stage = OffscreenView(cache)
        before = megabytes()
        print(f"open {arguments.minutes:g} minutes, peaks computed: {open_long(stage, path, frames)}", flush=True)
        stage.wait_idle()  # until the peaks are on disk
        stage.view.set_scene(Scene("none", RATE, RATE))
        stage.wait_idle()
        print(f"open it again, peaks cached: {open_long(stage, path, frames)}", flush=True)
        print("\n| frame | median ms | 95 % ms | worst ms | own median ms | own worst ms |\n| --- |" + 5 * " ---: |")
        print_frames(stage, "waveform", arguments.frames)
        stage.view.set_spectrogram(True)
        print_frames(stage, "spectrogram", arguments.frames)
        stage.view.set_spectrogram(False)
        stage.view.set_scene(many_clips(path, frames, arguments.tracks, arguments.clips))
        print_frames(stage, f"{arguments.tracks} tracks of {arguments.clips} clips", arguments.frames)
        print(f"\nmemory: {megabytes():.0f} MB at most, {megabytes() - before:.0f} MB over the empty view")
        stage.close()


if __name__ == "__main__":
    main()
