"""The durable queue."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from job_makers import spec

from flowsep_plugin.audio.span import Span
from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import Conflict, MediaError, UsageError
from flowsep_plugin.files import FileRequest
from flowsep_plugin.jobs.job import MOST_CRASHES, MOST_INTERRUPTIONS, Job, JobError
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.jobs.store.database import Database
from flowsep_plugin.jobs.store.queue import JobQueue
from flowsep_plugin.jobs.store.tables import MARK, VERSION
from flowsep_plugin.render_settings import MODES, RenderSettings


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[JobQueue]:
    job_queue = JobQueue(Database(tmp_path / "queue.db"))
    yield job_queue
    job_queue.close()


def asked(number: int = 0, **more: object) -> tuple[JobSpec, str, str]:
    return spec(Path(f"/clips/{number}.wav"), Path("/out"), **more), f"clip {number}", "model"  # type: ignore[arg-type]


@given(
    strength=st.floats(0.25, 4), mode=st.sampled_from(MODES), steps=st.none() | st.integers(1, 200),
    span=st.none() | st.integers(1, 10**9),
    name=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1),
)  # fmt: skip
def test_a_spec_survives_json(strength: float, mode: str, steps: int | None, span: int | None, name: str) -> None:
    request = Request(["a", "b"], ["c"], steps=steps, render=RenderSettings(mode=mode, strength=strength))  # type: ignore[arg-type]
    files = FileRequest(Path("/out") / name, span=span and Span(3, span, 48_000))
    job_spec = JobSpec(Path("/in") / name, request, files)
    assert JobSpec.from_json(json.loads(json.dumps(job_spec.as_json()))) == job_spec


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({}, "needs 'input'"),
        ([], "must be an object"),
        ({"input": "/a", "out": "/b", "request": {"queries": "dog"}}, "list of texts"),
        ({"input": "/a", "out": "/b", "request": {"queries": ["dog"], "stepz": 3}}, "unknown name 'stepz'"),
        (
            {"input": "/a", "out": "/b", "request": {"queries": ["dog"], "steps": True}},
            "steps must be a whole number from 1 to 200, or null",
        ),
        ({"input": "/a", "out": "/b", "request": {"queries": ["dog"]}, "format": "mp9"}, "mp9"),
        ({"input": "/a\0", "out": "/b", "request": {"queries": ["dog"]}}, "path"),
        ({"input": "/a", "out": 3, "request": {"queries": ["dog"]}}, "path"),
        ({"input": "/a", "out": "/b", "request": {"queries": ["dog"]}, "span": {"start": 1}}, "span"),
    ],
)
def test_a_wrong_spec_is_refused_in_words(wrong: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        JobSpec.from_json(wrong)


def test_what_only_rendering_needs_does_not_change_the_estimate() -> None:
    soft, hard = asked(strength=0.5)[0], asked(strength=2.0)[0]
    assert soft.estimate_key("c", "m") == hard.estimate_key("c", "m")
    assert soft.job_id("c", "m") != hard.job_id("c", "m")
    assert asked(seed=1)[0].estimate_key("c", "m") != soft.estimate_key("c", "m")


def test_asking_twice_is_one_job(queue: JobQueue) -> None:
    first, fresh = queue.submit(*asked())
    again, more = queue.submit(*asked())
    assert (fresh, more) == (True, False)
    assert first.id == again.id
    assert len(queue.jobs()) == 1


def test_a_done_job_is_free_while_its_files_are_there(queue: JobQueue, tmp_path: Path) -> None:
    stem = tmp_path / "stem.wav"
    stem.write_bytes(b"stem")
    name = queue.submit(*asked())[0].id
    queue.claim()
    status = stem.stat()
    queue.finish(name, {"files": [{"path": str(stem), "bytes": 4, "changed": status.st_mtime_ns}]})
    assert queue.submit(*asked())[0].state == "done"
    stem.unlink()
    assert queue.submit(*asked())[0].state == "queued"


def test_jobs_run_in_the_order_they_came(queue: JobQueue) -> None:
    names = [queue.submit(*asked(number))[0].id for number in range(5)]
    claimed = [queue.claim() for _ in range(6)]
    assert [job and job.id for job in claimed] == [*names, None]


def test_a_clock_that_jumps_changes_no_order(tmp_path: Path) -> None:
    times = iter([1e9, 5.0, -3.0, 2e12, 0.0, 7.0, 1e9, 1e3, 5.0])
    queue = JobQueue(Database(tmp_path / "queue.db"), clock=lambda: next(times))
    names = [queue.submit(*asked(number))[0].id for number in range(4)]
    claimed = [queue.claim() for _ in range(4)]
    assert [job and job.id for job in claimed] == names
    queue.close()


def test_a_moved_job_is_next(queue: JobQueue) -> None:
    a, b, c, d = [queue.submit(*asked(number))[0].id for number in range(4)]
    queue.move(d, None)
    queue.move(c, b)
    assert [job.id for job in queue.jobs(["queued"])] == [d, a, c, b]
    queue.claim()
    with pytest.raises(Conflict, match="only a queued job"):
        queue.move(a, d)


def test_what_is_paused_is_not_started(queue: JobQueue) -> None:
    a, b = (queue.submit(*asked(number))[0].id for number in range(2))
    queue.hold(a, True)
    queue.pause(True)
    assert queue.claim() is None
    queue.pause(False)
    first = queue.claim()
    assert first is not None
    assert first.id == b
    queue.hold(a, False)
    second = queue.claim()
    assert second is not None
    assert second.id == a


def test_a_job_that_crashes_twice_is_parked_and_stays_so(queue: JobQueue) -> None:
    name = queue.submit(*asked())[0].id
    for _ in range(MOST_CRASHES):
        assert queue.claim() is not None
        job = queue.record_crash(name, "signal 9")
    assert job.state == "failed"
    assert job.error is not None
    assert job.error.parked
    assert "signal 9" in job.error.message
    assert queue.submit(*asked())[0].state == "failed"
    assert queue.retry(name).crashes == 0
    assert queue.claim() is not None


def test_a_worker_that_vanishes_leaves_its_job_queued(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    queue = JobQueue(Database(path))
    name = queue.submit(*asked())[0].id
    for times in range(1, MOST_INTERRUPTIONS + 1):
        assert queue.claim() is not None
        queue.close()
        queue = JobQueue(Database(path))
        assert queue.recover() == []
        assert queue.get(name).interruptions == times
    assert queue.get(name).state == "failed"
    queue.close()


def test_what_was_about_to_be_renamed_is_handed_over(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    queue = JobQueue(Database(path))
    name = queue.submit(*asked())[0].id
    queue.claim()
    move = ("/out/.flowsep-1/a.wav", "/out/a.wav")
    queue.intend(name, {"files": []}, [move])
    queue.close()
    queue = JobQueue(Database(path))
    ((job, moves),) = queue.recover()
    assert (job.id, job.state, list(moves)) == (name, "running", [move])
    queue.close()


def test_a_cancel_outlives_the_worker(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    queue = JobQueue(Database(path))
    name = queue.submit(*asked())[0].id
    queue.claim()
    queue.cancel(name)
    queue.close()
    queue = JobQueue(Database(path))
    queue.recover()
    assert queue.get(name).state == "cancelled"
    queue.close()


def test_a_queued_job_is_cancelled_at_once_and_can_be_retried(queue: JobQueue) -> None:
    name = queue.submit(*asked())[0].id
    assert queue.cancel(name).state == "cancelled"
    assert queue.cancel(name).state == "cancelled"
    assert queue.retry(name).state == "queued"
    with pytest.raises(Conflict, match="only a job that has ended"):
        queue.retry(name)


def test_a_job_crosses_the_api_unchanged(queue: JobQueue) -> None:
    name = queue.submit(*asked())[0].id
    queue.claim()
    job = queue.fail(name, JobError("MediaError", "gone", 3))
    assert Job.from_json(json.loads(json.dumps(job.as_json()))) == job


def test_many_threads_submit_and_claim_and_nothing_is_done_twice(queue: JobQueue) -> None:
    claimed: list[str] = []

    def feed() -> None:
        for number in range(20):
            queue.submit(*asked(number))

    def take() -> None:
        while (job := queue.claim()) is not None:
            claimed.append(job.id)

    for work in (feed, take):
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(claimed) == len(set(claimed)) == 20


def test_a_full_disk_changes_nothing_and_says_so(tmp_path: Path) -> None:
    database = Database(tmp_path / "queue.db")
    queue = JobQueue(database)
    first = queue.submit(*asked())[0]
    pages = database.select("PRAGMA page_count")[0][0]
    database.select(f"PRAGMA max_page_count={pages}")
    with pytest.raises(MediaError, match="full"):  # noqa: PT012
        for number in range(1, 200):
            queue.submit(*asked(number))
    count = len(queue.jobs())
    database.select("PRAGMA max_page_count=100000")
    assert queue.jobs()[0] == first
    assert queue.submit(*asked(999))[1]
    assert len(queue.jobs()) == count + 1
    queue.close()


@pytest.mark.parametrize("damage", ["torn page", "no database at all", "cut off"])
def test_a_damaged_database_is_set_aside_and_what_can_be_read_is_kept(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "queue.db"
    queue = JobQueue(Database(path))
    queue.submit_all([asked(number) for number in range(200)])
    queue.close()
    data = bytearray(path.read_bytes())
    if damage == "torn page":
        middle = len(data) // 2 // 4096 * 4096
        data[middle : middle + 8192] = bytes(8192)
    elif damage == "cut off":
        del data[len(data) * 2 // 3 :]
    else:
        data = bytearray(b"something else " * 1000)
    path.write_bytes(data)
    database = Database(path)
    assert database.repaired is not None
    assert "kept as queue.damaged-" in database.repaired
    queue = JobQueue(database)
    assert len(queue.jobs()) > 50 or damage == "no database at all"
    assert queue.submit(*asked(1000))[1]
    assert len(list(tmp_path.glob("queue.damaged-*.db"))) == 1
    queue.close()


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    other = sqlite3.connect(path)
    other.execute("PRAGMA user_version=99")
    other.execute(f"PRAGMA application_id={MARK - VERSION + 99}")
    other.close()
    with pytest.raises(MediaError, match="newer flowsep"):
        Database(path)


def test_the_oldest_ended_jobs_are_forgotten(queue: JobQueue) -> None:
    names = [queue.submit(*asked(number))[0].id for number in range(6)]
    for name in names[:4]:
        queue.cancel(name)
    assert queue.prune(keep=1) == 3
    assert [job.id for job in queue.jobs()] == names[3:]
    queue.forget(names[3])
    with pytest.raises(UsageError, match="no job"):
        queue.get(names[3])
    with pytest.raises(Conflict, match="has not ended"):
        queue.forget(names[4])


def test_a_few_characters_name_a_job(queue: JobQueue) -> None:
    name = queue.submit(*asked())[0].id
    assert queue.get(name[:6]).id == name
    for wrong in ("zzzzzz", "*", "", name[:2]):
        with pytest.raises(UsageError):
            queue.get(wrong)
