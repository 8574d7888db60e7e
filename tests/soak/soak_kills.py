"""Kills and freezes worker and engine process while clients submit jobs: in every phase of a job, from a seed."""

import contextlib
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable

import psutil
from soak_clients import SoakClients
from soak_ground import SoakGround
from soak_phase import PHASES, phases_of

ATTACKS = {"kill worker": 4, "kill engine": 3, "kill both": 3, "freeze worker": 1, "freeze engine": 1}
STARTING = "starting"
"""The phase of a worker that does not listen yet: it settles what the last one left."""

_AIMS = {
    STARTING: 2,
    "claimed": 1,
    "separating": 3,
    "writing": 4,
    "staged": 3,
    "intended": 4,
    "renaming": 5,
    "renamed": 3,
}
_DELAYS_S = (0.0, 0.0, 0.001, 0.01, 0.1)
_AIM_SECONDS = 4.0
_START_SECONDS = 30.0
_PAUSES_S = {"idle": 0.005, "claimed": 0.01, "separating": 0.002, "writing": 0.0005}
"""Pauses between two looks at a job in this phase: later ones last too short for any."""


class KillSoak:
    """Attacks the worker of `ground`, which `clients` keep busy and start again.

    attacks : counted by name.     phases : kills by the phase that they fell into.
    """

    def __init__(self, ground: SoakGround, clients: SoakClients, seed: int) -> None:
        self._ground, self._clients, self._rng = ground, clients, random.Random(f"kills {seed}")
        self.attacks: Counter[str] = Counter()
        self.phases: Counter[str] = Counter()

    @property
    def kills(self) -> int:
        """Number of attacks that ended a process."""
        return self.phases.total()

    def run(self, kills: int, on_kill: Callable[[int], None] = lambda number: None) -> None:
        """Attack until processes were killed `kills` times; `on_kill` is called with their number after each."""
        with self._clients.busy():
            while self.kills < kills and not self._clients.has_failed:
                before = self.kills
                self._attack_once()
                if self.kills > before:
                    on_kill(self.kills)

    def text(self) -> str:
        """Return the counts in one line."""
        phases = ", ".join(f"{name} {self.phases[name]}" for name in (STARTING, *PHASES) if self.phases[name])
        attacks, clients = (
            ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
            for counts in (self.attacks, self._clients.counts)
        )
        return f"{self.kills} kills ({attacks}); by phase: {phases}; clients: {clients or 'undisturbed'}"

    def _attack_once(self) -> None:
        aim = self._rng.choices(tuple(_AIMS), tuple(_AIMS.values()))[0]
        attack = self._rng.choices(tuple(ATTACKS), tuple(ATTACKS.values()))[0]
        delay_s = self._rng.uniform(0, self._rng.choice(_DELAYS_S))
        if aim == STARTING:
            self._kill_starting(self._rng.uniform(0, 1))
            return
        worker = self._frozen_worker(aim, delay_s)
        if worker is not None:
            self._strike(attack, worker)

    def _frozen_worker(self, aim: str, delay_s: float) -> psutil.Process | None:
        """Freeze the worker `delay_s` after some running job is in the phase `aim`, which may last too short to be met.

        Returns the frozen worker after a while in any case; None where none listens.
        """
        until = time.monotonic() + _START_SECONDS
        while (worker := self._listening_worker()) is None and time.monotonic() < until:
            time.sleep(0.02)
        if worker is None:
            return None
        until = time.monotonic() + _AIM_SECONDS
        with phases_of(self._ground.directory.database) as reader:
            while aim not in (phases := reader.now()):
                late_s = time.monotonic() - until
                if late_s > _START_SECONDS or self._clients.has_failed:
                    return None
                if late_s > 0 and phases - {"idle", "claimed"}:
                    break
                time.sleep(_PAUSES_S.get(max(phases, key=PHASES.index), 0.0))
            time.sleep(delay_s)
            _signal(worker, signal.SIGSTOP)
        return worker

    def _strike(self, attack: str, worker: psutil.Process) -> None:
        """Kill or freeze worker, engine process or both; the worker is frozen already, and goes on if it lives."""
        verb, what = attack.split()
        _wait_until_stopped([worker])
        engine = _engine_of(worker)
        targets = [process for process in (worker, engine) if process is not None]
        _signal(engine, signal.SIGSTOP)
        _wait_until_stopped(targets)
        if what != "engine" or engine is not None:
            victims = {"worker": [worker], "engine": [engine], "both": targets}[what]
            self._hurt(verb, [process for process in victims if process is not None])
            self.attacks[attack] += 1
        for process in targets:
            _signal(process, signal.SIGCONT)

    def _hurt(self, verb: str, victims: list[psutil.Process]) -> None:
        if verb == "freeze":
            time.sleep(self._rng.uniform(0.05, 0.6))
            return
        with phases_of(self._ground.directory.database) as reader:
            self.phases[max(reader.now(), key=PHASES.index)] += 1
        for process in victims:
            _signal(process, signal.SIGKILL)

    def _kill_starting(self, delay_s: float) -> None:
        """Kill the next worker that a client starts, `delay_s` into its start; for that, kill the present one."""
        worker = self._listening_worker()
        if worker is None:
            return
        self._strike("kill both", worker)
        until = time.monotonic() + _START_SECONDS
        while (starting := _starting_worker(besides=worker.pid)) is None and time.monotonic() < until:
            time.sleep(0.005)
        time.sleep(delay_s)
        if starting is not None and self._listening_worker() is None:
            _signal(starting, signal.SIGKILL)
            self.attacks["kill worker"] += 1
            self.phases[STARTING] += 1

    def _listening_worker(self) -> psutil.Process | None:
        address = self._ground.directory.read_address()
        with contextlib.suppress(psutil.NoSuchProcess):
            worker = None if address is None else psutil.Process(address.pid)
            return None if worker is None or worker.status() == psutil.STATUS_ZOMBIE else worker
        return None


def _engine_of(worker: psutil.Process) -> psutil.Process | None:
    with contextlib.suppress(psutil.Error):
        return next(iter(worker.children()), None)
    return None


def _starting_worker(besides: int) -> psutil.Process | None:
    for process in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            if process.pid != besides and "flowsep_plugin.jobs.worker" in process.cmdline():
                return process
    return None


def _signal(process: psutil.Process | None, number: int) -> None:
    if process is not None:
        with contextlib.suppress(OSError):
            os.kill(process.pid, number)


def _wait_until_stopped(processes: list[psutil.Process]) -> None:
    until = time.monotonic() + 1.0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            while process.status() not in (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE):
                if time.monotonic() > until:
                    return
                time.sleep(0.0005)
