"""Access to the worker for scripts that can only read and write files, such as REAPER's Lua.

order.json ─► relay ─► worker          {"jobs": [as POST /v1/jobs takes them]}
order.json.state ◄─ relay              lines of tab-separated words, replaced as a whole, see `state_text`
order.json.cancel ─► relay             cancels the jobs as soon as it exists
"""

import glob
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from flowsep_plugin.errors import Cancelled, EngineError, FlowsepError, SessionError, UsageError, WorkerError
from flowsep_plugin.jobs.client.worker_client import WorkerClient
from flowsep_plugin.jobs.job import Job, JobError
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.untrusted.decoding import Origin, read_json
from flowsep_plugin.untrusted.printable import printable

_POLL_SECONDS: Final = 0.15
_MOST_RESTARTS: Final = 5
_SAFE: Final = " /()[]{}.,:;!?'\"-_+=~@#&$*"


@dataclass(slots=True)
class OrderState:
    """Progress of an order: `fraction` of 1, its stage, (job, file) of the written files, and how it ended.

    message : of the error, or remarks of the receipts, one a line.
    """

    fraction: float = 0.0
    stage: str = "wait"
    files: list[tuple[int, str]] = field(default_factory=list)
    end: str = ""
    message: str = ""


def state_text(state: OrderState) -> str:
    """Format a state: `progress`, `file` lines, then `end`; characters that would break a line are percent-encoded.

    progress<TAB>0.4213<TAB>separate
    file<TAB>1<TAB>/stems/take%0A [dog].wav        job number from 1; stems in the order of the queries, then the rest;
                                                   no name for a stem that is left out as its sound is not found
    end<TAB>done<TAB>remarks                       or failed and a message, or cancelled
    """
    lines = [("progress", f"{state.fraction:.4f}", state.stage)]
    lines += [("file", str(job), name) for job, name in state.files]
    lines += [("end", state.end, state.message)] if state.end else []
    return "".join("\t".join(quote(word, safe=_SAFE) for word in line) + "\n" for line in lines)


def relay(order: Path, ensure: Callable[[], WorkerClient] = WorkerClient.ensure) -> OrderState:
    """Run the jobs of an order and keep its state file up to date; returns the last state.

    Errors are written to the state file, not raised.
    ensure : returns a client of the worker, starting one if none runs.
    """
    state = OrderState()
    try:
        _run(_specs(order), state, ensure, order)
        state.end, state.fraction = "done", 1.0
    except Cancelled as error:
        state.end, state.message = "cancelled", str(error)
    except FlowsepError as error:
        state.end, state.message = "failed", str(error)
    if _cancel_file(order).exists():  # the script has ended and cannot remove its files
        for file in order.parent.glob(f"{glob.escape(order.name)}*"):
            file.unlink(missing_ok=True)
    else:
        _write_state(order, state)
    return state


def _specs(order: Path) -> list[JobSpec]:
    origin = Origin(f"the order {order}", SessionError, "run the script again")
    try:
        content: Any = read_json(order, origin)
    except FileNotFoundError:
        raise origin.failure("it is missing") from None
    jobs = content.get("jobs") if isinstance(content, Mapping) else None
    if not isinstance(jobs, list) or not jobs:
        raise UsageError(f'{order.name} holds no jobs; write {{"jobs": [...]}} with at least one')
    return [JobSpec.from_json(plain) for plain in jobs]


def _run(specs: Sequence[JobSpec], state: OrderState, ensure: Callable[[], WorkerClient], order: Path) -> None:
    """Submit the jobs and poll until all have ended; a lost worker is restarted, and finished jobs are not repeated."""
    _write_state(order, state)
    for restarts in range(_MOST_RESTARTS + 1):
        try:
            client = ensure()
            names = [_accepted(answer) for answer in client.submit_all(specs)]
            _follow(client, names, state, order)
            return
        except WorkerError:
            if restarts == _MOST_RESTARTS:
                raise


def _accepted(answer: Job | JobError) -> str:
    """Return the id of an accepted job. Raises the error of a refused one."""
    if isinstance(answer, JobError):
        raise answer.exception()
    return answer.id


def _follow(client: WorkerClient, names: Sequence[str], state: OrderState, order: Path) -> None:
    """Update `state` until all jobs have ended. Raises Cancelled, or the error of the first job that failed."""
    ended: dict[str, Job] = {}
    while True:
        if _cancel_file(order).exists():
            _cancel_jobs(client, names)
            raise Cancelled("cancelled; nothing was placed")
        for name in names:
            if name not in ended and (job := client.job(name)).has_ended:
                ended[name] = _finished(job, client, names)
        state.files = [(n, file) for n, name in enumerate(names, 1) for file in _output_files(ended.get(name))]
        if len(ended) == len(set(names)):
            state.message = "\n".join(line for name in dict.fromkeys(names) for line in _remarks(ended[name]))
            return
        progress = client.status()["progress"]
        mine = progress.get("id") in names
        part = progress.get("fraction", 0.0) if mine else 0.0
        state.fraction = max(state.fraction, (len(ended) + part) / len(set(names)))
        state.stage = str(progress["stage"]) if mine else "wait"
        _write_state(order, state)
        time.sleep(_POLL_SECONDS)


def _finished(job: Job, client: WorkerClient, names: Sequence[str]) -> Job:
    """Return `job` if it succeeded, else cancel all jobs. Raises Cancelled, or the job's error."""
    if job.state == "done":
        return job
    _cancel_jobs(client, names)
    if job.state == "cancelled":
        raise Cancelled(f"{job.spec.input.name}: the job was cancelled; nothing was placed")
    raise job.error.exception() if job.error else EngineError(f"{job.spec.input.name}: the job failed")


def _cancel_jobs(client: WorkerClient, names: Sequence[str]) -> None:
    for name in names:
        with suppress(FlowsepError):
            if not client.job(name).has_ended:
                client.change(name, "cancel")


def _output_files(job: Job | None) -> list[str]:
    if job is None or job.result is None:
        return []
    return [*(name or "" for name in job.result["stems"]), *([job.result["rest"]] if job.result.get("rest") else [])]


def _remarks(job: Job) -> list[str]:
    """Return the remarks of a job's receipt, such as that its files are 32-bit float, after the clip's name."""
    notes = (job.result or {}).get("record", {}).get("notes", ())
    return [f"{printable(job.spec.input.name)}: {note}" for note in notes]


def _write_state(order: Path, state: OrderState) -> None:
    """Replace the state file atomically; while a reader has it open (Windows), the update is skipped or retried."""
    target = order.with_name(f"{order.name}.state")
    new = order.with_name(f"{order.name}.state.new")
    for _ in range(50):
        try:
            new.write_text(state_text(state), "utf-8", newline="\n")
            os.replace(new, target)
            return
        except PermissionError:
            if not state.end:
                return
            time.sleep(0.02)
    raise SessionError(f"{target} cannot be written; close programs that use its folder and run the script again")


def _cancel_file(order: Path) -> Path:
    return order.with_name(f"{order.name}.cancel")
