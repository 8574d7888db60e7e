"""Extract a sound from a folder of clips and process the stems: `python batch_pedalboard.py CLIPS OUT "a dog" [MODEL]`.

Each stem goes through a Pedalboard chain while the worker separates the next clip.
"""

import sys
from pathlib import Path

from pedalboard import Compressor, HighpassFilter, Pedalboard
from pedalboard.io import AudioFile

from flowsep_plugin.engine.base import Request
from flowsep_plugin.files import FileRequest
from flowsep_plugin.jobs.batch import BatchProgress, WorkerRunner, folder_items, run_batch
from flowsep_plugin.jobs.spec import JobSpec

BOARD = Pedalboard([HighpassFilter(cutoff_frequency_hz=80), Compressor(threshold_db=-24, ratio=3)])


def process(progress: BatchProgress) -> None:
    if progress.last is None or progress.last.result is None:
        return
    for name in progress.last.result["stems"]:
        stem = Path(name)
        with AudioFile(str(stem)) as source:
            processed = BOARD(source.read(source.frames), source.samplerate)
            with AudioFile(
                str(stem.with_name(f"{stem.stem} treated.wav")), "w", source.samplerate, len(processed)
            ) as file:
                file.write(processed)


def main(clips: str, out: str, query: str, model: str = "default") -> None:
    folder = Path(out).absolute()
    template = JobSpec(Path(clips), Request([query]), FileRequest(folder), model, skip_absent=True)
    run_batch(folder_items(Path(clips), template), WorkerRunner(), process)


if __name__ == "__main__":
    main(*sys.argv[1:])
