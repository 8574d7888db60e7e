"""A batch over several machines with Ray (extra `cluster`): one actor per GPU or CPU slot, its model loaded once.

A node that can access the batch's folders reads and writes there itself; to any other node the clip is sent, and the
stems are sent back. In both cases the driver gives the files their names, through the same journal as on one machine,
so the report is the same. Jobs of a node that is lost are run by another.
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
from flowsep_plugin.untrusted.regular_file import open_regular
from flowsep_plugin.version import install_command

from .journal import Journal

log = logging.getLogger(__name__)

_IN_FLIGHT = 2
"""Tasks per actor: one runs and one waits, so that no actor waits for the driver and few clips are in memory."""

_START_SECONDS = 60.0
_LOOK_SECONDS = 0.5


class ClusterSlot:
    """Runs jobs on a node, as a Ray actor, and keeps its models open from one job to the next."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._separators: dict[tuple[str, str], Any] = {}

    def can_access(self, marker: str, content: str) -> bool:
        """Whether this node reads the driver's marker file: it then shares the driver's folders."""
        try:
            return Path(marker).read_text() == content
        except OSError:
            return False

    def run(self, record: Mapping[str, Any], folder: str | None, clip: bytes | None) -> Mapping[str, Any]:
        """Run a job in a shared `folder`, or, for None, on the bytes `clip`, with the files' bytes in the answer.

        Returns {"output", "files"}, or {"error"} where the job fails.
        """
        from flowsep_plugin.jobs.run_job import run_job
        from flowsep_plugin.separate import Separator

        spec = JobSpec.from_json(record)
        key = (spec.model, spec.device)
        try:
            if key not in self._separators:
                self._separators[key] = Separator.open(*key, threads=self._threads)
            if folder is not None:
                return {"output": run_job(self._separators[key], spec, Path(folder))}
            with tempfile.TemporaryDirectory(prefix="flowsep-") as own:
                path = Path(own) / spec.input.name
                path.write_bytes(clip or b"")
                (into := Path(own) / "out").mkdir()
                output = run_job(self._separators[key], replace(spec, input=path), into)
                return {"output": output, "files": {name: (into / name).read_bytes() for name in output["written"]}}
        except FlowsepError as error:
            return {"error": JobError.of(error).as_json()}


@dataclass(slots=True)
class _Task:
    index: int
    spec: JobSpec
    name: str
    losses: int = 0


class ClusterRunner:
    """Runs a batch on the Ray cluster at `address`, or on this machine for "local", with a journal in `out`.

    check : called twice a second; its error ends the batch.     Raises UsageError where Ray is not installed.
    """

    def __init__(self, address: str, out: Path, threads: int = 1, check: Callable[[], None] | None = None) -> None:
        try:
            self._ray: Any = importlib.import_module("ray")
        except ImportError as error:
            raise UsageError(f"a batch on a cluster needs Ray; {install_command('cluster')}") from error
        self._address, self._out, self._threads, self._check = address, out, threads, check

    def run(self, specs: Sequence[JobSpec]) -> Generator[tuple[int, Mapping[str, Any] | JobError], None, None]:
        """See `BatchRunner.run`. Raises FlowsepError where every node is lost."""
        ray = self._ray
        if not ray.is_initialized():
            address = None if self._address == "local" else self._address
            ray.init(address=address, log_to_driver=False, logging_level="ERROR", include_dashboard=False)
        with Journal(self._out) as journal:
            tasks: deque[_Task] = deque()
            for index, spec in enumerate(specs):
                try:
                    name = journal.name(spec, model_digest(spec.model))
                except FlowsepError as error:
                    yield index, JobError.of(error)
                    continue
                earlier = journal.result(name)
                if earlier is not None:
                    yield index, earlier
                else:
                    tasks.append(_Task(index, spec, name))
            if tasks:
                yield from self._distribute(journal, tasks)

    def _distribute(
        self, journal: Journal, tasks: deque[_Task]
    ) -> Generator[tuple[int, Mapping[str, Any] | JobError], None, None]:
        ray, marker = self._ray, self._out / f".flowsep-{secrets.token_hex(6)}.marker"
        marker.write_text(marker.name)
        starting = self._start_actors(len(tasks), marker)
        shares = self._started(starting, _START_SECONDS)
        running: dict[Any, tuple[_Task, Any, Any]] = {}  # reference -> task, actor, open staging
        try:
            while tasks or running:
                shares |= self._started(starting, 0)
                for actor in shares:
                    while tasks and sum(busy is actor for _, busy, _ in running.values()) < _IN_FLIGHT:
                        task = tasks.popleft()
                        reference, folder = self._send(actor, task, shared=shares[actor])
                        running[reference] = (task, actor, folder)
                if not running:
                    raise FlowsepError("every node of the cluster is lost; restart the cluster and run the batch again")
                if self._check is not None:
                    self._check()
                ended, _ = ray.wait(list(running), num_returns=1, timeout=_LOOK_SECONDS)
                if not ended:
                    continue
                ready = ended[0]
                task, actor, folder = running.pop(ready)
                try:
                    answer = ray.get(ready)
                except ray.exceptions.RayError as error:
                    shutil.rmtree(folder, ignore_errors=True)
                    log.warning("%s: a node was lost (%s)", task.spec.input.name, type(error).__name__)
                    shares = {other: shared for other, shared in shares.items() if other is not actor}
                    task.losses += 1
                    if (
                        task.losses >= MOST_CRASHES + _IN_FLIGHT
                    ):  # a task that only waited on a lost node is not to blame
                        yield task.index, JobError.of(Crashed("every node that took the job was lost"), parked=True)
                    else:
                        tasks.append(task)
                    continue
                yield task.index, self._outcome(journal, task, folder, answer)
        finally:
            marker.unlink(missing_ok=True)
            for _, _, folder in running.values():
                shutil.rmtree(folder, ignore_errors=True)
            for actor in (*shares, *starting.values()):
                ray.kill(actor)

    def _start_actors(self, most: int, marker: Path) -> dict[Any, Any]:
        """Start an actor for each GPU, or each CPU slot without GPUs; returns reference of its answer -> actor."""
        ray, resources = self._ray, self._ray.cluster_resources()
        gpus, cpus = int(resources.get("GPU", 0)), int(resources.get("CPU", 1)) // self._threads
        kind = ray.remote(num_cpus=0 if gpus else self._threads, num_gpus=1 if gpus else 0)(ClusterSlot)
        actors = [kind.remote(self._threads) for _ in range(max(1, min(gpus or cpus, most)))]
        return {actor.can_access.remote(str(marker), marker.name): actor for actor in actors}

    def _started(self, starting: dict[Any, Any], timeout_seconds: float) -> dict[Any, bool]:
        """Take started actors out of `starting`, waiting for one; returns actor -> whether it shares the folders."""
        ray, up = self._ray, {}
        ready, _ = ray.wait(list(starting), num_returns=1, timeout=timeout_seconds) if starting else ([], [])
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
            (folder / ".taken").touch()  # keeps the folder after the with
            record = task.spec.as_json()
            clip = None if shared else _content(task.spec.input)
            return actor.run.remote(record, str(folder) if shared else None, clip), folder

    def _outcome(
        self, journal: Journal, task: _Task, folder: Path, answer: Mapping[str, Any]
    ) -> Mapping[str, Any] | JobError:
        try:
            if "error" in answer:
                return JobError(**answer["error"])
            for name, content in answer.get("files", {}).items():
                (folder / name).write_bytes(content)
            result, moves = plan(task.spec, folder, {**answer["output"], "fell_back": None})
            return journal.publish(task.name, result, moves)
        except OSError as error:
            return JobError.of(MediaError(f"{task.spec.files.out} cannot be written ({error.strerror})", setting="out"))
        except FlowsepError as error:
            return JobError.of(error)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _content(path: Path) -> bytes:
    with open_regular(path) as file:
        return file.read()
