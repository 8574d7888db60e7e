"""How well stems say where their sound is: `python benchmarks/presence.py FOLDER [--count 40] [--model NAME]`.

FOLDER holds `metadata.csv` with the columns path, label, caption and duration: recordings of one sound each. Every
mixture is a recording, repeated at random where it is short, over another of a different label, -3 to 10 dB below it.
The truth is the recording's own level: within 45 dB of its peak, and at most 10 dB under the rest. Printed for the
estimate alone ("possible") and for the stem ("present"): F1, precision and recall of frames, and the mean error of the
number of events.
"""

import argparse
import csv
import random
from pathlib import Path

import numpy as np
from scipy.ndimage import uniform_filter1d

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.resample import resample
from flowsep_plugin.engine.base import Request
from flowsep_plugin.media import read_clip
from flowsep_plugin.presence import regions
from flowsep_plugin.separate import Separator

RATE, STEP = 44_100, 441
DECIBELS = (-3, 0, 3, 6, 10)
BELOW_PEAK_DB, BELOW_REST_DB = 45, 10


def recording(folder, row):
    clip = read_clip(str(folder / row["path"]))
    return resample(clip.samples.mean(axis=0)[None], clip.rate, RATE)[0]


def spread(sound, frames, rng):
    """Return `frames` of a long sound from a random place, or of a short one with random pauses."""
    out, at = np.zeros(frames, np.float32), rng.randrange(RATE // 3, RATE)
    while at < frames:
        part = sound[: frames - at]
        out[at : at + len(part)] += part
        at += len(part) + rng.randrange(RATE // 3, 2 * RATE)
    return out


def level(samples, frames):
    """Return the power in every 10 ms, over 30 ms."""
    power = np.square(samples[: frames * STEP].astype(np.float64)).reshape(-1, STEP).mean(axis=1)
    return 10 * np.log10(np.maximum(uniform_filter1d(power, 3), 1e-14))


def active(spans, frames):
    result = np.zeros(frames, bool)
    for span in spans:
        result[span.start : span.stop] = True
    return result


def scores(spans, truth):
    frames = len(truth)
    answer, expected = active(spans, frames), active(regions(truth), frames)
    both = (answer & expected).sum()
    precision = both / answer.sum() if answer.any() else np.nan
    f1 = 2 * both / max(1, answer.sum() + expected.sum())
    return f1, precision, both / max(1, expected.sum()), abs(len(spans) - len(regions(truth)))


def trial(separator, folder, rows, rng):
    row = rng.choice(rows)
    other = rng.choice([candidate for candidate in rows if candidate["label"] != row["label"]])
    seconds = rng.randrange(7, 12)
    sound, rest = (spread(recording(folder, one), seconds * RATE, rng) for one in (row, other))
    sound, rest = (part * (0.1 / (np.sqrt(np.mean(np.square(part[part != 0]))) + 1e-9)) for part in (sound, rest))
    rest *= 10 ** (-rng.choice(DECIBELS) / 20)
    clip = AudioClip((sound + rest).astype(np.float32), RATE)
    request = Request(row["caption"] or row["label"])
    with separator.estimate(clip, 0, clip.span, request) as estimate:
        stem = separator.render(clip, estimate, request)
        possible = estimate.presence()[0, estimate.frames_of(clip.span)]
    frames = seconds * RATE // STEP
    target, around = level(sound, frames), uniform_filter1d(level(rest, frames), 31)
    truth = ((target > target.max() - BELOW_PEAK_DB) & (target > around - BELOW_REST_DB)).astype(np.float32)
    return {name: scores(regions(row), truth) for name, row in (("possible", possible), ("present", stem.presence[0]))}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--model", default="default")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with (options.folder / "metadata.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if 0.2 < float(row["duration"]) < 12]
    rng = random.Random(options.seed)
    with Separator.open(options.model, "cpu") as separator:
        trials = [trial(separator, options.folder, rows, rng) for _ in range(options.count)]
    print(f"{'':<10} {'F1':>6} {'prec.':>6} {'recall':>6} {'events':>6}")
    for name in ("possible", "present"):
        f1, precision, recall, events = np.nanmean([one[name] for one in trials], axis=0)
        print(f"{name:<10} {f1:6.3f} {precision:6.3f} {recall:6.3f} {events:6.2f}")


if __name__ == "__main__":
    main()
