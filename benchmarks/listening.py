"""Speed and memory of the listener: `python benchmarks/listening.py [--minutes 1 10] [--threads 2] [--model NAME]`.

Noise at 48 kHz in stereo, repeated after ten seconds; prints how many times faster than real time it is, by the clock
and by the time of the CPU on so many threads, the largest resident memory of the process, and the ratio of the times of
a minute in the longest and in the shortest clip.
"""

import argparse
import resource
import time
from dataclasses import dataclass, field

import numpy as np

from flowsep_plugin.listening import Listener

RATE, PERIOD = 48_000, 480_000


@dataclass
class Repeated:
    frames: int
    rate: int = RATE
    channels: int = 2
    period: np.ndarray = field(
        default_factory=lambda: 0.1 * np.random.default_rng(0).standard_normal((2, PERIOD), np.float32)
    )

    def read(self, start, stop):
        return np.take(self.period, np.arange(start, stop), axis=1, mode="wrap")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, nargs="+", default=[1.0, 10.0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--model", default="default")
    options = parser.parse_args()
    paces = []
    print("| minutes | seconds | x real time | by CPU time | memory, MB |\n|---:|---:|---:|---:|---:|")
    with Listener.open(options.model, "cpu", threads=options.threads) as listener:
        for minutes in options.minutes:
            start_s, cpu_s = time.perf_counter(), time.process_time()
            listener.listen(Repeated(int(minutes * 60 * RATE)))
            seconds, worked = time.perf_counter() - start_s, (time.process_time() - cpu_s) / options.threads
            paces.append(worked / minutes)
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            pace = f"{60 * minutes / seconds:.0f} | {60 / paces[-1]:.0f}"
            print(f"| {minutes:g} | {seconds:.2f} | {pace} | {memory:.0f} |", flush=True)
    print(f"a minute of the longest over one of the shortest: {paces[-1] / paces[0]:.2f}")


if __name__ == "__main__":
    main()
