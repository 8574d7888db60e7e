"""Time and memory of every stage: `python benchmarks/stages.py [--model NAME] [--seconds 10.24 60] [--threads 1 2]`.

Stages: prepare (read, resample, level), mel, encode, components and listen (where the model has them), velocity (all
steps), decode, render (masks, Wiener, STFT). Median of three runs after a warm-up; `next query` is the total for
another query on the same clip; memory is the growth of the process's peak over its size with the model loaded.
"""

import argparse
import os
import resource
import sys
import time
from collections import defaultdict

import numpy as np

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.engine.base import Request
from flowsep_plugin.engine.flowsep import engine as engine_module
from flowsep_plugin.separate import Separator
from flowsep_plugin.separate import separator as separate_module

STAGES = (
    "prepare", "mel", "encode", "components", "listen", "velocity", "decode", "render", "other", "total", "next query",
)  # fmt: skip


def timed(spent, name, function):
    def call(*args, **kwargs):
        start = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            spent[name] += time.perf_counter() - start

    return call


def measure(separator, clip, request):
    spent = defaultdict(float)
    engine = separator.engine
    originals = (separate_module.prepare, engine_module.log_mel_of_channels, engine.graphs.run, separator.render)
    separate_module.prepare = timed(spent, "prepare", originals[0])
    engine_module.log_mel_of_channels = timed(spent, "mel", originals[1])
    engine.graphs.run = lambda graph, inputs: timed(spent, graph, originals[2])(graph, inputs)
    separator.render = timed(spent, "render", originals[3])
    start = time.perf_counter()
    try:
        separator.separate(clip, request)
    finally:
        separate_module.prepare, engine_module.log_mel_of_channels = originals[:2]
        del engine.graphs.run, separator.render
    spent["total"] = time.perf_counter() - start
    spent["other"] = spent["total"] - sum(value for name, value in spent.items() if name != "total")
    return spent


def first_and_next(separator, clip, first, another):
    spent = measure(separator, clip, first)
    return spent | {"next query": measure(separator, clip, another)["total"]}


def noise(rng, seconds):
    """Return a new clip of noise: the engine caches encodings of clips it has had before."""
    return AudioClip((0.1 * rng.standard_normal((2, round(48_000 * seconds)))).astype(np.float32), 48_000)


def megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << (20 if sys.platform == "darwin" else 10))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="default")
    parser.add_argument("--seconds", nargs="+", type=float, default=[10.24, 60])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, os.cpu_count() or 1])
    parser.add_argument("--draft", action="store_true")
    arguments = parser.parse_args()
    rng = np.random.default_rng(0)
    print("| clip s | threads | " + " | ".join(STAGES) + " | x real time | peak MB over model |")
    print("| ---: | ---: |" + " ---: |" * (len(STAGES) + 2))
    for threads in dict.fromkeys(arguments.threads):
        separator = Separator.open(arguments.model, "cpu", threads=threads)
        for seconds in arguments.seconds:
            requests = [Request([text], draft=arguments.draft) for text in ("a dog barking", "rain")]
            before = megabytes()
            runs = [first_and_next(separator, noise(rng, seconds), *requests) for _ in range(4)][1:]
            median = {name: float(np.median([run.get(name, 0.0) for run in runs])) for name in STAGES}
            cells = " | ".join(f"{median[name]:.3f}" for name in STAGES)
            speed, growth = seconds / median["total"], megabytes() - before
            print(f"| {seconds:g} | {threads} | {cells} | {speed:.1f} | {growth:.0f} |", flush=True)


if __name__ == "__main__":
    main()
