"""Time of rendering with edits by hand: `python benchmarks/mask_edits.py [--seconds 10 60] [--queries 1 2 3]`.

Seconds of one core, least of four runs, for stereo at 48 kHz: the clip without edits; with 20 boxes, lassos and
strokes; the blocks that one of them touches; and no more than the span that it touches. Ratio: with edits to without.
"""

import argparse
import time
from dataclasses import replace

import numpy as np

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.edits import Box, Brush, Lasso, MaskEdit, affected_span
from flowsep_plugin.engine.base import Request
from flowsep_plugin.separate import Separator

RATE = 48_000
EDITS = 20


def drawn(rng, number):
    start, hertz = rng.uniform(0, 9), np.exp(rng.uniform(np.log(80), np.log(4000)))
    shapes = (
        lambda: Box(start_seconds=start, stop_seconds=start + rng.uniform(0.1, 2), low_hz=hertz, high_hz=hertz * 4),
        lambda: Lasso(
            tuple((start + 0.5 * np.cos(turn), hertz * 2 ** np.sin(turn)) for turn in np.linspace(0, 6.2, 200).tolist())
        ),
        lambda: Brush(
            tuple((start + 0.003 * step, hertz * 2 ** (0.5 * np.sin(0.03 * step))) for step in range(300)), 0.05, 0.2
        ),
    )
    return MaskEdit(shapes[number % 3](), "add" if number % 2 else "take", number)


def cpu_seconds(work):
    times = []
    for _ in range(4):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def measure(separator, clip, count, rng):
    """Return the times without edits, with them, of the blocks of one edit, and of its span."""
    request = Request([f"sound {number}" for number in range(count)])
    edits = [[drawn(rng, number) for number in range(own, EDITS, count)] for own in range(count)]
    touched = affected_span(edits[0][:1], RATE).intersect(clip.span)
    with separator.estimate(clip, 0, clip.span, request) as estimate:

        def blocks(span, only=None):
            return list(separator.blocks(clip, 0, span, estimate, replace(request, edits=edits), only=only))

        return [
            cpu_seconds(lambda: separator.render(clip, estimate, request)),
            cpu_seconds(lambda: separator.render(clip, estimate, replace(request, edits=edits))),
            cpu_seconds(lambda: blocks(clip.span, touched)),
            cpu_seconds(lambda: blocks(touched)),
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", nargs="+", type=float, default=[10, 60])
    parser.add_argument("--queries", nargs="+", type=int, default=[1, 2, 3])
    arguments = parser.parse_args()
    rng = np.random.default_rng(0)
    print("| clip s | queries | without | 20 edits | ratio | blocks of one | span of one |")
    print("| ---: |" + " ---: |" * 6)
    with Separator.open("echo", "cpu", threads=1) as separator:
        for seconds in arguments.seconds:
            clip = AudioClip((0.1 * rng.standard_normal((2, round(RATE * seconds)))).astype(np.float32), RATE)
            for count in arguments.queries:
                without, edited, blocks, span = measure(separator, clip, count, rng)
                times = f"{without:.3f} | {edited:.3f} | {edited / without:.2f} | {blocks:.3f} | {span:.3f}"
                print(f"| {seconds:g} | {count} | {times} |", flush=True)


if __name__ == "__main__":
    main()
