"""A queue file whose bytes have changed: the worker opens it, every undamaged job is there, the rest is set aside."""

import json
import os
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from job_makers import RealWorker, spec, tone

from flowsep_plugin.errors import MediaError
from flowsep_plugin.jobs.job import Job, JobError
from flowsep_plugin.jobs.store.database import Database
from flowsep_plugin.jobs.store.digests import Digests
from flowsep_plugin.jobs.store.queue import JobQueue
from flowsep_plugin.jobs.store.tables import MARK

PLACES = int(os.environ.get("FLOWSEP_FLIPS", "200"))
RESULT = {"files": [], "presence": {"values": [[0.25] * 400]}, "record": {}}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, dict[str, Job]]:
    """Return the file of a paused queue with 50 jobs in all states, and the jobs."""
    path = tmp_path_factory.mktemp("queue") / "queue.db"
    database = Database(path)
    queue = JobQueue(database)
    for number in range(50):
        queue.submit(spec(Path(f"/clips/{number}.wav"), Path("/out"), seed=number), f"clip{number}", "model")
    for number in range(20):
        job = queue.claim()
        assert job is not None
        if number % 4 == 0:
            queue.fail(job.id, JobError("EngineError", "the card is on fire"))
        elif number % 4 == 1:
            queue.drop(job.id)
        else:
            queue.finish(job.id, RESULT)
    queue.pause(True)
    jobs = {job.id: job for job in queue.jobs()}
    queue.close()
    return path.read_bytes(), jobs


def flipped(content: bytes, seed: int) -> Iterator[bytes]:
    """Yield `content` with one other byte, at places all over it."""
    rng = random.Random(seed)
    for place in range(PLACES):
        at = rng.randrange(len(content) * place // PLACES, len(content) * (place + 1) // PLACES)
        other = rng.choice([0, 255, content[at] ^ 1 << rng.randrange(8), rng.randrange(256)])
        yield content[:at] + bytes([other]) + content[at + 1 :]


def test_wherever_a_byte_is_flipped_all_jobs_but_one_go_on(whole: tuple[bytes, dict[str, Job]], tmp_path: Path) -> None:
    content, jobs = whole
    for number, damaged in enumerate(flipped(content, seed=1)):
        path = tmp_path / str(number) / "queue.db"
        path.parent.mkdir()
        path.write_bytes(damaged)
        database = Database(path)
        queue = JobQueue(database)
        queue.recover()
        there = {job.id: job for job in queue.jobs()}
        missing = [name for name in jobs if there.get(name) != jobs[name]]
        assert len(missing) <= 1
        assert set(there) <= set(jobs)
        assert queue.paused
        assert all(queue.get(name) == there[name] for name in there)
        if missing:
            assert database.repaired or there[missing[0]].spec == jobs[missing[0]].spec
        assert queue.submit(spec(Path("/clips/new.wav"), Path("/out")), "new", "model")[1]
        queue.close()


@pytest.mark.parametrize("byte", [b"x", b"\xff"])
def test_the_row_that_cannot_be_read_is_kept_with_its_reason(
    whole: tuple[bytes, dict[str, Job]], tmp_path: Path, byte: bytes
) -> None:
    content, jobs = whole
    at = content.rindex(b'"queries"') + 1
    path = tmp_path / "queue.db"
    path.write_bytes(content[:at] + byte + content[at + 1 :])
    database = Database(path)
    assert len(JobQueue(database).jobs()) == len(jobs) - 1
    assert database.repaired is not None
    assert "all other jobs go on" in database.repaired
    [row] = database.select("SELECT * FROM unreadable")
    assert row["source"] == "jobs"
    assert json.loads(row["content"])[0] in jobs
    assert row["reason"]
    database.close()
    assert Database(path).repaired is None


def test_a_reason_that_is_no_text_is_kept_escaped(whole: tuple[bytes, dict[str, Job]], tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    path.write_bytes(whole[0])
    database = Database(path)
    with database.write() as execute:
        execute("UPDATE jobs SET error=? WHERE rowid=1", (r'{"\udcff": 1}',))
    database.close()
    database = Database(path)
    assert r"\udcff" in database.select("SELECT reason FROM unreadable")[0]["reason"]
    assert r"\udcff" in str(database.repaired)
    database.close()


def test_a_worker_starts_on_a_damaged_queue_and_says_what_it_set_aside(
    whole: tuple[bytes, dict[str, Job]], tmp_path: Path
) -> None:
    content, jobs = whole
    at = content.rindex(b'"queries"') + 1
    worker = RealWorker(tmp_path / "home")
    worker.directory.make()
    worker.directory.database.write_bytes(content[:at] + b"\xff" + content[at + 1 :])
    try:
        client = worker.start()
        assert len(client.jobs()) == len(jobs) - 1
        assert "was damaged" in client.status()["repaired"]
    finally:
        worker.stop()


@pytest.mark.parametrize("table", ["digests", "facts", "jobs"])
def test_a_table_with_other_columns_is_made_anew_and_no_job_is_lost(
    whole: tuple[bytes, dict[str, Job]], tmp_path: Path, table: str
) -> None:
    content, jobs = whole
    column = {"digests": b"sha256", "facts": b"value", "jobs": b"crashes"}[table]
    path = tmp_path / "queue.db"
    path.write_bytes(content.replace(b" " + column + b" ", b" \xff" + column[1:] + b" "))
    database = Database(path)
    queue = JobQueue(database)
    assert {job.id: job for job in queue.jobs()} == jobs
    assert queue.paused
    queue.close()


def test_a_pause_whose_row_is_damaged_stays(whole: tuple[bytes, dict[str, Job]], tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    path.write_bytes(whole[0].replace(b"paused1", b"pa\xffsed1"))
    database = Database(path)
    assert database.repaired is not None
    assert JobQueue(database).paused
    database.close()


def test_a_damaged_digest_is_computed_again(tmp_path: Path) -> None:
    clip, path = tone(tmp_path / "a.wav"), tmp_path / "queue.db"
    database = Database(path)
    digest = Digests(database).of(clip)
    database.close()
    for byte in (b"\xff", b"x"):
        content = path.read_bytes()
        path.write_bytes(content.replace(digest.encode(), byte + digest[1:].encode()))
        database = Database(path)
        assert Digests(database).of(clip) == digest
        database.close()


def test_only_the_version_that_the_file_repeats_is_a_newer_one(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    for mark, is_newer in ((MARK, False), (0, False), (MARK + 1, True)):
        other = sqlite3.connect(path)
        other.execute("PRAGMA user_version=2")
        other.execute(f"PRAGMA application_id={mark}")
        other.close()
        if is_newer:
            with pytest.raises(MediaError, match="newer flowsep"):
                Database(path)
        else:
            Database(path).close()
