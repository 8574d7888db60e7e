"""Jobs through a real engine process."""

import errno
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import soundfile as sf
from job_makers import POCKET, spec, tone, wait_until
from left_over import shared

from flowsep_plugin.jobs.directory import WorkerDirectory
from flowsep_plugin.jobs.job import Job
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.jobs.store.database import Database
from flowsep_plugin.jobs.store.digests import Digests, model_digest
from flowsep_plugin.jobs.store.publish import staging_folder
from flowsep_plugin.jobs.store.queue import JobQueue
from flowsep_plugin.jobs.worker.dispatcher import Dispatcher
from flowsep_plugin.jobs.worker.engine_handle import EngineHandle
from flowsep_plugin.jobs.worker.events import Event, Events
from flowsep_plugin.settings import WorkerSettings


class Bench:
    """A dispatcher without the API."""

    def __init__(self, folder: Path, **settings: float) -> None:
        self.directory = WorkerDirectory(folder / "home")
        self.directory.make()
        self.database = Database(self.directory.database)
        self.events = Events()
        self.all_events: list[Event] = []
        self.events.listen(self.all_events.append)
        self.queue = JobQueue(self.database, lambda job: self.events.publish("job", job.as_json()))
        worker_settings = WorkerSettings(**{"threads": 1, **settings})  # type: ignore[arg-type]
        self.engine = EngineHandle(self.directory, worker_settings)
        self.dispatcher = Dispatcher(self.queue, self.engine, self.events, worker_settings)
        self.dispatcher.start()

    def submit(self, job_spec: JobSpec) -> Job:
        return self.queue.submit(job_spec, Digests(self.database).of(job_spec.input), model_digest(job_spec.model))[0]

    def wait(self, name: str, seconds: float = 30.0) -> Job:
        wait_until(lambda: self.queue.get(name).has_ended, seconds)
        return self.queue.get(name)

    def close(self) -> None:
        self.dispatcher.stop()
        self.queue.close()


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One for all tests: an engine process takes a while to start."""
    new_bench = Bench(tmp_path_factory.mktemp("bench"))
    with shared(lambda: new_bench.engine.pid, "engine-log", "publisher_0"):
        yield new_bench
    new_bench.close()


def long_job(folder: Path) -> JobSpec:
    """Seconds of work even on a fast machine: the engine tells how far it is ten times a second."""
    clip = tone(folder / "a.wav", 60.0, rate=44_100)
    return spec(clip, folder / "out", model=str(POCKET), steps=200)


def running(bench: Bench, name: str, steps: int = 2) -> Callable[[], bool]:
    return lambda: bench.dispatcher.current == name and bench.dispatcher.progress.get("done", 0) >= steps


def test_a_job_writes_stems_rest_and_receipt_and_nothing_else(bench: Bench, tmp_path: Path) -> None:
    job = bench.wait(bench.submit(spec(tone(tmp_path / "a.wav"), tmp_path / "out")).id)
    assert job.state == "done", job.error
    assert job.result is not None
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["a [a dog barking].json", "a [a dog barking].wav", "a [rest].wav"]
    assert job.result["record"]["null_db"] == -200
    assert sf.info(job.result["stems"][0]).frames == 8000
    events = [event for event in bench.all_events if event.data.get("id") == job.id]
    assert [event.data["state"] for event in events if event.kind == "job"][:2] == ["queued", "running"]
    assert any(event.kind == "heard" for event in events)
    wait_until(lambda: any(event.data.get("state") == "done" for event in bench.all_events), 5)


def test_taken_names_get_a_number_and_the_receipt_knows_it(bench: Bench, tmp_path: Path) -> None:
    clip = tone(tmp_path / "a.wav")
    bench.wait(bench.submit(spec(clip, tmp_path)).id)
    job = bench.wait(bench.submit(spec(clip, tmp_path, strength=2.0)).id)
    assert job.result is not None
    assert Path(job.result["stems"][0]).name == "a [a dog barking] (2).wav"
    assert job.result["record"]["stems"][0]["file"] == "a [a dog barking] (2).wav"
    assert "(2)" in Path(job.result["receipt"]).read_text()


def test_new_render_settings_need_no_inference_and_give_the_same_bytes(bench: Bench, tmp_path: Path) -> None:
    clip = tone(tmp_path / "a.wav", 2.0, rate=44_100)
    job_spec = spec(clip, tmp_path / "one", model=str(POCKET))
    first = bench.wait(bench.submit(job_spec).id)
    other = bench.wait(bench.submit(spec(clip, tmp_path / "two", model=str(POCKET), strength=2.0)).id)
    again = bench.wait(bench.submit(spec(clip, tmp_path / "three", model=str(POCKET))).id)
    assert [job.result["kept"] for job in (first, other, again) if job.result] == [False, True, True]
    one, three = (next((tmp_path / name).glob("*barking*.wav")).read_bytes() for name in ("one", "three"))
    assert one == three


def test_a_damaged_kept_estimate_is_made_again(bench: Bench, tmp_path: Path) -> None:
    clip = tone(tmp_path / "a.wav")
    bench.wait(bench.submit(spec(clip, tmp_path / "one")).id)
    for cached_file in bench.directory.cache.glob("*.estimate"):
        data = bytearray(cached_file.read_bytes())
        data[-100] ^= 0xFF
        cached_file.write_bytes(data)
    job = bench.wait(bench.submit(spec(clip, tmp_path / "two")).id)
    assert job.result is not None
    assert not job.result["kept"]


def test_a_cancel_takes_effect_within_a_step_and_leaves_nothing(bench: Bench, tmp_path: Path) -> None:
    job = bench.submit(long_job(tmp_path))
    wait_until(running(bench, job.id, 20))
    began = time.monotonic()
    bench.dispatcher.cancel(job.id)
    assert bench.wait(job.id).state == "cancelled"
    assert time.monotonic() - began < 2
    assert not (tmp_path / "out").exists()
    assert bench.engine.pid is not None


def test_a_paused_job_waits_and_goes_on(bench: Bench, tmp_path: Path) -> None:
    job = bench.submit(long_job(tmp_path))
    wait_until(running(bench, job.id, 10))
    bench.queue.hold(job.id, True)
    bench.dispatcher.settle_waiting()
    time.sleep(0.5)
    steps_done = bench.dispatcher.progress["done"]
    time.sleep(0.5)
    assert bench.dispatcher.progress["done"] == steps_done
    bench.queue.hold(job.id, False)
    bench.dispatcher.settle_waiting()
    wait_until(running(bench, job.id, steps_done + 1))
    bench.dispatcher.cancel(job.id)
    assert bench.wait(job.id).state == "cancelled"


def test_an_engine_that_is_killed_is_started_again_and_twice_is_enough(bench: Bench, tmp_path: Path) -> None:
    slow = bench.submit(long_job(tmp_path))
    after = bench.submit(spec(tone(tmp_path / "b.wav"), tmp_path / "out"))
    for times, with_what in ((1, signal.SIGKILL), (2, signal.SIGSEGV)):
        wait_until(running(bench, slow.id))
        assert bench.engine.pid is not None
        os.kill(bench.engine.pid, with_what)
        wait_until(lambda times=times: bench.queue.get(slow.id).crashes == times)  # type: ignore[misc]
    parked = bench.wait(slow.id)
    assert parked.error is not None
    assert parked.error.parked
    assert "SIGSEGV: Fatal Python error: Segmentation fault" in parked.error.message
    assert bench.wait(after.id).state == "done"
    assert sorted(path.name[0] for path in (tmp_path / "out").iterdir()) == ["b", "b", "b"]


def test_what_cannot_be_done_fails_with_the_reason_and_the_next_goes_on(bench: Bench, tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF nothing")
    failing = bench.submit(spec(broken, tmp_path / "out"))
    model = bench.queue.submit(spec(tone(tmp_path / "a.wav"), tmp_path / "out", model="/no/model"), "c", "m")[0]
    fine = bench.submit(spec(tone(tmp_path / "b.wav"), tmp_path / "out"))
    failed = bench.wait(failing.id)
    assert failed.error is not None
    assert (failed.error.kind, failed.error.exit_code) == ("MediaError", 3)
    assert "broken.wav" in failed.error.message
    error = bench.wait(model.id).error
    assert error is not None
    assert error.kind == "BundleError"
    assert bench.wait(fine.id).state == "done"


def test_where_nothing_is_there_nothing_is_written(bench: Bench, tmp_path: Path) -> None:
    job = bench.submit(spec(tone(tmp_path / "a.wav"), tmp_path / "deep" / "out", "nothing", skip_absent=True))
    ended = bench.wait(job.id)
    assert ended.state == "done", ended.error
    assert ended.result is not None
    assert (ended.result["found"], ended.result["stems"]) == (False, [])
    assert not (tmp_path / "deep").exists()
    assert bench.submit(job.spec) == ended


def test_a_device_that_is_not_there_fails_unless_the_cpu_is_allowed(bench: Bench, tmp_path: Path) -> None:
    from dataclasses import replace

    clip = tone(tmp_path / "a.wav", 2.0, rate=44_100)
    job_spec = spec(clip, tmp_path / "out", model=str(POCKET), device="directml")
    error = bench.wait(bench.submit(job_spec).id).error
    assert error is not None
    assert error.kind == "ProviderError"
    job = bench.wait(bench.submit(replace(job_spec, cpu_fallback=True)).id)
    assert job.state == "done", job.error
    assert job.result is not None
    assert "directml" in job.result["fell_back"]


def test_an_idle_engine_is_let_go(tmp_path: Path) -> None:
    bench = Bench(tmp_path, idle_seconds=0.3)
    try:
        bench.wait(bench.submit(spec(tone(tmp_path / "a.wav"), tmp_path / "out")).id)
        assert bench.engine.pid is not None
        wait_until(lambda: bench.engine.pid is None, 5)
        assert bench.wait(bench.submit(spec(tone(tmp_path / "b.wav"), tmp_path / "out")).id).state == "done"
    finally:
        bench.close()


def test_a_cancelled_job_of_a_killed_worker_leaves_no_files(tmp_path: Path) -> None:
    """Found by the kill soak: cancelled while it ran, and the worker killed before its engine process had stopped."""
    directory = WorkerDirectory(tmp_path / "home")
    directory.make()
    queue = JobQueue(Database(directory.database))
    job, _ = queue.submit(spec(tone(tmp_path / "a.wav"), tmp_path / "out"), "clip", "model")
    queue.claim()
    queue.cancel(job.id)
    staging = staging_folder(job.spec, job.id)
    staging.mkdir(parents=True)
    (staging / "a [rest].wav").write_bytes(b"half")
    dispatcher = Dispatcher(queue, EngineHandle(directory, WorkerSettings()), Events(), WorkerSettings())
    dispatcher.start()
    dispatcher.stop()
    assert queue.get(job.id).state == "cancelled"
    assert not staging.exists()
    queue.close()


def test_a_disk_that_refuses_a_name_leaves_no_file_of_the_job(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_file, out = os.replace, tmp_path / "out"

    def refuse_the_second(old: str, new: str) -> None:
        if Path(new).parent == out and any(out.glob("a *")):
            raise PermissionError(errno.EACCES, "Permission denied", str(new))
        replace_file(old, new)

    monkeypatch.setattr(os, "replace", refuse_the_second)
    job = bench.wait(bench.submit(spec(tone(tmp_path / "a.wav"), out)).id)
    assert job.error is not None
    assert "cannot get its final name" in job.error.message
    wait_until(lambda: not list(out.iterdir()), 5)
    monkeypatch.undo()
    assert bench.wait(bench.queue.retry(job.id).id).state == "done"
    assert len(list(out.iterdir())) == 3


def test_no_unforeseen_error_stops_the_queue(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail_first(owner: object, name: str, error: Exception, times: int = 1) -> None:
        """Let a method raise `error` the first times that it is called."""
        method, left = getattr(owner, name), [times]

        def raise_or_call(*arguments: object, **options: object) -> object:
            if left[0]:
                left[0] -= 1
                raise error
            return method(*arguments, **options)

        monkeypatch.setattr(owner, name, raise_or_call)

    def ended(number: int) -> Job:
        return bench.wait(bench.submit(spec(tone(tmp_path / f"{number}.wav", seed=number), tmp_path / "out")).id)

    fail_first(bench.queue, "claim", UnicodeDecodeError("utf-8", b"\xff", 0, 1, "damaged"))
    assert ended(1).state == "done"
    fail_first(bench.queue, "digests", IndexError("no row"))
    failed = ended(2)
    assert failed.error is not None
    assert failed.error.message == "unexpected: no row"
    fail_first(bench.events, "publish", RuntimeError("a listener"), times=3)
    assert ended(3).state in ("done", "failed")
    fail_first(bench.queue, "intend", KeyError("publisher"))
    assert ended(4).state == "failed"
    fail_first(bench.queue, "intend", KeyError("publisher"))
    fail_first(bench.queue, "fail", TypeError("and its end"))
    stuck = bench.submit(spec(tone(tmp_path / "5.wav", seed=5), tmp_path / "out"))
    wait_until(lambda: "cannot be failed" in caplog.text)
    assert bench.queue.get(stuck.id).state == "running"
    fail_first(subprocess, "Popen", OSError(errno.EAGAIN, "no more processes"))
    bench.engine.stop()
    job = ended(6)
    assert (job.state, job.crashes) == ("done", 1)
    assert bench.queue.recover(lambda job: None) == []
    assert bench.wait(stuck.id).state == "done"
