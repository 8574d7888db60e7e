"""What a support archive holds, and what a log line gives away."""

import contextlib
import json
import logging
import os
import shutil
import sqlite3
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from job_makers import RealWorker, spec, tone
from typer.testing import CliRunner

from flowsep_plugin.cli import app
from flowsep_plugin.errors import UsageError
from flowsep_plugin.jobs.directory import WorkerDirectory
from flowsep_plugin.jobs.log_privacy import LEFT_OUT, PrivacyFormatter, Public, RelayFormatter, received, strike, unmark
from flowsep_plugin.jobs.worker.support import write_support_archive

QUERY, NAME = "zebra quartet rehearsing", "unreleased-client-scene"
OURS = "flowsep_plugin.jobs.worker.dispatcher"


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealWorker]:
    """A worker that has done one job and failed at another, both of the same name and query."""
    worker, clips = RealWorker(tmp_path_factory.mktemp("home") / "worker"), tmp_path_factory.mktemp("clips")
    client = worker.start()
    broken = clips / f"{NAME}-broken.wav"
    broken.write_bytes(b"RIFF")
    for clip, state in ((tone(clips / f"{NAME}.wav"), "done"), (broken, "failed")):
        job = client.submit(spec(clip, clips / "out", QUERY))
        assert client.wait(job.id).state == state
    yield worker
    worker.stop()


def archive_text(worker: RealWorker, path: Path, *, with_names: bool = False) -> dict[str, str]:
    write_support_archive(path, directory=worker.directory, with_names=with_names)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def logged(text: str, *arguments: object, logger: str = OURS, formatter: logging.Formatter | None = None) -> str:
    record = logging.LogRecord(logger, logging.INFO, __file__, 1, text, arguments, None)
    return (formatter or PrivacyFormatter()).format(record)


def raised(error: BaseException) -> str:
    """A log line with the traceback of `error`, which is raised while another of its words is handled."""
    try:
        try:
            raise KeyError(str(error))
        finally:
            raise error
    except type(error):
        record = logging.LogRecord(OURS, logging.ERROR, __file__, 1, "job %s", (Public("1f"),), sys.exc_info())
    return PrivacyFormatter().format(record)


@pytest.mark.parametrize("secret", [QUERY, NAME])
def test_neither_names_nor_queries_are_in_a_support_archive(worker: RealWorker, tmp_path: Path, secret: str) -> None:
    assert not [name for name, text in archive_text(worker, tmp_path / "a.zip").items() if secret in text]


@pytest.mark.parametrize("secret", [QUERY, NAME])
@pytest.mark.parametrize("part", ["jobs.json", "logs/worker.log"])
def test_names_and_queries_are_in_it_where_they_are_asked_for(
    worker: RealWorker, tmp_path: Path, part: str, secret: str
) -> None:
    assert secret in archive_text(worker, tmp_path / "a.zip", with_names=True)[part]


def test_a_support_archive_still_says_which_job_failed_and_how(worker: RealWorker, tmp_path: Path) -> None:
    failed = next(job for job in worker.client().jobs() if job.state == "failed")
    assert f"job {failed.id}: MediaError: {LEFT_OUT}" in archive_text(worker, tmp_path / "a.zip")["logs/worker.log"]


def test_the_owner_reads_a_log_without_marks(worker: RealWorker) -> None:
    client = worker.client()
    job = next(job for job in client.jobs() if job.state == "done")
    assert any(line.endswith(f"job {job.id}: {NAME}.wav, {QUERY}") for line in client.log(job.id))


@given(st.text(min_size=1))
def test_what_is_filled_into_a_log_line_can_be_left_out(secret: str) -> None:
    assert strike(logged("job %s: %s", Public("1f"), secret)).endswith(f"job 1f: {LEFT_OUT}")


@given(st.text(st.characters(exclude_characters="⟦⟧\n")))
def test_what_is_filled_into_a_log_line_can_be_read_by_its_owner(text: str) -> None:
    assert unmark(logged("job %s: %s", Public("1f"), text)).endswith(f"job 1f: {text}")


def test_numbers_in_a_log_line_are_kept() -> None:
    assert strike(logged("%d of %g s", 2, 1.5)).endswith("2 of 1.5 s")


def test_messages_of_exceptions_are_left_out_and_their_places_kept() -> None:
    text = strike(raised(ValueError(f"{NAME}\n{QUERY}")))
    assert NAME not in text
    assert QUERY not in text
    assert f"KeyError: {LEFT_OUT}" in text
    assert f"ValueError: {LEFT_OUT}" in text
    assert "test_support.py" in text


def test_what_another_library_logs_is_left_out() -> None:
    assert strike(logged(f"reading {NAME}", logger="soundfile")).endswith(LEFT_OUT)


def test_lines_of_the_engine_keep_what_is_public_on_their_way_through_the_worker() -> None:
    line = logged("job %s: %s", Public("1f"), NAME, formatter=RelayFormatter())
    assert strike(logged("engine: %s", received(line))).endswith(f"job 1f: {LEFT_OUT}")


@pytest.mark.parametrize(
    ("line", "is_public"),
    [
        ("Fatal Python error: Segmentation fault", True),
        ('  File "/opt/flowsep_plugin/engine/graphs.py", line 70 in run', True),
        (f"warning: {NAME} is odd", False),
        (f"Error: ⟦{NAME}⟧", False),
    ],
)
def test_what_the_engine_prints_is_left_out_but_for_stacks(line: str, is_public: bool) -> None:
    struck = strike(logged("engine: %s", received(line)))
    assert struck.endswith(line if is_public else f"engine: {LEFT_OUT}")


@pytest.mark.parametrize("kind", ["a clip", "another zip", "a folder", "a pipe"])
def test_only_an_older_archive_is_overwritten(tmp_path: Path, kind: str) -> None:
    path, directory = tmp_path / "file", WorkerDirectory(tmp_path / "worker")
    if kind == "a clip":
        path.write_bytes(b"RIFF")
    elif kind == "another zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("song.wav", b"RIFF")
    elif kind == "a folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(UsageError, match="is not overwritten with a support archive"):
        write_support_archive(path, directory=directory)
    assert before == (path.read_bytes() if path.is_file() else None)
    write_support_archive(tmp_path / "a.zip", directory=directory)
    assert "system.json" in write_support_archive(tmp_path / "a.zip", directory=directory)


def test_the_doctor_does_not_replace_a_clip(tmp_path: Path) -> None:
    clip = tmp_path / "clip.wav"
    clip.write_bytes(b"RIFF")
    result = CliRunner().invoke(app, ["doctor", "--bundle", str(clip)])
    assert isinstance(result.exception, UsageError) or result.exit_code == 2
    assert clip.read_bytes() == b"RIFF"


@pytest.mark.parametrize(
    ("column", "value"),
    [("spec", b"{"), ("spec", b'"x"'), ("error", b"5"), ("error", b"{"), ("id", b"\xff"), ("spec", b"[" * 100_000)],
)
def test_a_job_that_cannot_be_read_is_told_and_the_others_are_listed(tmp_path: Path, column: str, value: bytes) -> None:
    directory = WorkerDirectory(tmp_path)
    queue = shutil.copyfile(Path(__file__).parents[1] / "golden" / "v0_1" / "queue.db", directory.database)
    with contextlib.closing(sqlite3.connect(queue, isolation_level=None)) as database:
        count = database.execute("SELECT count(*) FROM jobs").fetchone()[0]
        database.execute(f"UPDATE jobs SET {column}=CAST(? AS TEXT) WHERE rowid=1", (value,))
    for with_names in (False, True):
        write_support_archive(tmp_path / "support.zip", directory=directory, with_names=with_names)
        with zipfile.ZipFile(tmp_path / "support.zip") as archive:
            jobs = json.loads(archive.read("jobs.json"))
        assert len(jobs) == count
        assert sum("unreadable" in job for job in jobs) == 1


def test_an_archive_is_written_of_a_queue_whose_damage_is_in_the_words_of_the_error_too(tmp_path: Path) -> None:
    directory = WorkerDirectory(tmp_path)
    content = (Path(__file__).parents[1] / "golden" / "v0_1" / "queue.db").read_bytes()
    directory.database.write_bytes(content.replace(b" ON jobs (", b" ON job\xff ("))
    write_support_archive(tmp_path / "support.zip", directory=directory)
    with zipfile.ZipFile(tmp_path / "support.zip") as archive:
        assert json.loads(archive.read("jobs.json")) == []
