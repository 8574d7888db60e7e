"""Five minutes with the Python API: `python five_minutes.py street.wav "footsteps" "a siren"`."""

import asyncio
import sys

import numpy as np

from flowsep_plugin import FlowsepError, Separator, read_clip, write_clip


def progress(state):
    print(f"\r{state.stage} {state.fraction:4.0%}", end="", flush=True)


async def both(separator, path, queries):
    """Separate twice without blocking the event loop; cancelling the task would stop the work at its next step."""
    soft, hard = await asyncio.gather(
        separator.separate_async(path, queries, strength=0.5), separator.separate_async(path, queries, strength=2.0)
    )
    return soft.residual, hard.residual


def main(path, queries, model):
    with Separator.open(model) as separator:
        print(separator)  # Separator(model='flowsep-base 1.0.0', provider='CPU (cuda: …)')

        # A file; the result is a mapping from query to stem, plus what remains.
        separation = separator.separate(path, queries, progress, negative=["wind"], seed=1)
        print(f"\n{separation}")
        for query, stem in separation.items():
            write_clip(f"{query}.wav", stem)
        write_clip("rest.wav", separation.residual)

        # An array: (channels, frames) floats with their sample rate. Stems are arrays to NumPy, too.
        clip = read_clip(path)
        quieter = separator.separate((0.5 * clip.samples, clip.rate), queries[0])
        print("peak of the first stem:", np.abs(quieter[queries[0]]).max())

        # Wrong input is a FlowsepError that says what to do, an unknown stem a KeyError.
        for attempt in (
            lambda: separator.separate(clip.samples, queries),
            lambda: separator.separate(path, queries, strenght=2),
            lambda: separation["a cat"],
        ):
            try:
                attempt()
            except (FlowsepError, KeyError) as error:
                print("refused:", error)

        print(asyncio.run(both(separator, path, queries)))


if __name__ == "__main__":
    path, *queries = sys.argv[1:]
    main(path, queries, queries.pop() if queries[-1] == "echo" else "default")
