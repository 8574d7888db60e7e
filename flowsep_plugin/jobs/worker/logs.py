"""The worker's rotating log, and the lines of it that belong to one job."""

import logging
import logging.handlers
from collections.abc import Iterator
from pathlib import Path

from flowsep_plugin.jobs.directory import WorkerDirectory
from flowsep_plugin.jobs.log_privacy import PrivacyFormatter, unmark

_BYTES, _KEPT = 1 << 20, 5
_NAME = "worker.log"


def start_logging(directory: WorkerDirectory) -> None:
    """Log to the worker's folder, at most 6 MB of it."""
    handler = logging.handlers.RotatingFileHandler(
        directory.logs / _NAME, maxBytes=_BYTES, backupCount=_KEPT, encoding="utf-8", errors="backslashreplace"
    )
    handler.setFormatter(PrivacyFormatter())
    logger = logging.getLogger("flowsep_plugin")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)


def log_files(directory: WorkerDirectory) -> list[Path]:
    """Oldest first."""
    rotated = [directory.logs / f"{_NAME}.{number}" for number in range(_KEPT, 0, -1)]
    return [path for path in (*rotated, directory.logs / _NAME) if path.is_file()]


def lines_of(directory: WorkerDirectory, name: str) -> Iterator[str]:
    """Lines that name the job, and what the engine said while it ran."""
    inside = False
    for path in log_files(directory):
        with path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if "job " in line:
                    inside = f"job {name}" in line
                if inside:
                    yield unmark(line.rstrip("\n"))
