"""Latency from a control to the sound: `python benchmarks/panel_audition.py [--minutes 60] [--stems 2 8] [--tries 40]`.

A substitute for a sound device pulls 256 frames (5.3 ms) at a time in real time. Measures the time from moving a
control to the first block that differs. The latency of a device (about 10 ms by PortAudio) comes on top.
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
from flowsep_plugin.audition import Transport
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
    rows = {}
    sources = {"clip": folder / "clip.wav", "stem:a": folder / "stem.wav"}
    before = memory()
    start = time.perf_counter()
    player.load(sources)
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
    repeat("A/B", lambda: player.listen("stem:a"), lambda v: v < 0.45, lambda: player.listen("clip"))
    player.listen("sum")
    wait(50)
    repeat(
        "lane mute",
        lambda: player.set_lane("stem:a", mute=True),
        lambda v: v < 0.45,
        lambda: player.set_lane("stem:a"),
    )
    player.listen("stem:a")
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
            after(output, lambda: player.load(sources), lambda v, level=level: abs(v - level) < 0.05, "rewrite")
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
    transport.load({name: folder / f"{name.replace(':', '-')}.wav" for name in names})
    transport.listen("sum")
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


def memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << (20 if sys.platform == "darwin" else 10))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--stems", type=int, nargs="+", default=[2, 8])
    parser.add_argument("--tries", type=int, default=40)
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
    app.quit()


if __name__ == "__main__":
    main()
