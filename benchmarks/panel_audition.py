"""Latency from a control to the sound: `python benchmarks/panel_audition.py [--minutes 60] [--stems 2 8] [--tries 40]
[--tracks 100 --clips 50]`.

A substitute for a sound device pulls 256 frames (5.3 ms) at a time in real time. Measures the time from moving a
control to the first block that differs. The latency of a device (about 10 ms by PortAudio) comes on top. The session
has a file a track.
"""

import argparse
import os
import resource
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from flowsep_ui.audition import Player, TransportBar
from PyQt6.QtCore import QEventLoop, QTimer
from PyQt6.QtWidgets import QApplication

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.span import Span
from flowsep_plugin.audition import (
    LANES,
    ORIGINAL,
    LaneMix,
    PlacedPiece,
    PlaybackProgram,
    Transport,
    VoiceSpec,
    clip_choice,
    clip_program,
)
from flowsep_plugin.media import open_writer, write_clip

RATE, BLOCK = 48_000, 256


class RealTime:
    """Output device that pulls blocks in real time and records the time and level of each."""

    rate, name, silent_reason, latency_seconds = RATE, "real time", None, 0.0

    def __init__(self):
        self.blocks, self.thread, self.going = [], None, False

    def start(self, pull, lost):
        if self.thread is None:
            self.going, self.thread = True, threading.Thread(target=self.run, args=(pull,))
            self.thread.start()

    def stop(self):
        if self.thread is not None:
            self.going = False
            self.thread.join()
            self.thread = None

    def run(self, pull):
        due = time.perf_counter()
        while self.going:
            level = float(np.abs(pull(BLOCK)[0, -1]))
            self.blocks.append((time.perf_counter(), level))
            due += BLOCK / RATE
            time.sleep(max(0.0, due - time.perf_counter()))


def constant(path, level, seconds):
    """Write a file of one value, so that one sample shows any change."""
    block = np.full((2, RATE), level, np.float32)
    with open_writer(path, RATE, 2, round(seconds * RATE)) as out:
        remaining = round(seconds * RATE)
        while remaining > 0:
            out.write(block[:, : min(remaining, RATE)])
            remaining -= RATE


def wait(milliseconds):
    loop = QEventLoop()
    QTimer.singleShot(round(milliseconds), loop.quit)
    loop.exec()


def until(condition, what, seconds=60.0):
    end = time.perf_counter() + seconds
    while not condition() and time.perf_counter() < end:
        wait(5)
    if not condition():
        raise SystemExit(f"{what}: nothing happened within a minute")


def after(output, act, changed, what):
    """Return the milliseconds from `act()` to the first block for whose level `changed` is true."""
    count = len(output.blocks)
    start = time.perf_counter()
    act()
    until(lambda: any(changed(level) for _, level in output.blocks[count:]), what)
    return 1000 * (next(when for when, level in output.blocks[count:] if changed(level)) - start)


def latencies(folder, minutes, tries):
    """Return milliseconds by control, memory growth in MB and late blocks, of a transport bar that plays."""
    constant(folder / "clip.wav", 0.5, 60 * minutes)
    constant(folder / "stem.wav", 0.25, 60 * minutes)
    if hasattr(os, "sync"):
        os.sync()  # pending writes must not slow down reads
    output = RealTime()
    player = Player(open_device=lambda rate, device: output)
    bar = TransportBar(player)
    rows, stem = {}, clip_choice("stem:a")
    sources = {"clip": folder / "clip.wav", "stem:a": folder / "stem.wav"}
    before = memory()
    start = time.perf_counter()
    player.load(clip_program(sources))
    player.listen(ORIGINAL)
    player.play()
    until(lambda: any(level > 0.4 for _, level in output.blocks), "play")
    first = next(when for when, level in output.blocks if level > 0.4)
    rows["open, play: first sound"] = [1000 * (first - start)]
    rng = np.random.default_rng(0)

    def repeat(name, act, changed, back):
        times = []
        for _ in range(tries):
            wait(30 + 20 * rng.random())
            times.append(after(output, act, changed, name))
            back()
            wait(30)
        rows[name] = times

    repeat("volume slider", lambda: bar.volume.setValue(-20), lambda v: v < 0.45, lambda: bar.volume.setValue(0))
    repeat("A/B", lambda: player.listen(stem), lambda v: v < 0.45, lambda: player.listen(ORIGINAL))
    player.listen(LANES)
    wait(50)
    repeat(
        "lane mute",
        lambda: player.set_mixes({"stem:a": LaneMix(mute=True)}),
        lambda v: v < 0.45,
        lambda: player.set_mixes({}),
    )
    player.listen(stem)
    wait(50)

    def rewrite(level):
        constant(folder / "new.wav", level, 60 * min(minutes, 0.2))
        os.replace(folder / "new.wav", folder / "stem.wav")

    player.seek(0.0)
    player.set_loop(0.0, 60 * min(minutes, 0.2))
    times = []
    for number in range(max(2, tries // 4)):
        level = 0.1 if number % 2 == 0 else 0.25
        rewrite(level)
        wait(40)
        times.append(
            after(
                output,
                lambda: player.load(clip_program(sources)),
                lambda v, level=level: abs(v - level) < 0.05,
                "rewrite",
            )
        )
    rows["a stem rendered again"] = times
    growth = memory() - before
    starved = player._transport.starved
    player.close()
    return rows, growth, starved


def render_cost(folder, stems):
    """Return the milliseconds to mix one block of `stems` stems and the residual."""
    rng = np.random.default_rng(0)
    names = ["clip", *(f"stem:{number}" for number in range(stems)), "rest"]
    for name in names:
        samples = 0.05 * rng.standard_normal((2, 5 * RATE)).astype(np.float32)
        write_clip(folder / f"{name.replace(':', '-')}.wav", AudioClip(samples, RATE), "wav32f")
    output = RealTime()
    output.start = lambda pull, lost: None
    transport = Transport(lambda rate, device: output, threaded=False)
    transport.load(clip_program({name: folder / f"{name.replace(':', '-')}.wav" for name in names}))
    transport.play()
    while transport.work():
        pass
    blocks = 400
    start = time.perf_counter()
    for _ in range(blocks):
        transport._playback._pull(BLOCK)
    spent = time.perf_counter() - start
    transport.close()
    return 1000 * spent / blocks


def session_rows(folder, tracks, clips):
    """Return what a session of so many tracks and clips costs: (name, value with unit) pairs."""
    seconds, length = 2, 2 * RATE
    rng = np.random.default_rng(0)
    for track in range(tracks):
        samples = 0.005 * rng.standard_normal((2, 20 * RATE)).astype(np.float32)
        write_clip(folder / f"track {track}.wav", AudioClip(samples, RATE), "wav24")
    voices = tuple(
        VoiceSpec(
            name=f"{track}",
            kind="track",
            track=f"{track}",
            pieces=tuple(
                PlacedPiece(
                    path=folder / f"track {track}.wav",
                    place=Span(clip * length, length, RATE),
                    cut=Span(clip % 10 * length, length, RATE),
                    fade_in=480,
                    fade_out=480,
                )
                for clip in range(clips)
            ),
        )
        for track in range(tracks)
    )
    output = RealTime()
    transport = Transport(lambda rate, device: output)
    before, start = memory(), time.perf_counter()
    transport.load(PlaybackProgram(id="session", rate=RATE, frames=clips * length, voices=voices))
    transport.play()
    until_heard = 60 + start
    while not any(level > 0 for _, level in output.blocks) and time.perf_counter() < until_heard:
        time.sleep(0.001)
    first = next(when for when, level in output.blocks if level > 0) - start
    used = time.process_time()
    time.sleep(5)
    used = (time.process_time() - used) / 5
    late = transport.starved
    transport.stop()
    spent = []
    for _ in range(200):
        began = time.perf_counter()
        transport._playback.mixer.start()
        transport._playback.mixer.render(BLOCK)
        spent.append(time.perf_counter() - began)
    growth = memory() - before
    transport.close()
    return [
        ("load, play: first sound", f"{1000 * first:.0f} ms"),
        ("one core, while it plays", f"{100 * used:.0f} %"),
        ("mix a block", f"{1000 * statistics.median(spent):.2f} ms"),
        ("late blocks in 5 s", f"{late}"),
        ("memory", f"{growth:.0f} MB"),
        ("length", f"{clips * seconds} s"),
    ]


def memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << (20 if sys.platform == "darwin" else 10))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--stems", type=int, nargs="+", default=[2, 8])
    parser.add_argument("--tries", type=int, default=40)
    parser.add_argument("--tracks", type=int, default=100)
    parser.add_argument("--clips", type=int, default=50)
    arguments = parser.parse_args()
    app = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        rows, growth, starved = latencies(Path(folder), arguments.minutes, arguments.tries)
        print(f"| {arguments.minutes:g} min, to the first block that differs | median ms | worst ms |")
        print("| --- | ---: | ---: |")
        for name, times in rows.items():
            print(f"| {name} | {statistics.median(times):.1f} | {max(times):.1f} |")
        print(f"\nmemory over an idle panel {growth:.0f} MB; blocks the disk was late for: {starved}\n")
        print(f"| stems | ms to mix a block of {1000 * BLOCK / RATE:.1f} ms | share of one core |")
        print("| ---: | ---: | ---: |")
        for stems in arguments.stems:
            spent = render_cost(Path(folder), stems)
            print(f"| {stems} | {spent:.3f} | {100 * spent / (1000 * BLOCK / RATE):.1f} % |")
        print(f"\n| {arguments.tracks} tracks of {arguments.clips} clips | |")
        print("| --- | ---: |")
        for name, value in session_rows(Path(folder), arguments.tracks, arguments.clips):
            print(f"| {name} | {value} |")
    app.quit()


if __name__ == "__main__":
    main()
