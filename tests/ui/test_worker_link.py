"""The line to a real worker: orders, events, a worker that is killed, a panel that leaves."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flowsep_ui.controllers.worker_link import WorkerLink
from left_over import end_worker
from panel_makers import sound, until

from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import UsageError
from flowsep_plugin.files import FileRequest
from flowsep_plugin.jobs.client.worker_client import WorkerClient
from flowsep_plugin.jobs.directory import WorkerDirectory
from flowsep_plugin.jobs.job import Job
from flowsep_plugin.jobs.spec import JobSpec


class LinkLog:
    """Everything a link says, in order."""

    def __init__(self, link: WorkerLink) -> None:
        self.states: list[str] = []
        self.jobs: dict[str, list[str]] = {}
        self.submitted: dict[object, Job] = {}
        self.refused: dict[object, Any] = {}
        self.presence: list[str] = []
        self.listed: list[list[Job]] = []
        link.state_changed.connect(lambda state, why: self.states.append(state))
        link.job_changed.connect(lambda job: self.jobs.setdefault(job.id, []).append(job.state))
        link.submitted.connect(self.submitted.__setitem__)
        link.refused.connect(self.refused.__setitem__)
        link.presence_found.connect(lambda job, presence: self.presence.append(job))
        link.jobs_listed.connect(self.listed.append)

    def ended(self, ticket: object) -> bool:
        job = self.submitted.get(ticket)
        return job is not None and self.jobs.get(job.id, [""])[-1] in ("done", "failed", "cancelled")


@pytest.fixture
def link(qtbot: Any, own_folders: Path) -> Iterator[WorkerLink]:
    link = WorkerLink()
    yield link
    link.close()
    end_worker()


def spec(clip: Path, out: Path, *, model: str = "echo", steps: int | None = None, seed: int = 0) -> JobSpec:
    return JobSpec(clip, Request(["a dog"], steps=steps, seed=seed), FileRequest(out), model=model)


def pid() -> int:
    address = WorkerDirectory.default().read_address()
    assert address is not None
    return address.pid


def test_a_job_is_asked_heard_and_done(qtbot: Any, link: WorkerLink, tmp_path: Path) -> None:
    log = LinkLog(link)
    link.start()
    link.submit("one", spec(sound(tmp_path / "a.wav"), tmp_path / "out"))
    until(qtbot, lambda: log.ended("one"), 120)
    job = log.submitted["one"]
    assert log.jobs[job.id][-1] == "done"
    assert log.presence == [job.id]
    assert log.states[-1] == "ready"
    assert (tmp_path / "out" / "a [a dog].wav").is_file()


def test_what_the_worker_refuses_is_answered_with_its_words(qtbot: Any, link: WorkerLink, tmp_path: Path) -> None:
    log = LinkLog(link)
    link.start()
    link.submit("one", spec(Path("/etc/passwd.wav"), tmp_path / "out"))
    until(qtbot, lambda: "one" in log.refused, 120)
    assert log.refused["one"].kind == UsageError.__name__
    assert "/etc/passwd.wav" in log.refused["one"].message


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is not there on Windows")
def test_a_worker_that_is_killed_under_a_job_is_replaced_and_the_job_done(
    qtbot: Any, link: WorkerLink, tmp_path: Path, pocket: Path
) -> None:
    log = LinkLog(link)
    link.start()
    link.submit("long", spec(sound(tmp_path / "a.wav", 8, 16_000), tmp_path / "out", model=str(pocket), steps=60))
    until(qtbot, lambda: "running" in [state for states in log.jobs.values() for state in states], 120)
    first = pid()
    os.kill(first, signal.SIGKILL)
    until(qtbot, lambda: "away" in log.states, 60)
    until(qtbot, lambda: log.ended("long"), 180)
    assert log.jobs[log.submitted["long"].id][-1] == "done"
    assert pid() != first
    assert len(log.listed) >= 2
    assert (tmp_path / "out" / "a [a dog].wav").is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is not there on Windows")
def test_a_worker_that_ends_with_nothing_to_do_rests_until_there_is(
    qtbot: Any, link: WorkerLink, tmp_path: Path
) -> None:
    log = LinkLog(link)
    link.start()
    until(qtbot, lambda: log.states[-1:] == ["ready"], 120)
    os.kill(pid(), signal.SIGKILL)
    until(qtbot, lambda: log.states[-1] == "resting", 60)
    link.submit("one", spec(sound(tmp_path / "a.wav"), tmp_path / "out"))
    until(qtbot, lambda: log.ended("one"), 120)
    until(qtbot, lambda: log.states[-1] == "ready", 60)


def test_a_panel_that_leaves_lets_the_job_go_on(qtbot: Any, link: WorkerLink, tmp_path: Path, pocket: Path) -> None:
    log = LinkLog(link)
    link.start()
    link.submit("one", spec(sound(tmp_path / "a.wav", 4, 16_000), tmp_path / "out", model=str(pocket), steps=30))
    until(qtbot, lambda: "one" in log.submitted, 120)
    link.close()
    client = WorkerClient.running()
    assert client is not None
    assert client.wait(log.submitted["one"].id).state == "done"
    other = WorkerLink()
    again = LinkLog(other)
    other.start()
    until(qtbot, lambda: bool(again.listed), 60)
    other.close()
    assert [job.state for job in again.listed[0]] == ["done"]


def test_leaving_while_the_worker_comes_up_takes_no_time(qtbot: Any, link: WorkerLink) -> None:
    link.start()
    link.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("flowsep-")]


def test_the_worker_pauses_moves_and_forgets(qtbot: Any, link: WorkerLink, tmp_path: Path) -> None:
    log = LinkLog(link)
    paused: list[bool] = []
    forgotten: list[str] = []
    link.queue_paused.connect(paused.append)
    link.job_forgotten.connect(forgotten.append)
    link.start()
    link.pause(True)
    until(qtbot, lambda: paused[-1:] == [True], 120)
    clip = sound(tmp_path / "a.wav")
    for seed in range(2):
        link.submit(seed, spec(clip, tmp_path / "out", seed=seed))
    until(qtbot, lambda: len(log.submitted) == 2, 60)
    first, second = log.submitted[0].id, log.submitted[1].id
    link.move(second, first)
    link.cancel(first)
    until(qtbot, lambda: log.jobs.get(first, [""])[-1] == "cancelled", 60)
    link.forget(first)
    until(qtbot, lambda: forgotten == [first], 60)
    link.pause(False)
    until(qtbot, lambda: log.ended(1), 60)
