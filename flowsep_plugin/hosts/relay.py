"""The worker for scripts that can only read and write files: REAPER's Lua, Ardour's, anything.

order.json ─► relay ─► worker          {"jobs": [as POST /v1/jobs takes them]}
order.json.state ◄─ relay              lines of words with tabs between, renewed whole, see `state_text`
order.json.cancel ─► relay             cancels the jobs as soon as it is there
"""

import glob
import json
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

_LOOK_SECONDS: Final = 0.15
_MOST_RESTARTS: Final = 5
_HEARING: Final = 0.8
"""Share of a job that is inference; the rest is rendering."""

_SAFE: Final = " /()[]{}.,:;!?'\"-_+=~@#&$*"


@dataclass(slots=True)
class OrderState:
    """How far an order is: `fraction` of 1, what is done now, and (job, file) of what is written."""

    fraction: float = 0.0
    stage: str = "wait"
    files: list[tuple[int, str]] = field(default_factory=list)
    end: str = ""
    message: str = ""


def state_text(state: OrderState) -> str:
    """Write a state: `progress`, then `file` lines, then `end`; words are percent-encoded where Lua would stumble.

    progress<TAB>0.4213<TAB>separate
    file<TAB>1<TAB>/stems/take%0A [dog].wav        job number from 1; stems in the order of the texts, then the rest
    end<TAB>done                                   or failed and a message, or cancelled
    """
    lines = [("progress", f"{state.fraction:.4f}", state.stage)]
    lines += [("file", str(job), name) for job, name in state.files]
    lines += [("end", state.end, state.message)] if state.end else []
    return "".join("\t".join(quote(word, safe=_SAFE) for word in line) + "\n" for line in lines)


def relay(order: Path, ensure: Callable[[], WorkerClient] = WorkerClient.ensure) -> OrderState:
    """Do an order and keep its state file up to date; what goes wrong is written there, not raised.

    ensure : the worker, started where none runs. Returns the last state.
    """
    state = OrderState()
    try:
        _do(_specs(order), state, ensure, order)
        state.end, state.fraction = "done", 1.0
    except Cancelled as error:
        state.end, state.message = "cancelled", str(error)
    except FlowsepError as error:
        state.end, state.message = "failed", str(error)
    if _cancel_file(order).exists():  # whoever asked has left: nobody else sweeps
        for file in order.parent.glob(f"{glob.escape(order.name)}*"):
            file.unlink(missing_ok=True)
    else:
        _tell(order, state)
    return state


def _specs(order: Path) -> list[JobSpec]:
    try:
        given: Any = json.loads(order.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SessionError(f"{order} is no order that can be read ({error}); run the script again") from error
    jobs = given.get("jobs") if isinstance(given, Mapping) else None
    if not isinstance(jobs, list) or not jobs:
        raise UsageError(f'{order.name} holds no jobs; write {{"jobs": [...]}} with at least one')
    return [JobSpec.from_json(plain) for plain in jobs]


def _do(specs: Sequence[JobSpec], state: OrderState, ensure: Callable[[], WorkerClient], order: Path) -> None:
    """Submit, and look until all have ended; a worker that is gone is started again, which does nothing twice."""
    _tell(order, state)
    for restarts in range(_MOST_RESTARTS + 1):
        try:
            client = ensure()
            names = [_accepted(made) for made in client.submit_all(specs)]
            _follow(client, names, state, order)
            return
        except WorkerError:
            if restarts == _MOST_RESTARTS:
                raise


def _accepted(made: Job | JobError) -> str:
    if isinstance(made, JobError):
        raise made.exception()
    return made.id


def _follow(client: WorkerClient, names: Sequence[str], state: OrderState, order: Path) -> None:
    ended: dict[str, Job] = {}
    while True:
        if _cancel_file(order).exists():
            _give_up(client, names)
            raise Cancelled("cancelled; nothing was placed")
        for name in names:
            if name not in ended and (job := client.job(name)).has_ended:
                ended[name] = _done(job, client, names)
        state.files = [(n, file) for n, name in enumerate(names, 1) for file in _written(ended.get(name))]
        if len(ended) == len(set(names)):
            return
        progress = client.status()["progress"]
        mine = progress.get("id") in names
        part = progress["done"] / progress["total"] if mine and progress.get("total") else 0.0
        part = _HEARING + (1 - _HEARING) * part if mine and progress["stage"] == "render" else _HEARING * part
        state.fraction = max(state.fraction, (len(ended) + part) / len(set(names)))
        state.stage = str(progress["stage"]) if mine else "wait"
        _tell(order, state)
        time.sleep(_LOOK_SECONDS)


def _done(job: Job, client: WorkerClient, names: Sequence[str]) -> Job:
    """Return a job that is done; another end is the end of all."""
    if job.state == "done":
        return job
    _give_up(client, names)
    if job.state == "cancelled":
        raise Cancelled(f"{job.spec.input.name}: the job was cancelled; nothing was placed")
    raise job.error.exception() if job.error else EngineError(f"{job.spec.input.name}: the job failed")


def _give_up(client: WorkerClient, names: Sequence[str]) -> None:
    for name in names:
        with suppress(FlowsepError):
            if not client.job(name).has_ended:
                client.change(name, "cancel")


def _written(job: Job | None) -> list[str]:
    if job is None or job.result is None:
        return []
    return [*job.result["stems"], *([job.result["rest"]] if job.result.get("rest") else [])]


def _tell(order: Path, state: OrderState) -> None:
    """Renew the state file in one move; a reader that holds it (Windows) gets the next one."""
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
    raise SessionError(f"{target} cannot be written; free its folder and run the script again")


def _cancel_file(order: Path) -> Path:
    return order.with_name(f"{order.name}.cancel")
