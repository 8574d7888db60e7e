"""Files whose names are not UTF-8: separated as any other, and shown with their bytes escaped."""

import csv
import json
import os
import shutil
import threading
from pathlib import Path
from xml.etree import ElementTree

import pytest
from job_makers import RealWorker, spec, tone, wait_until
from typer.testing import CliRunner

from flowsep_plugin.cli import app, main
from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import NotFound, UsageError
from flowsep_plugin.files import FileRequest, separate_file
from flowsep_plugin.jobs.batch import LocalRunner, WorkerRunner, folder_items, run_batch, write_report
from flowsep_plugin.jobs.batch.watch import FolderWatch, WatchEvent, WatchRules
from flowsep_plugin.jobs.client.worker_client import WorkerClient
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.jobs.store.database import Database
from flowsep_plugin.jobs.store.digests import Digests
from flowsep_plugin.jobs.store.queue import JobQueue
from flowsep_plugin.media.metadata.bext import Bext
from flowsep_plugin.media.metadata.ixml_stem import StemFacts, stem_ixml
from flowsep_plugin.separate import Separator
from flowsep_plugin.untrusted.printable import printable

NAME = os.fsdecode(b"caf\xe9")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of two clips, one with a name that is not UTF-8."""
    try:
        (tmp_path / "odd" / NAME).mkdir(parents=True)
    except (OSError, UnicodeError):
        pytest.skip("this system has no file names that are not UTF-8")
    tone(tmp_path / "b.wav")
    shutil.copy(tmp_path / "b.wav", tmp_path / "odd" / "b.wav")
    shutil.move(tmp_path / "b.wav", tmp_path / "odd" / NAME / f"{NAME}.wav")
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_separated_and_its_receipt_repeats_it(folder: Path) -> None:
    clip = folder / "odd" / NAME / f"{NAME}.wav"
    with Separator.open("echo") as separator:
        done = separate_file(separator, clip, Request(["dog"]), FileRequest(folder / "out"))
    assert names(folder / "out") == [f"{NAME} [dog].json", f"{NAME} [dog].wav", f"{NAME} [rest].wav"]
    assert json.loads(done.receipt.read_text(encoding="utf-8"))["input"]["path"] == str(clip)
    again = CliRunner().invoke(app, ["separate", "--again", str(done.receipt), "--out", str(folder / "again")])
    assert again.exit_code == 0, again.output
    assert names(folder / "again") == names(folder / "out")


def test_the_production_metadata_of_a_stem_names_such_a_source() -> None:
    source = b"<BWFXML><FILE_UID>A1</FILE_UID><BEXT><BWF_DESCRIPTION>b</BWF_DESCRIPTION></BEXT></BWFXML>"
    facts = StemFacts(offset_frames=0, rate=48_000, bits=24, bext=Bext(description=NAME), parent=f"{NAME}.wav")
    chunk = ElementTree.fromstring(stem_ixml(source, facts))
    assert chunk.findtext("HISTORY/PARENT_FILENAME") == printable(f"{NAME}.wav")
    assert chunk.findtext("BEXT/BWF_DESCRIPTION") == printable(NAME)


@pytest.mark.parametrize("end", ["mp3", "flac", "aiff"])
def test_other_formats_are_read_by_such_a_name(folder: Path, end: str) -> None:
    import soundfile as sf

    from flowsep_plugin.media import read_clip

    samples, rate = sf.read(folder / "odd" / "b.wav")
    sf.write(folder / f"plain.{end}", samples, rate)
    shutil.move(folder / f"plain.{end}", folder / f"{NAME}.{end}")
    assert read_clip(str(folder / f"{NAME}.{end}")).rate == rate


def test_a_batch_of_this_process_does_all_files_and_names_them_in_its_report(folder: Path) -> None:
    out = folder / "out"
    items = folder_items(folder / "odd", spec(folder, out))
    outcomes = run_batch(items, LocalRunner(out), lambda progress: None)
    assert [outcome.error for outcome in outcomes] == [None, None]
    for end in ("csv", "json"):
        write_report(folder / f"report.{end}", outcomes)
    with (folder / "report.csv").open(encoding="utf-8", newline="") as file:
        assert [row["input"] for row in csv.DictReader(file)] == ["b.wav", printable(f"{NAME}/{NAME}.wav")]
    rows = json.loads((folder / "report.json").read_text(encoding="utf-8"))["rows"]
    assert Path(rows[1]["stem"]).is_file()
    again = run_batch(items, LocalRunner(out), lambda progress: None)
    assert [outcome.result for outcome in again] == [outcome.result for outcome in outcomes]


def test_the_worker_does_all_files_of_a_batch_and_lists_them(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = RealWorker(folder / "home")
    monkeypatch.setenv("FLOWSEP_WORKER_HOME", str(worker.directory.folder))
    try:
        client = worker.start()
        items = folder_items(folder / "odd", spec(folder, folder / "out"))
        outcomes = run_batch(items, WorkerRunner(lambda: client), lambda progress: None)
        assert [outcome.error for outcome in outcomes] == [None, None]
        ids = {job.spec.input.name: job.id for job in client.jobs()}
        odd = ids[f"{NAME}.wav"]
        for line in (["list"], ["list", "--json"], ["show", odd], ["retry", odd], ["cancel", odd], ["logs", odd]):
            with pytest.raises(SystemExit) as ended:
                main(["jobs", *line])
            assert not ended.value.code
            assert printable(NAME) in capsys.readouterr().out
        watch_a_folder(folder, client)
        worker.kill()
        assert odd in [job.id for job in worker.start().jobs()]
    finally:
        worker.stop()


def watch_a_folder(folder: Path, client: WorkerClient) -> None:
    """Watch a folder into which files come while it is watched, some with names that are not UTF-8."""
    (folder / "in").mkdir()
    events: list[WatchEvent] = []
    watch = FolderWatch(
        folder / "in", spec(folder, folder / "stems"), WatchRules(0.1), events.append, lambda: client
    )  # fmt: skip
    stop = threading.Event()
    thread = threading.Thread(target=watch.run, args=(stop,))
    thread.start()
    try:
        for name in ("first", NAME, "last"):
            tone(folder / "whole.wav", seed=len(events))
            shutil.move(folder / "whole.wav", folder / "in" / f"{name}.wav")
            wait_until(lambda path=folder / "in" / f"{name}.wav": (path, "done") in [(e.path, e.what) for e in events])  # type: ignore[misc]
    finally:
        stop.set()
        thread.join()


def test_the_queue_holds_such_names_and_finds_no_job_by_them(folder: Path) -> None:
    clip = folder / "odd" / NAME / f"{NAME}.wav"
    with_names = spec(clip, folder / NAME / "out")
    database = Database(folder / "queue.db")
    queue, digest = JobQueue(database), Digests(database).of(clip)
    name = queue.submit(with_names, digest, "echo")[0].id
    queue.close()
    queue = JobQueue(Database(folder / "queue.db"))
    assert queue.get(name).spec == with_names
    for odd in (NAME, "\ud800", "é" * 8, "²" * 8):
        with pytest.raises(NotFound):
            queue.get(odd)
    queue.close()


@pytest.mark.parametrize("field", ["input", "out"])
def test_a_path_that_no_file_can_have_is_no_job(tmp_path: Path, field: str) -> None:
    plain = spec(tmp_path / "a.wav", tmp_path).as_json()
    with pytest.raises(UsageError, match=f"{field}.*no file can have"):
        JobSpec.from_json({**plain, field: f"{tmp_path}/\ud800"})


@pytest.mark.parametrize("query", [NAME, "a \ud800 dog"])
def test_a_query_is_text(query: str) -> None:
    with pytest.raises(UsageError, match="type it in Unicode"):
        Request([query])


def test_what_people_see_can_be_encoded(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["separate", f"/no/{NAME}.wav", "-q", "dog", "--model", "echo"])
    assert "caf\\udce9.wav" in capsys.readouterr().err
