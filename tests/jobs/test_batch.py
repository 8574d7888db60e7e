"""Whole libraries, watch folders, and what is reported about them."""

import csv
import json
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from job_makers import POCKET, RealWorker, spec, tone, wait_until

from flowsep_plugin.cli import main
from flowsep_plugin.errors import UsageError
from flowsep_plugin.jobs.batch.manifest import BatchItem, folder_items, manifest_items
from flowsep_plugin.jobs.batch.report import rows, write_report
from flowsep_plugin.jobs.batch.run import BatchProgress, Outcome, run_batch
from flowsep_plugin.jobs.batch.runners import LocalRunner, WorkerRunner
from flowsep_plugin.jobs.batch.watch import FolderWatch, WatchEvent, WatchRules
from flowsep_plugin.jobs.client.worker_client import WorkerClient
from flowsep_plugin.jobs.job import Job
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.jobs.worker.support import write_support_archive
from flowsep_plugin.media import Format
from flowsep_plugin.media.loudness import integrated_lufs

FLOWSEP = (sys.executable, "-c", "from flowsep_plugin.cli import main; main()")


def library(folder: Path) -> Path:
    """Two good files, one in a subfolder, one that is broken, and what is to be left out."""
    tone(folder / "a.wav", seed=1)
    tone(folder / "deep" / "b.wav", seed=2)
    (folder / "broken.wav").write_bytes(b"RIFF")
    (folder / "notes.txt").write_text("no audio")
    tone(folder / ".hidden" / "c.wav")
    return folder


def like(out: Path, **more: object) -> JobSpec:
    return replace(spec(out, out, **more), loudness=True)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealWorker]:
    started_worker = RealWorker(tmp_path_factory.mktemp("home") / "worker")
    started_worker.start()
    yield started_worker
    started_worker.stop()


def quiet(progress: BatchProgress) -> None:
    """Tell nobody."""


def done(items: list[BatchItem], runner: object) -> list[Outcome]:
    return run_batch(items, runner, quiet)  # type: ignore[arg-type]


def without_times(outcomes: list[Outcome], out: Path) -> list[dict[str, object]]:
    plain = json.loads(json.dumps(list(rows(outcomes))).replace(str(out), "OUT"))
    return [row | {"seconds": None} for row in plain]


def test_a_folder_is_mirrored_and_its_errors_do_not_stop_it(tmp_path: Path) -> None:
    clips, out = library(tmp_path / "clips"), tmp_path / "out"
    events: list[BatchProgress] = []
    outcomes = run_batch(folder_items(clips, like(out)), LocalRunner(out), events.append)
    assert [outcome.item.name for outcome in outcomes] == ["a.wav", "broken.wav", os.path.join("deep", "b.wav")]
    assert [outcome.error is None for outcome in outcomes] == [True, False, True]
    assert (out / "deep" / "b [a dog barking].wav").is_file()
    assert not list(out.rglob("*.part"))
    assert (events[-1].done, events[-1].total, events[-1].failed, events[-1].eta_seconds) == (3, 3, 1, 0)


def test_the_worker_and_this_process_report_the_same(worker: RealWorker, tmp_path: Path) -> None:
    clips = library(tmp_path / "clips")
    reports = []
    for name, runner in (("one", LocalRunner(tmp_path / "one")), ("two", WorkerRunner(worker.client))):
        out = tmp_path / name
        reports.append(without_times(done(folder_items(clips, like(out)), runner), out))
    assert reports[0] == reports[1]
    for part in ("stem", "clip"):  # the rest is silent
        for name in ("lufs", "true_peak_dbtp", "max_momentary_lufs"):
            assert isinstance(reports[0][0][f"{part}_{name}"], float)
    assert reports[0][0]["clip_lufs"] == integrated_lufs(clips / "a.wav")
    assert reports[0][0]["null_db"] == -200
    assert "broken.wav" in str(reports[0][1]["error"])


@pytest.mark.parametrize("kind", ["here", "worker"])
def test_a_second_run_does_nothing_again(worker: RealWorker, tmp_path: Path, kind: str) -> None:
    clips, out = library(tmp_path / "clips"), tmp_path / "out"
    items = folder_items(clips, like(out))

    def run() -> dict[Path, int]:
        done(items, LocalRunner(out) if kind == "here" else WorkerRunner(worker.client))
        return {path: path.stat().st_mtime_ns for path in out.rglob("*.wav")}

    first = run()
    assert len(first) == 4
    assert run() == first
    (out / "a [rest].wav").unlink()
    again = run()
    assert any("(2)" in path.name for path in again)
    assert all(again[path] == when for path, when in first.items() if "deep" in path.parts)


def test_a_batch_here_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    clips, out = tmp_path / "clips", tmp_path / "out"
    for number in range(6):
        tone(clips / f"{number}.wav", seed=number)
    command = [*FLOWSEP, "batch", str(clips), "-q", "dog", "--model", "echo", "--out", str(out), "--here"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    running.stdout.readline()
    running.kill()
    running.communicate()
    there = {path: path.stat().st_mtime_ns for path in out.glob("*.wav")}
    assert there
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "[6/6" in ended.stdout
    assert all(path.stat().st_mtime_ns == when for path, when in there.items())
    assert sorted(path.name for path in out.glob("*.wav")) == sorted(
        f"{number} [{end}].wav" for number in range(6) for end in ("dog", "rest")
    )
    with (out / "report.csv").open(newline="") as file:
        assert [row["state"] for row in csv.DictReader(file)] == ["done"] * 6


def test_the_command_line_ends_with_the_errors_and_their_code(tmp_path: Path) -> None:
    clips, out = library(tmp_path / "clips"), tmp_path / "out"
    command = [*FLOWSEP, "batch", str(clips), "-q", "nothing", "--model", "echo", "--out", str(out), "--here",
               "--skip-absent", "--report", str(out / "all.json")]  # fmt: skip
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 3, ended.stderr
    assert "broken.wav" in ended.stderr
    assert "1 of 3 files failed" in ended.stderr
    assert not list(out.rglob("*.wav"))
    states = [row["state"] for row in json.loads((out / "all.json").read_text())["rows"]]
    assert states == ["absent", "failed", "absent"]


def test_the_command_line_prints_the_notes_of_a_file(tmp_path: Path) -> None:
    clips = tmp_path / "clips"
    clips.mkdir()
    sf.write(clips / "loud.wav", np.full((4_000, 1), 1.5, np.float32), 16_000, subtype="FLOAT")
    command = [*FLOWSEP, "batch", str(clips), "-q", "dog", "--model", "echo", "--out", str(tmp_path / "out"), "--here"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "  the audio passes full scale, where wav24 would clip" in ended.stdout
    assert sf.info(tmp_path / "out" / "loud [dog].wav").subtype == "FLOAT"


@pytest.mark.parametrize("way", ["worker", "here", "watch"])
@pytest.mark.parametrize("format", ["wav24", "flac24"])
def test_a_file_above_full_scale_becomes_float_files_that_sum_to_it_and_it_is_said(
    worker: RealWorker, tmp_path: Path, way: str, format: Format
) -> None:
    clips, out = tmp_path / "clips", tmp_path / "out"
    clips.mkdir()
    sf.write(clips / "loud.wav", np.linspace(-1.5, 1.5, 4_001, dtype=np.float32), 16_000, subtype="FLOAT")
    job = like(out)
    job = replace(job, files=replace(job.files, format=format))
    if way == "watch":
        watching = Watching(clips, out, worker, WatchRules(settle_seconds=0.1), job)
        try:
            wait_until(lambda: watching.ended("loud.wav"))
        finally:
            watching.stop()
        ended = watching.events[-1].job
        result = ended.result if ended else None
    else:
        (outcome,) = done(
            folder_items(clips, job), WorkerRunner(worker.client) if way == "worker" else LocalRunner(out)
        )
        result = outcome.result
    assert result is not None
    assert f"where {format} would clip: the files are 32-bit float" in result["record"]["notes"][0]
    parts = [sf.read(path, dtype="float32")[0] for path in (*result["stems"], result["rest"])]
    np.testing.assert_array_equal(sum(parts), sf.read(clips / "loud.wav", dtype="float32")[0])


def test_a_watch_prints_the_notes_of_a_file_and_what_a_typed_format_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Ended:
        def __init__(
            self, folder: Path, job: JobSpec, rules: WatchRules, on_event: Callable[[WatchEvent], None]
        ) -> None:
            result = {"record": {"notes": ["its files are clipped"]}}
            on_event(WatchEvent(folder / "a.wav", "done", Job("1", "done", job, 0, result=result)))

        def run(self, stop: threading.Event) -> None:
            """End at once."""

    monkeypatch.setattr("flowsep_plugin.jobs.batch.watch.FolderWatch", Ended)
    command = ["watch", str(tmp_path), "-q", "dog", "--model", "echo", "--out", str(tmp_path / "out")]
    with pytest.raises(SystemExit):
        main([*command, "--format", "flac24"])
    printed = capsys.readouterr()
    assert printed.out == f"{tmp_path / 'a.wav'}: done\n  its files are clipped\n"
    assert "--format flac24 is kept: stems of clips that pass full scale are clipped" in printed.err


def test_a_stopped_batch_cancels_what_it_asked_for_and_another_run_takes_it_up(
    worker: RealWorker, tmp_path: Path
) -> None:
    clips, out = tmp_path / "clips", tmp_path / "out"
    for number in range(3):
        tone(clips / f"{number}.wav", 2.0, rate=44_100, seed=number)
    items = folder_items(clips, like(out, model=str(POCKET), steps=6))

    def stop(progress: BatchProgress) -> None:
        if progress.done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_batch(items, WorkerRunner(worker.client), stop)
    client = worker.client()
    wait_until(lambda: client.jobs("queued", "running") == [])
    assert all(outcome.error is None for outcome in done(items, WorkerRunner(worker.client)))


def test_a_manifest_says_what_each_row_wants(tmp_path: Path) -> None:
    tone(tmp_path / "a.wav", 1.0)
    manifest = tmp_path / "list.csv"
    manifest.write_text(
        "path,query,negative,out,start_seconds,seconds,strength\n"
        "a.wav,dog|rain,speech,kennel,0.25,0.5,2\n"
        ",dog,,,,,\n"
        "a.wav,,,,,,\n"
        "a.wav,dog,,../..,,,\n"
        "a.wav,dog,,,x,,\n",
        encoding="utf-8-sig",
    )
    good, *wrong = manifest_items(manifest, like(tmp_path / "out"), needs_query=True)
    assert good.spec is not None
    assert good.spec.request.queries == ("dog", "rain")
    assert good.spec.request.negative == ("speech",)
    assert good.spec.request.render.strength == 2
    assert good.spec.files.span is not None
    assert (good.spec.files.span.start, good.spec.files.span.frames) == (4000, 8000)
    assert good.spec.files.out == tmp_path / "out" / "kennel"
    messages = [item.error.message for item in wrong if item.error]
    assert [
        part in line
        for part, line in zip(["path is empty", "query is empty", "leads out", "'x'"], messages, strict=True)
    ]
    assert all(line.startswith("line ") for line in messages)


@pytest.mark.parametrize(
    ("text", "message"), [("", "no rows"), ("file\nx\n", "unknown column"), ("query\nx\n", "'path'")]
)
def test_a_manifest_with_a_wrong_header_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "list.csv").write_text(text)
    with pytest.raises(UsageError, match=message):
        manifest_items(tmp_path / "list.csv", like(tmp_path / "out"))


def test_a_result_of_an_earlier_version_has_a_row_without_the_new_loudness() -> None:
    result = {
        "presence": {"queries": ["dog"], "values": [[1.0]], "found": [True], "unsure": [False], "share_db": [-3.0]},
        "record": {"null_db": -200.0}, "loudness": [-23.0, -30.0], "seconds": 1.0,
        "stems": ["a [dog].wav"], "rest": "a [rest].wav", "receipt": "a.json", "files": ["a [dog].wav"],
    }  # fmt: skip
    (row,) = rows([Outcome(BatchItem("a.wav", None), result)])
    assert (row["stem_lufs"], row["rest_lufs"], row["stem_lra"], row["clip_lufs"]) == (-23.0, -30.0, None, None)


def test_a_report_is_csv_or_json(tmp_path: Path) -> None:
    outcome = Outcome(BatchItem("a.wav", None))
    write_report(tmp_path / "r.csv", [outcome])
    assert (tmp_path / "r.csv").read_text().splitlines()[1].startswith("a.wav,,failed")
    with pytest.raises(UsageError, match=r"\.csv or \.json"):
        write_report(tmp_path / "r.txt", [outcome])


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
def test_loudness_is_that_of_ebu_tech_3341(tmp_path: Path, rate: int) -> None:
    """Case 1: a stereo sine of 1 kHz at -23 dBFS is -23.0 LUFS, ±0.1; gating drops silence (case 3)."""
    tone_ = 10 ** (-23 / 20) * np.sin(2 * np.pi * 1000 * np.arange(4 * rate) / rate)
    sf.write(tmp_path / "a.wav", np.stack([tone_, tone_], axis=1), rate, subtype="FLOAT")
    assert integrated_lufs(tmp_path / "a.wav") == pytest.approx(-23.0, abs=0.1)
    padded = np.concatenate([np.zeros(4 * rate), tone_])
    sf.write(tmp_path / "b.wav", np.stack([padded, padded], axis=1), rate, subtype="FLOAT")
    assert integrated_lufs(tmp_path / "b.wav") == pytest.approx(-23.0, abs=0.3)
    sf.write(tmp_path / "c.wav", np.zeros((rate, 2)), rate, subtype="PCM_16")
    assert integrated_lufs(tmp_path / "c.wav") is None


class Watching:
    """A folder watch on a thread."""

    def __init__(
        self, folder: Path, out: Path, worker: RealWorker, rules: WatchRules, job: JobSpec | None = None
    ) -> None:
        self.events: list[WatchEvent] = []
        self._stop = threading.Event()
        watch = FolderWatch(folder, job or like(out), rules, self.events.append, worker.client)
        self._thread = threading.Thread(target=watch.run, args=(self._stop,))
        self._thread.start()

    def ended(self, name: str) -> bool:
        return any(one.path.name == name and one.what != "taken" for one in self.events)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(30)


def test_a_watched_folder_waits_for_files_to_be_finished_and_survives_restarts(
    worker: RealWorker, tmp_path: Path
) -> None:
    folder, out = tmp_path / "drop", tmp_path / "out"
    tone(folder / "early.wav", seed=1)
    rules = WatchRules(settle_seconds=0.6)
    watching = Watching(folder, out, worker, rules)
    try:
        wait_until(lambda: watching.ended("early.wav"))
        data = tone(tmp_path / "source.wav", 1.0, seed=2).read_bytes()
        with (folder / "growing.wav").open("wb") as file:
            for first in range(0, len(data), 4000):
                file.write(data[first : first + 4000])
                file.flush()
                time.sleep(0.15)
        wait_until(lambda: watching.ended("growing.wav"))
        assert [one.what for one in watching.events if one.path.name == "growing.wav"][-1] == "done"
        (folder / "bad.wav").write_bytes(b"no audio at all")
        wait_until(lambda: watching.ended("bad.wav"))
    finally:
        watching.stop()
    tone(folder / "sub" / "meanwhile.wav", seed=3)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.wav")}
    moved = tmp_path / "moved"
    watching = Watching(folder, out, worker, replace(rules, move_to=moved))
    try:
        for name in ("meanwhile.wav", "early.wav", "growing.wav", "bad.wav"):
            wait_until(lambda name=name: watching.ended(name))  # type: ignore[misc]
    finally:
        watching.stop()
    assert all(path.stat().st_mtime_ns == when for path, when in before.items())
    assert (out / "sub" / "meanwhile [a dog barking].wav").is_file()
    assert sorted(path.name for path in moved.rglob("*.wav")) == ["early.wav", "growing.wav", "meanwhile.wav"]
    assert [path.name for path in folder.rglob("*.wav")] == ["bad.wav"]


def test_a_watch_refuses_to_eat_its_own_stems(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="would be separated as new files"):
        FolderWatch(tmp_path, like(tmp_path), WatchRules(), lambda watched: None)


def test_a_support_archive_holds_no_audio_and_no_secret(worker: RealWorker, tmp_path: Path) -> None:
    client = worker.client()
    job = client.submit(spec(tone(tmp_path / "secret-client-name.wav"), tmp_path / "out", "a whispered password"))
    client.wait(job.id)
    names = write_support_archive(tmp_path / "support.zip", {"findings": ["fine"]}, worker.directory)
    assert {"system.json", "jobs.json", "logs/worker.log"} <= set(names)
    with zipfile.ZipFile(tmp_path / "support.zip") as archive:
        text = {name: archive.read(name).decode() for name in names}
    address = worker.directory.read_address()
    assert address is not None
    assert not any(address.token in part for part in text.values())
    assert "password" not in text["jobs.json"]
    assert not any(name.endswith((".wav", ".estimate", ".db")) for name in names)
    assert job.id in text["jobs.json"]


def test_jobs_can_be_seen_and_stopped_from_the_shell(worker: RealWorker, tmp_path: Path) -> None:
    client: WorkerClient = worker.client()
    client.pause()
    job = client.submit(spec(tone(tmp_path / "a.wav"), tmp_path / "out", "a cat"))
    environment = {**os.environ, "FLOWSEP_WORKER_HOME": str(worker.directory.folder)}
    script = (
        "import sys\nfrom flowsep_plugin.cli import main\n"
        f"for words in (['list'], ['show', {job.id[:8]!r}], ['cancel', {job.id!r}], ['logs', {job.id!r}]):\n"
        "    try: main(['jobs', *words])\n"
        "    except SystemExit as end: assert not end.code, end.code\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert f"{job.id[:8]}  " in ran.stdout
    assert client.job(job.id).state == "cancelled"
    client.pause(False)


def test_a_worker_from_the_shell_ends_with_ctrl_c(tmp_path: Path) -> None:
    command = [*FLOWSEP, "worker"]
    started_worker = RealWorker(tmp_path / "home")
    environment = {**os.environ, "FLOWSEP_WORKER_HOME": str(started_worker.directory.folder)}
    running = subprocess.Popen(command, env=environment)
    wait_until(lambda: WorkerClient.running(started_worker.directory) is not None)
    running.send_signal(signal.SIGINT)
    assert running.wait(60) == 0
    assert not started_worker.directory.address_file.exists()


def test_doctor_writes_a_support_archive(tmp_path: Path) -> None:
    environment = {**os.environ, "FLOWSEP_WORKER_HOME": str(tmp_path / "home")}
    command = [*FLOWSEP, "doctor", "--model", "echo", "--bundle", str(tmp_path / "support.zip")]
    subprocess.run(command, env=environment, capture_output=True, check=False, timeout=120)
    with zipfile.ZipFile(tmp_path / "support.zip") as archive:
        assert json.loads(archive.read("system.json"))["findings"]
