"""The support archive: what a maintainer needs to find a fault, without audio and without secrets.

It holds versions, the worker's state, the settings, the list of jobs and the logs. Names of clips, queries and error
messages are omitted unless the user includes them. The user's folder is shortened to "~", tokens are removed.
"""

import importlib.metadata
import json
import os
import platform
import re
import sqlite3
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from flowsep_plugin.errors import MediaError
from flowsep_plugin.file_lock import is_locked
from flowsep_plugin.jobs.directory import WorkerDirectory
from flowsep_plugin.jobs.log_privacy import strike, unmark
from flowsep_plugin.settings import settings_file
from flowsep_plugin.version import __version__

from .logs import log_files

_PACKAGES = ("flowsep-plugin", "numpy", "scipy", "onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "soundfile",
             "soxr", "starlette", "uvicorn", "watchfiles", "pedalboard", "PyQt6", "ray")  # fmt: skip
_SECRET = re.compile(r"(?i)(bearer\s+|token\W{1,4})[\w\-.~+/=]{8,}")
_MOST_BYTES = 8 << 20


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

    Raises MediaError where the archive cannot be written.
    """
    directory = directory or WorkerDirectory.default()
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in _parts(directory, extra or {}, with_names=with_names):
                archive.writestr(name, redacted(text, directory))
            return archive.namelist()
    except OSError as error:
        raise MediaError(f"{path} cannot be written ({error.strerror}); choose another folder") from error


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
        yield "settings.toml", settings_file().read_text(encoding="utf-8", errors="replace")
    for log in log_files(directory):
        with suppress(OSError):
            text = log.read_text(encoding="utf-8", errors="replace")
            yield f"logs/{log.name}", (unmark(text) if with_names else strike(text))[-_MOST_BYTES:]


def _system(directory: WorkerDirectory) -> dict[str, object]:
    packages = {}
    for name in _PACKAGES:
        with suppress(importlib.metadata.PackageNotFoundError):
            packages[name] = importlib.metadata.version(name)
    estimates = [path for path in directory.cache.glob("*.estimate")] if directory.cache.is_dir() else []
    return {
        "made": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "flowsep": __version__,
        "python": sys.version,
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "packages": packages,
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
        suppress(sqlite3.Error),
        closing(sqlite3.connect(f"{directory.database.as_uri()}?mode=ro", uri=True)) as database,
    ):
        database.row_factory = sqlite3.Row
        for row in database.execute("SELECT * FROM jobs ORDER BY position DESC LIMIT 1000"):
            spec = json.loads(row["spec"])
            request = spec["request"]
            yield {
                "id": row["id"], "state": row["state"], "crashes": row["crashes"],
                "interruptions": row["interruptions"],
                "error": row["error"] and json.loads(row["error"])["kind"], "started": row["started"],
                "finished": row["finished"], "model": Path(spec["model"]).name, "device": spec["device"],
                "format": spec["format"], "queries": len(request["queries"]), "steps": request["steps"],
                "suffix": Path(spec["input"]).suffix, **(_names(spec, row["error"]) if with_names else {}),
            }  # fmt: skip


def _names(spec: dict[str, Any], error: str | None) -> dict[str, object]:
    """Return the private values of a job, which only `with_names` includes."""
    return {
        "input": spec["input"],
        "out": spec["out"],
        "texts": [*spec["request"]["queries"], *spec["request"]["negative"]],
        "message": error and json.loads(error)["message"],
    }
