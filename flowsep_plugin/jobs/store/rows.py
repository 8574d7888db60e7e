"""Rows of the database as `Job` values, and whether a job has to run again."""

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowsep_plugin.jobs.job import Job, JobError
from flowsep_plugin.jobs.spec import JobSpec


def job_from_row(row: sqlite3.Row) -> Job:
    """Return the job in a row of the table `jobs`."""
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
    """Whether submitting `job` again changes nothing: it is queued, running or parked, or done with unchanged files."""
    if job.state in ("queued", "running") or (job.error is not None and job.error.parked):
        return True
    return job.state == "done" and job.result is not None and files_unchanged(job.result)


def files_unchanged(result: Mapping[str, Any]) -> bool:
    """Whether every file of a result still has the size and modification time that the job gave it."""
    for file in result.get("files", ()):
        try:
            status = Path(file["path"]).stat()
        except OSError:
            return False
        if (status.st_size, status.st_mtime_ns) != (file["bytes"], file["changed"]):
            return False
    return True
