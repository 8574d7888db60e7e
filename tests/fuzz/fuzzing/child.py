"""The process that runs the cases of one reader: numbers of cases on standard input, outcomes as lines of JSON out.

python -m fuzzing.child MODULE:NAME SEED FOLDER
"""

import faulthandler
import gc
import hashlib
import json
import os
import resource
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .case import Surroundings, empty, run_case
from .guards import Guard
from .harness import Harness, Seed, case_files, load
from .steady import steady

_MOST_FILE_BYTES = 256 << 20
STACK = "stack.txt"


def main(arguments: list[str]) -> None:
    """Run cases until standard input ends."""
    where, seed, folder = arguments[0], int(arguments[1]), Path(arguments[2])
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # what a library prints is not an answer
    stack = (folder / STACK).open("w", encoding="utf-8")
    faulthandler.enable(stack)
    faulthandler.register(signal.SIGUSR1, stack)
    harness = load(where)
    with steady():
        seeds = made_seeds(harness, folder)
    around = Surroundings(folder / "case", folder / "tmp")
    guard = Guard((around.case, around.temporary))
    guard.install()
    for whole in seeds:  # what is loaded on first use is loaded before limits hold
        run_case(harness, dict(whole.files), -1, around, guard)
    outcomes = {whole.name: run_case(harness, dict(whole.files), -1, around, guard) for whole in seeds}
    trouble = "; ".join(f"{name}: {one.kind} {one.detail}" for name, one in outcomes.items() if one.kind != "read")
    _limit(harness.megabytes)
    gc.collect()
    gc.freeze()
    _send(answers, {"ready": not trouble, "trouble": trouble, "seeds": digest(seeds)})
    for line in sys.stdin:
        number = int(line)
        files = case_files(harness, seeds, seed, number)
        _send(answers, run_case(harness, files, number, around, guard).as_json())


def made_seeds(harness: Harness, folder: Path) -> tuple[Seed, ...]:
    """Return the seeds, made in the folder of the cases: sessions name their audio by whole paths."""
    empty(folder / "case")
    return tuple(harness.seeds(folder / "case"))


def digest(seeds: Sequence[Seed]) -> str:
    """Return a digest of the files of all seeds."""
    whole = hashlib.sha256()
    for seed in seeds:
        for name, content in sorted(seed.files.items()):
            whole.update(f"{seed.name} {name} {len(content)} ".encode() + content)
    return whole.hexdigest()


def _limit(megabytes: int) -> None:
    """Limit memory to what is used now and so many MB more, and the length of files; child processes have limits too.

    Readers that run in a process of their own set that one's limit themselves.
    """
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + (megabytes << 20)
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_MOST_FILE_BYTES, _MOST_FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _send(answers: Any, record: dict[str, Any]) -> None:
    answers.write(json.dumps(record) + "\n")
    answers.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
