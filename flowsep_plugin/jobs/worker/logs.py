"""The worker's rotating log, and its lines about one job."""

import logging
import logging.handlers
from collections.abc import Iterator
from pathlib import Path

from flowsep_plugin.jobs.directory import WorkerDirectory
from flowsep_plugin.jobs.log_privacy import PrivacyFormatter, unmark

_BYTES, _OLD_FILES = 1 << 20, 5
_NAME = "worker.log"


def start_logging(directory: WorkerDirectory) -> None:
    """Start to log to rotating files in the worker's directory, 6 MiB at most. Raises OSError."""
    handler = logging.handlers.RotatingFileHandler(
        directory.logs / _NAME, maxBytes=_BYTES, backupCount=_OLD_FILES, encoding="utf-8", errors="backslashreplace"
    )
    handler.setFormatter(PrivacyFormatter())
    logger = logging.getLogger("flowsep_plugin")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)


def log_files(directory: WorkerDirectory) -> list[Path]:
    """Return the existing log files, oldest first."""
    rotated = [directory.logs / f"{_NAME}.{number}" for number in range(_OLD_FILES, 0, -1)]
    return [path for path in (*rotated, directory.logs / _NAME) if path.is_file()]


def lines_of(directory: WorkerDirectory, name: str) -> Iterator[str]:
    """Yield the log lines that name the job, and those of the engine process while it ran."""
    inside = False
    for path in log_files(directory):
        with path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if "job " in line:
                    inside = f"job {name}" in line
                if inside:
                    yield unmark(line.rstrip("\n"))
