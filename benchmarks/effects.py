"""Speed of effects in their process: `python benchmarks/effects.py [--seconds 60] [--plugin FILE.vst3]`.

Prints, for stereo at 48 kHz, how many times faster than real time each effect runs in the process of effects, in this
process in the same blocks, and in this process at once; the time to open it; then memory of the process, and the time
that the first and the next reads of a player take.
"""

import argparse
import statistics
import time
from pathlib import Path

import numpy as np
import psutil

from flowsep_plugin.effects import EffectChain, EffectHost, EffectReader, EffectSlot, builtin_effects, plugin_info
from flowsep_plugin.effects.loading import factory_of, stage_of

RATE = 48_000
BLOCK = 32_768


def seconds_of(work, *arguments):
    start = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - start


def through(stream, audio):
    for start in range(0, audio.shape[1], BLOCK):
        stream.process(audio[:, start : start + BLOCK], reset=start == 0)
    stream.finish()


def in_stages(slot, audio):
    stage = stage_of(slot, 2, RATE)
    for start in range(0, audio.shape[1], BLOCK):
        stage.push(audio[:, start : start + BLOCK])
    stage.finish()


def print_speeds(host, slots, audio):
    duration = audio.shape[1] / RATE
    print("| effect | open, ms | hosted, x real time | here, same blocks | here, at once | hosted / same blocks |")
    print("|---|---:|---:|---:|---:|---:|")
    for slot in slots:
        begin = time.perf_counter()
        with host.open(EffectChain((slot,)), RATE, 2) as stream:
            open_ms = (time.perf_counter() - begin) * 1000
            hosted = min(seconds_of(through, stream, audio) for _ in range(3))
        here = min(seconds_of(in_stages, slot, audio) for _ in range(3))
        effect = factory_of(slot)()
        at_once = min(seconds_of(effect.process, audio, float(RATE)) for _ in range(3))
        print(
            f"| {slot.effect} | {open_ms:.0f} | {duration / hosted:.0f} | {duration / here:.0f} | "
            f"{duration / at_once:.0f} | {hosted / here:.2f} |"
        )


def print_reads(host, slots, audio):
    chain = EffectChain(tuple(slots))

    def read(first, stop):
        indices = np.clip(np.arange(first, stop), 0, audio.shape[1] - 1)
        return audio[:, indices]

    reader = EffectReader(read, chain, host, rate=RATE, channels=2)
    first = seconds_of(reader.read, 0, 480) * 1000
    nexts = [seconds_of(reader.read, at, at + 480) * 1000 for at in range(480, 480 * 400, 480)]
    jumps = [seconds_of(reader.read, at, at + 480) * 1000 for at in range(500_000, 500_000 + 10_000, 1000)]
    names = ", ".join(slot.effect for slot in slots)
    print(f"\n{names}: first read {first:.0f} ms; next reads of 10 ms: median {statistics.median(nexts):.2f} ms, "
          f"worst {max(nexts):.1f} ms; after a jump {statistics.median(jumps):.0f} ms")  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--plugin", type=Path)
    arguments = parser.parse_args()
    audio = (np.random.default_rng(0).standard_normal((2, round(arguments.seconds * RATE))) * 0.1).astype(np.float32)
    slots = [EffectSlot(effect=info.name) for info in builtin_effects() if info.name != "Convolution"]
    if arguments.plugin:
        slots += [EffectSlot(effect=info.name, path=info.path) for info in plugin_info(arguments.plugin)]
    start = time.perf_counter()
    with EffectHost() as host:
        host.open(EffectChain((EffectSlot(effect="Gain"),)), RATE, 2).close()
        started = time.perf_counter() - start
        empty = psutil.Process(host.pid).memory_info().rss / 2**20
        print_speeds(host, slots, audio)
        print(f"\nprocess: started in {started * 1000:.0f} ms, {empty:.0f} MB with one effect, "
              f"{psutil.Process(host.pid).memory_info().rss / 2**20:.0f} MB at the end")  # fmt: skip
        print_reads(
            host, [EffectSlot(effect="PeakFilter"), EffectSlot(effect="Compressor"), EffectSlot(effect="Reverb")], audio
        )
        if arguments.plugin:
            print_reads(host, slots[-1:], audio)


if __name__ == "__main__":
    main()
