"""Rows of the database as `Job` values, whether a row is a job, and whether a job has to run again."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from flowsep_plugin.errors import FlowsepError
from flowsep_plugin.jobs.job import JOB_STATES, Job, JobError
from flowsep_plugin.jobs.spec import JobSpec, job_address

from .publish import are_of
from .tables import COLUMNS

Stored: TypeAlias = bytes | int | float | None
"""A value of a column as the file holds it; a text is bytes, which may be none."""

_LARGEST = 2**53
_PERHAPS_NO_NUMBER = re.compile(r"NaN|Infinity|[eE]\+?\d{3}|\d{300}")
"""Finds the texts of which Python may read a number that JSON does not have."""
_COUNTS = ("position", "held", "crashes", "interruptions", "unwanted")
_TIMES = ("created", "started", "finished")


class UnreadableRowError(ValueError):
    """A row of the table `jobs` is no job; the message says why."""


def job_from_row(row: Any) -> Job:
    """Return the job in a row of the table `jobs`, a mapping from its columns."""
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


def checked_row(values: Sequence[Stored]) -> dict[str, Any]:
    """Return a row by column, from the values that the file holds. Raises UnreadableRowError where it is no job.

    A job's id is the digest of its content, so a byte that changed there is noticed whatever it says now.
    """
    if len(values) != len(COLUMNS):
        raise UnreadableRowError(f"has {len(values)} columns instead of {len(COLUMNS)}")
    try:
        row = {name: _decoded(value) for name, value in zip(COLUMNS, values, strict=True)}
        _check_numbers(row)
        job = job_from_row(row)
        _check_job(job, row)
    except UnreadableRowError:
        raise
    except FlowsepError as error:
        raise UnreadableRowError(str(error)) from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UnreadableRowError(f"{type(error).__name__}: {error}") from error
    return row


def is_settled(job: Job) -> bool:
    """Whether submitting `job` again changes nothing: it is queued, running or parked, or done with unchanged files."""
    if job.state in ("queued", "running") or (job.error is not None and job.error.parked):
        return True
    return job.state == "done" and job.result is not None and files_unchanged(job.result)


def check_files(result: Mapping[str, Any]) -> None:
    """Raise UnreadableRowError, TypeError, KeyError or AttributeError where a result from the disk names no files."""
    for file in result.get("files", ()):
        if not isinstance(file["path"], str) or type(file["bytes"]) is not int or type(file["changed"]) is not int:
            raise UnreadableRowError("its result names no file")


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


def _decoded(value: Stored) -> Any:
    return value.decode("utf-8") if isinstance(value, bytes) else value


def _check_numbers(row: Mapping[str, Any]) -> None:
    for name in _COUNTS:
        if type(row[name]) is not int or not 0 <= row[name] < _LARGEST:
            raise UnreadableRowError(f"{name} is {row[name]!r}")
    for name in _TIMES:
        value = row[name]
        if not (value is None and name != "created") and not (isinstance(value, (int, float)) and math.isfinite(value)):
            raise UnreadableRowError(f"{name} is {value!r}")


def _check_job(job: Job, row: Mapping[str, Any]) -> None:
    if job.state not in JOB_STATES:
        raise UnreadableRowError(f"state is {job.state!r}")
    if job_address(json.loads(row["spec"]), row["clip"], row["model"]) != job.id:
        raise UnreadableRowError("its content is not that of its id")
    error = job.error
    if error is not None and not (
        isinstance(error.kind, str) and isinstance(error.message, str) and type(error.exit_code) is int
        and isinstance(error.parked, bool) and isinstance(error.setting, str | None)
    ):  # fmt: skip
        raise UnreadableRowError("its error is none")
    if row["result"] is not None and _PERHAPS_NO_NUMBER.search(row["result"]):
        json.dumps(job.result, allow_nan=False)
    if job.result is not None:
        check_files(job.result)
    if row["intent"] is not None and not are_of(json.loads(row["intent"]), job.spec.files.out):
        raise UnreadableRowError("its renames are not of its folder")
