"""The support archive: what a maintainer needs to find a fault, without audio and without secrets.

It holds versions, the worker's state, the settings, the list of jobs and the logs. Names of clips, queries and error
messages are omitted unless the user includes them. The user's folder is shortened to "~", tokens are removed.
"""

import io
import json
import os
import platform
import re
import sqlite3
import sys
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path

from flowsep_plugin.errors import UsageError
from flowsep_plugin.file_lock import is_locked
from flowsep_plugin.jobs.directory import WorkerDirectory
from flowsep_plugin.jobs.job import Job
from flowsep_plugin.jobs.log_privacy import strike, unmark
from flowsep_plugin.jobs.store.rows import Stored, UnreadableRowError, checked_row, job_from_row
from flowsep_plugin.jobs.store.tables import COLUMNS
from flowsep_plugin.media.atomic import write_atomic
from flowsep_plugin.settings import settings_file
from flowsep_plugin.untrusted.printable import printable
from flowsep_plugin.untrusted.regular_file import open_regular, read_regular
from flowsep_plugin.version import DISTRIBUTIONS, __version__, installed

from .logs import log_files

_PACKAGES = (*DISTRIBUTIONS, "numpy", "scipy", "onnxruntime", "onnxruntime-gpu", "onnxruntime-directml",
             "onnxruntime-windowsml", "soundfile",
             "soxr", "starlette", "uvicorn", "watchfiles", "pedalboard", "PyQt6", "ray")  # fmt: skip
_SECRET = re.compile(r"(?i)(bearer\s+|token\W{1,4})[\w\-.~+/=]{8,}")
_MOST_BYTES = 8 << 20
_OWN_FILES = {"system.json", "jobs.json"}
"""Files that every support archive has."""


def write_support_archive(
    path: Path,
    extra: dict[str, object] | None = None,
    directory: WorkerDirectory | None = None,
    *,
    with_names: bool = False,
) -> list[str]:
    """Write the archive to `path`, a .zip; returns the names of its files.

    extra : more values for system.json, such as the findings of `flowsep doctor`.
    with_names : include names of clips, queries and error messages; the reader then sees what the user works on.

    Raises UsageError where another file has this name, MediaError where the archive cannot be written.
    """
    check_archive_path(path)
    directory, content = directory or WorkerDirectory.default(), io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _parts(directory, extra or {}, with_names=with_names):
            archive.writestr(name, redacted(text, directory))
        names = archive.namelist()
    write_atomic(path, content.getvalue(), setting="bundle")
    return names


def check_archive_path(path: Path) -> None:
    """Raise UsageError where something other than an archive of `write_support_archive` has this name."""
    try:
        with open_regular(path) as file, zipfile.ZipFile(file) as archive:
            if _OWN_FILES <= set(archive.namelist()):
                return
        reason = "it is another file"
    except FileNotFoundError:
        return
    except OSError as error:
        reason = error.strerror or str(error)
    except (ValueError, NotImplementedError, zipfile.BadZipFile):
        reason = "it is another file"
    raise UsageError(
        f"{printable(path)} is not overwritten with a support archive: {reason}; name a new file", setting="bundle"
    )


def redacted(text: str, directory: WorkerDirectory) -> str:
    """Return `text` without tokens, and with the user's folder as "~"."""
    address = directory.read_address()
    if address is not None:
        text = text.replace(address.token, "[token]")
    text = _SECRET.sub(r"\1[struck out]", text)
    user = os.path.expanduser("~")
    return text.replace(user, "~") if len(user) > 1 else text


def _parts(directory: WorkerDirectory, extra: dict[str, object], *, with_names: bool) -> Iterator[tuple[str, str]]:
    yield "system.json", json.dumps(_system(directory) | extra, indent=1, default=str)
    yield "jobs.json", json.dumps(list(_jobs(directory, with_names=with_names)), indent=1)
    with suppress(OSError):
        yield "settings.toml", read_regular(settings_file()).decode("utf-8", "replace")
    for log in log_files(directory):
        with suppress(OSError):
            text = log.read_text(encoding="utf-8", errors="replace")
            yield f"logs/{log.name}", (unmark(text) if with_names else strike(text))[-_MOST_BYTES:]


def _system(directory: WorkerDirectory) -> dict[str, object]:
    estimates = [path for path in directory.cache.glob("*.estimate")] if directory.cache.is_dir() else []
    return {
        "made": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "flowsep": __version__,
        "python": sys.version,
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "packages": installed(*_PACKAGES),
        "worker": {
            "runs": is_locked(directory.worker_lock),
            "engine runs": is_locked(directory.engine_lock),
            "cache": {"files": len(estimates), "bytes": sum(path.stat().st_size for path in estimates)},
            "damaged queues": [path.name for path in directory.folder.glob("queue.damaged-*.db")],
        },
    }


def _jobs(directory: WorkerDirectory, *, with_names: bool) -> Iterator[dict[str, object]]:
    """Yield the newest 1000 jobs of the queue, read while the worker may be running."""
    if not directory.database.is_file():
        return
    with (
        suppress(sqlite3.Error, UnicodeDecodeError),  # the second: an error of SQLite whose text is damaged, too
        closing(sqlite3.connect(f"{directory.database.as_uri()}?mode=ro", uri=True)) as database,
    ):
        database.text_factory = bytes
        columns = ", ".join(COLUMNS)
        for values in database.execute(f"SELECT {columns} FROM jobs ORDER BY position DESC LIMIT 1000"):  # nosec B608 # constants
            yield _job(values, with_names=with_names)


def _job(values: Sequence[Stored], *, with_names: bool) -> dict[str, object]:
    """Return the values of a job, or why its row cannot be read."""
    try:
        job = job_from_row(checked_row(values))
    except UnreadableRowError as error:
        return {"unreadable": str(error)} if with_names else {"unreadable": True}
    spec, request = job.spec, job.spec.request
    return {
        "id": job.id, "state": job.state, "crashes": job.crashes, "interruptions": job.interruptions,
        "error": job.error and job.error.kind, "started": job.started, "finished": job.finished,
        "model": Path(spec.model).name, "device": spec.device, "format": spec.files.format,
        "queries": len(request.queries), "steps": request.steps, "suffix": spec.input.suffix,
        **(_names(job) if with_names else {}),
    }  # fmt: skip


def _names(job: Job) -> dict[str, object]:
    """Return the private values of a job, which only `with_names` includes."""
    return {
        "input": str(job.spec.input),
        "out": str(job.spec.files.out),
        "texts": list(job.spec.request.all_queries),
        "message": job.error and job.error.message,
    }
