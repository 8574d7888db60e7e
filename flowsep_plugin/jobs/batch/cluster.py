"""A batch over several machines with Ray (extra `cluster`): one actor per GPU or CPU slot, its model loaded once.

A node that sees the batch's folders reads and writes there itself; to any other the clip is sent and the stems come
back. Either way the driver gives the files their names, through the same journal as on one machine, so the report is
the same. What a lost node was at is done by another.
"""

import importlib
import logging
import secrets
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flowsep_plugin.errors import Crashed, FlowsepError, MediaError, UsageError
from flowsep_plugin.jobs.job import MOST_CRASHES, JobError
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.jobs.store.digests import model_digest
from flowsep_plugin.jobs.store.publish import plan, staged

from .journal import Journal

log = logging.getLogger(__name__)

_IN_FLIGHT = 2
"""Tasks per actor: one runs, one waits, so that no actor waits for the driver and no clip waits for memory."""

_PATIENCE_SECONDS = 60.0
_LOOK_SECONDS = 0.5


class ClusterSlot:
    """What runs on a node: made into a Ray actor. Keeps its model from one job to the next."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._opened: dict[tuple[str, str], Any] = {}

    def sees(self, marker: str, content: str) -> bool:
        """Whether this node sees the driver's folder."""
        try:
            return Path(marker).read_text() == content
        except OSError:
            return False

    def do(self, plain: Mapping[str, Any], folder: str | None, clip: bytes | None) -> Mapping[str, Any]:
        """Do a job into `folder`, or with `clip` sent along and the files sent back. {"error": …} where it fails."""
        from flowsep_plugin.jobs.run_job import run_job
        from flowsep_plugin.separate import Separator

        spec = JobSpec.from_json(plain)
        key = (spec.model, spec.device)
        try:
            if key not in self._opened:
                self._opened[key] = Separator.open(*key, threads=self._threads)
            if folder is not None:
                return {"made": run_job(self._opened[key], spec, Path(folder))}
            with tempfile.TemporaryDirectory(prefix="flowsep-") as own:
                here = Path(own) / spec.input.name
                here.write_bytes(clip or b"")
                (into := Path(own) / "out").mkdir()
                made = run_job(self._opened[key], replace(spec, input=here), into)
                return {"made": made, "files": {name: (into / name).read_bytes() for name in made["written"]}}
        except FlowsepError as error:
            return {"error": JobError.of(error).as_json()}


@dataclass(slots=True)
class _Task:
    index: int
    spec: JobSpec
    name: str
    losses: int = 0


class ClusterRunner:
    """Runs a batch on the Ray cluster at `address` ("local" makes one of this machine), journal in `out`."""

    def __init__(self, address: str, out: Path, threads: int = 1, check: Callable[[], None] | None = None) -> None:
        try:
            self._ray: Any = importlib.import_module("ray")
        except ImportError as error:
            raise UsageError("a batch on a cluster needs Ray; pip install 'flowsep-plugin[cluster]'") from error
        self._address, self._out, self._threads, self._check = address, out, threads, check

    def run(self, specs: Sequence[JobSpec]) -> Generator[tuple[int, Mapping[str, Any] | JobError], None, None]:
        """See `BatchRunner`."""
        ray = self._ray
        if not ray.is_initialized():
            at = None if self._address == "local" else self._address
            ray.init(address=at, log_to_driver=False, logging_level="ERROR", include_dashboard=False)
        with Journal(self._out) as journal:
            tasks: deque[_Task] = deque()
            for index, spec in enumerate(specs):
                try:
                    name = journal.name(spec, model_digest(spec.model))
                except FlowsepError as error:
                    yield index, JobError.of(error)
                    continue
                known = journal.result(name)
                if known is not None:
                    yield index, known
                else:
                    tasks.append(_Task(index, spec, name))
            if tasks:
                yield from self._spread(journal, tasks)

    def _spread(
        self, journal: Journal, tasks: deque[_Task]
    ) -> Generator[tuple[int, Mapping[str, Any] | JobError], None, None]:
        ray, marker = self._ray, self._out / f".flowsep-{secrets.token_hex(6)}.marker"
        marker.write_text(marker.name)
        starting = self._starting(len(tasks), marker)
        sees = self._started(starting, _PATIENCE_SECONDS)
        running: dict[Any, tuple[_Task, Any, Any]] = {}  # reference -> task, actor, open staging
        try:
            while tasks or running:
                sees |= self._started(starting, 0)
                for actor in sees:
                    while tasks and sum(at is actor for _, at, _ in running.values()) < _IN_FLIGHT:
                        task = tasks.popleft()
                        reference, folder = self._send(actor, task, shared=sees[actor])
                        running[reference] = (task, actor, folder)
                if not running:
                    raise FlowsepError("every node of the cluster is lost; start it again and run the batch again")
                if self._check is not None:
                    self._check()
                found, _ = ray.wait(list(running), num_returns=1, timeout=_LOOK_SECONDS)
                if not found:
                    continue
                ready = found[0]
                task, actor, folder = running.pop(ready)
                try:
                    answer = ray.get(ready)
                except ray.exceptions.RayError as error:
                    shutil.rmtree(folder, ignore_errors=True)
                    log.warning("%s: a node was lost (%s)", task.spec.input.name, type(error).__name__)
                    sees = {other: seen for other, seen in sees.items() if other is not actor}
                    task.losses += 1
                    if task.losses >= MOST_CRASHES + _IN_FLIGHT:  # it may only have waited on a node that was lost
                        yield task.index, JobError.of(Crashed("every node that took the job was lost"), parked=True)
                    else:
                        tasks.append(task)
                    continue
                yield task.index, self._ended(journal, task, folder, answer)
        finally:
            marker.unlink(missing_ok=True)
            for _, _, folder in running.values():
                shutil.rmtree(folder, ignore_errors=True)
            for actor in (*sees, *starting.values()):
                ray.kill(actor)

    def _starting(self, most: int, marker: Path) -> dict[Any, Any]:
        """Start one actor for each GPU, or each CPU where there is none; reference of what it sees -> actor."""
        ray, there = self._ray, self._ray.cluster_resources()
        gpus, cpus = int(there.get("GPU", 0)), int(there.get("CPU", 1)) // self._threads
        kind = ray.remote(num_cpus=0 if gpus else self._threads, num_gpus=1 if gpus else 0)(ClusterSlot)
        started = [kind.remote(self._threads) for _ in range(max(1, min(gpus or cpus, most)))]
        return {actor.sees.remote(str(marker), marker.name): actor for actor in started}

    def _started(self, starting: dict[Any, Any], patience_seconds: float) -> dict[Any, bool]:
        """Take those out of `starting` that are up: actor -> whether it sees the folder. Waits for one of them."""
        ray, up = self._ray, {}
        ready, _ = ray.wait(list(starting), num_returns=1, timeout=patience_seconds) if starting else ([], [])
        more, _ = ray.wait(list(starting), num_returns=len(starting), timeout=0) if starting else ([], [])
        for reference in {*ready, *more}:
            actor = starting.pop(reference)
            try:
                up[actor] = bool(ray.get(reference))
            except ray.exceptions.RayError as error:
                log.warning("a slot did not start: %s", error)
        return up

    def _send(self, actor: Any, task: _Task, *, shared: bool) -> tuple[Any, Path]:
        with staged(task.spec, f"{secrets.token_hex(4)}{task.name}") as folder:
            (folder / ".taken").touch()  # keeps it
            plain = task.spec.as_json()
            clip = None if shared else task.spec.input.read_bytes()
            return actor.do.remote(plain, str(folder) if shared else None, clip), folder

    def _ended(
        self, journal: Journal, task: _Task, folder: Path, answer: Mapping[str, Any]
    ) -> Mapping[str, Any] | JobError:
        try:
            if "error" in answer:
                return JobError(**answer["error"])
            for name, content in answer.get("files", {}).items():
                (folder / name).write_bytes(content)
            result, moves = plan(task.spec, folder, {**answer["made"], "fell_back": None})
            return journal.publish(task.name, result, moves)
        except OSError as error:
            return JobError.of(MediaError(f"{task.spec.files.out} cannot be written ({error.strerror})", setting="out"))
        except FlowsepError as error:
            return JobError.of(error)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
