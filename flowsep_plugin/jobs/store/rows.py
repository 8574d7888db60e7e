"""A row of the database as a `Job`, and what can be told from it."""

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowsep_plugin.jobs.job import Job, JobError
from flowsep_plugin.jobs.spec import JobSpec


def job_from_row(row: sqlite3.Row) -> Job:
    """The job in `row`."""
    error = row["error"]
    return Job(
        id=row["id"],
        state=row["state"],
        spec=JobSpec.from_json(json.loads(row["spec"])),
        position=row["position"],
        paused=bool(row["held"]),
        crashes=row["crashes"],
        interruptions=row["interruptions"],
        error=None if error is None else JobError(**json.loads(error)),
        result=None if row["result"] is None else json.loads(row["result"]),
        created=row["created"],
        started=row["started"],
        finished=row["finished"],
    )


def is_settled(job: Job) -> bool:
    """Whether asking for `job` again changes nothing: on its way, parked, or done with its files as it left them."""
    if job.state in ("queued", "running") or (job.error is not None and job.error.parked):
        return True
    return job.state == "done" and job.result is not None and files_unchanged(job.result)


def files_unchanged(result: Mapping[str, Any]) -> bool:
    """Whether every file of a result still has the size and time of change it was left with."""
    for file in result.get("files", ()):
        try:
            found = Path(file["path"]).stat()
        except OSError:
            return False
        if (found.st_size, found.st_mtime_ns) != (file["bytes"], file["changed"]):
            return False
    return True
