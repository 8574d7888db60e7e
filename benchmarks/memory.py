"""Peak memory of a long file against a short one: `python benchmarks/memory.py [--model NAME] [--minutes 2 60]`.

Each length runs in its own process on a generated 48 kHz stereo WAV (noise with a tone), streamed from file to files.
Prints a table and the ratio of the last peak to the first; the promise is 1.5.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

RATE = 48_000


def make(path: Path, minutes: float) -> None:
    import soundfile as sf

    rng = np.random.default_rng(0)
    with sf.SoundFile(path, "w", RATE, 2, "PCM_24", format="RF64") as file:
        for second in range(round(minutes * 60)):
            clock = (np.arange(RATE) + second * RATE) / RATE
            tone = 0.1 * np.sin(2 * np.pi * 440 * clock) * (second % 7 < 3)
            file.write(np.stack([tone, tone], axis=1) + 0.03 * rng.standard_normal((RATE, 2)))


def run(path: Path, out: Path, model: str) -> None:
    from flowsep_plugin.engine.base import Request
    from flowsep_plugin.files import FileRequest, separate_file
    from flowsep_plugin.separate import Separator

    start = time.monotonic()
    separation = separate_file(Separator.open(model, "cpu"), path, Request(["a dog barking"]), FileRequest(out))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << (20 if sys.platform == "darwin" else 10))
    print(f"{time.monotonic() - start:.1f} {peak:.1f} {separation.null_db}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="default")
    parser.add_argument("--minutes", nargs="+", type=float, default=[2, 60])
    parser.add_argument("--child", nargs=2, type=Path)
    arguments = parser.parse_args()
    if arguments.child:
        run(*arguments.child, arguments.model)
        return
    print("| minutes | seconds | x real time | peak MB | null dB |\n| ---: | ---: | ---: | ---: | ---: |")
    peaks = []
    for minutes in arguments.minutes:
        with tempfile.TemporaryDirectory() as folder:
            clip = Path(folder) / "clip.wav"
            make(clip, minutes)
            command = [
                sys.executable,
                __file__,
                "--model",
                arguments.model,
                "--child",
                str(clip),
                str(Path(folder) / "out"),
            ]
            seconds, peak, null = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        peaks.append(float(peak))
        print(f"| {minutes:g} | {seconds} | {minutes * 60 / float(seconds):.1f} | {peak} | {null} |", flush=True)
    print(f"\npeak memory, longest over shortest: {peaks[-1] / peaks[0]:.2f} (promise: 1.5)")


if __name__ == "__main__":
    main()
