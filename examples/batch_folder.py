"""Extract one sound from every clip of a folder: `python batch_folder.py CLIPS OUT "a dog barking" [MODEL]`.

After an interruption, run it again: it continues where it stopped. The background worker does the work and stays for
half an hour with its model loaded.
"""

import sys
from pathlib import Path

from flowsep_plugin.engine.base import Request
from flowsep_plugin.files import FileRequest
from flowsep_plugin.jobs.batch import BatchProgress, WorkerRunner, folder_items, run_batch, write_report
from flowsep_plugin.jobs.spec import JobSpec


def show(progress: BatchProgress) -> None:
    if progress.last is not None:
        print(f"{progress.done}/{progress.total}  {progress.last.item.name}")


def main(clips: str, out: str, query: str, model: str = "default") -> int:
    folder = Path(out).absolute()
    template = JobSpec(Path(clips), Request([query]), FileRequest(folder), model, skip_absent=True, loudness=True)
    outcomes = run_batch(folder_items(Path(clips), template), WorkerRunner(), show)
    write_report(folder / "report.csv", outcomes)
    return sum(outcome.error is not None for outcome in outcomes)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
