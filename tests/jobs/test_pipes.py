"""Inputs that are no files, such as a pipe that nobody writes to, and signals under work that does not come back."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from job_makers import POCKET, RealWorker, spec, tone, wait_until

from flowsep_plugin.errors import Conflict, MediaError
from flowsep_plugin.jobs.batch import LocalRunner, Outcome, WorkerRunner, folder_items, run_batch
from flowsep_plugin.jobs.batch.journal import NAME, Journal
from flowsep_plugin.jobs.client.worker_client import WorkerClient
from flowsep_plugin.jobs.store.publish import are_of, carry_out

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")

LIMIT_SECONDS = 5.0
"""Two seconds are promised; a busy machine needs some for the end of Python itself."""

HANGS = """
import os, sys, time
from flowsep_plugin.cli import main
from flowsep_plugin.engine.echo import EchoEngine
estimate = EchoEngine.estimate
def hang(self, *arguments):
    estimate(self, *arguments)
    print("hangs", flush=True)
    if sys.argv[1] == "in C":
        open(sys.argv[2])  # a pipe that nobody writes to
    time.sleep(3600)
EchoEngine.estimate = hang
main(sys.argv[3:])
"""
"""A `flowsep` whose engine never answers: `python -c HANGS "in C" PIPE ARGUMENT…`."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of two clips, a pipe, a device and links to nothing."""
    (tmp_path / "in").mkdir()
    for name in "az":
        tone(tmp_path / "in" / f"{name}.wav")
    os.mkfifo(tmp_path / "in" / "pipe.wav")
    (tmp_path / "in" / "device.wav").symlink_to("/dev/zero")
    (tmp_path / "in" / "gone.wav").symlink_to("nowhere")
    (tmp_path / "in" / "folder.wav").mkdir()
    return tmp_path


def run(folder: Path, runner: LocalRunner | WorkerRunner, model: str = "echo") -> list[Outcome]:
    template = spec(folder / "in", folder / "out", model=model)
    return run_batch(folder_items(folder / "in", template), runner, lambda progress: None)


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealWorker]:
    """One for all tests: it takes a while to start."""
    started_worker = RealWorker(tmp_path_factory.mktemp("home"))
    started_worker.start()
    yield started_worker
    started_worker.stop()


@pytest.fixture
def client(worker: RealWorker) -> WorkerClient:
    return worker.client()


@pytest.mark.parametrize("is_here", [True, False])
def test_what_is_no_file_fails_at_once_by_its_name_and_the_others_are_done(
    folder: Path, client: WorkerClient, is_here: bool
) -> None:
    outcomes = run(folder, LocalRunner(folder / "out") if is_here else WorkerRunner(lambda: client))
    failed = {outcome.item.name: outcome.error.message for outcome in outcomes if outcome.error is not None}
    assert sorted(failed) == ["device.wav", "gone.wav", "pipe.wav"]
    assert "pipe or a device" in failed["pipe.wav"]
    assert all(str(folder) in message for message in failed.values())
    assert sorted(path.name for path in (folder / "out").glob("*.wav")) == [
        f"{name} [{part}].wav" for name in "az" for part in ("a dog barking", "rest")
    ]


def test_a_model_whose_card_is_a_pipe_fails_its_jobs_and_the_next_ones_run(folder: Path, client: WorkerClient) -> None:
    model = folder / "model"
    model.mkdir()
    os.mkfifo(model / "card.json")
    outcomes = run(folder, WorkerRunner(lambda: client), str(model))
    assert outcomes[0].error is not None
    assert outcomes[0].error.kind == "BundleError"
    assert "card.json" in outcomes[0].error.message
    assert run(folder, WorkerRunner(lambda: client))[0].error is None


def test_sixty_pipes_hold_no_call_of_the_worker(tmp_path: Path, client: WorkerClient) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    answers = client.submit_all([spec(tmp_path / "pipe.wav", tmp_path, seed=seed) for seed in range(60)])
    assert {type(answer).__name__ for answer in answers} == {"JobError"}
    assert client.status()["counts"].get("queued", 0) == 0


def test_a_journal_that_is_a_pipe_is_refused_by_name(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / NAME)
    with pytest.raises(MediaError, match="journal is a pipe"), Journal(tmp_path):
        pass


@pytest.mark.parametrize("line", [
    {"id": "a", "result": {}, "moves": [["{0}/mine/a", "{0}/b"]]},
    {"id": "a", "result": {"files": [{}]}, "moves": []},
    {"id": 1, "result": [], "moves": [["{0}/.flowsep-1/a", "{0}/../b"]]},
    [[]],
])  # fmt: skip
def test_a_journal_of_somebody_else_moves_and_deletes_nothing(tmp_path: Path, line: object) -> None:
    (tmp_path / "out" / "mine").mkdir(parents=True)
    (tmp_path / "out" / "mine" / "a").touch()
    text = json.dumps(line).replace("{0}", str(tmp_path / "out"))
    (tmp_path / "out" / NAME).write_text(f"{text}\n{'[' * 100_000}\n")
    with Journal(tmp_path / "out") as journal:
        assert journal.result("a") is None
    assert (tmp_path / "out" / "mine" / "a").exists()


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "a/../../b"])
def test_renames_to_names_that_no_file_can_have_are_none_of_a_batch(tmp_path: Path, name: str) -> None:
    staging = tmp_path / ".flowsep-1"
    assert are_of(
        [(f"{staging}/a.wav", f"{tmp_path}/a.wav"), (f"{staging}/caf\udce9", f"{tmp_path}/caf\udce9")], tmp_path
    )
    assert not are_of(
        [(f"{staging}/a.wav", f"{tmp_path}/a.wav"), (f"{staging}/{name}", f"{tmp_path}/{name}")], tmp_path
    )


def test_renames_delete_no_folder_but_that_of_a_job(tmp_path: Path) -> None:
    (tmp_path / "kept").touch()
    carry_out([(str(tmp_path / "gone.wav"), str(tmp_path / "new.wav"))])
    assert (tmp_path / "kept").exists()


class Flowsep:
    """The command line in a process of its own, in an output folder `out` of its own."""

    def __init__(self, folder: Path, *line: str, hangs: str = "", home: Path | None = None) -> None:
        self.out = folder / "out"
        os.mkfifo(folder / "hang")
        program = ["-c", HANGS, hangs, str(folder / "hang")] if hangs else ["-m", "flowsep_plugin"]
        environment = {**os.environ, "FLOWSEP_WORKER_HOME": str(home or folder / "home")}
        self._process = subprocess.Popen(
            [sys.executable, *program, *line, "--out", str(self.out)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True,
        )  # fmt: skip

    def wait_for(self, text: str) -> None:
        assert self._process.stdout is not None
        while text not in (line := self._process.stdout.readline()):
            assert line, self._process.communicate()

    def wait_until(self, holds: Callable[[], bool]) -> None:
        wait_until(lambda: holds() or self._process.poll() is not None)
        assert self._process.poll() is None, self._process.communicate()

    def end(self, *signals: int) -> tuple[int, float]:
        """Send signals; returns the exit code and the seconds until the end."""
        began_s = time.monotonic()
        for number in signals:
            self._process.send_signal(number)
            time.sleep(0.05)
        self._process.communicate(timeout=30)
        return self._process.returncode, time.monotonic() - began_s


@pytest.mark.parametrize(
    ("line", "where", "signals"),
    [
        (["separate"], "in C", [signal.SIGTERM]),
        (["batch", "--here"], "in Python", [signal.SIGINT]),
        (["batch", "--here"], "in C", [signal.SIGINT, signal.SIGINT]),
    ],
    ids=str,
)
def test_a_signal_ends_what_does_not_come_back_and_leaves_no_files(
    tmp_path: Path, line: list[str], where: str, signals: list[int]
) -> None:
    clip = tone(tmp_path / "in" / "a.wav")
    source = clip if line[0] == "separate" else clip.parent
    flowsep = Flowsep(tmp_path, *line, str(source), "-q", "dog", "--model", "echo", hangs=where)
    flowsep.wait_for("hangs")
    code, seconds = flowsep.end(*signals)
    assert code == 4
    assert seconds < LIMIT_SECONDS
    assert [path.name for path in flowsep.out.glob("*") if not path.name.startswith(".flowsep-batch.")] == []


def test_a_signal_ends_a_batch_of_the_worker_and_its_jobs(
    tmp_path: Path, worker: RealWorker, client: WorkerClient
) -> None:
    for number in range(3):
        tone(tmp_path / "in" / f"{number}.wav", 60.0, rate=44_100)
    line = ("batch", str(tmp_path / "in"), "-q", "dog", "--model", str(POCKET), "--steps", "200")
    flowsep = Flowsep(tmp_path, *line, home=worker.directory.folder)
    flowsep.wait_until(lambda: client.status()["progress"] != {})
    code, seconds = flowsep.end(signal.SIGTERM)
    assert (code, seconds < LIMIT_SECONDS) == (4, True)
    wait_until(lambda: client.status()["counts"].get("cancelled") == 3)
    assert not flowsep.out.exists()


def test_a_signal_ends_a_watch_whose_worker_does_not_answer(tmp_path: Path, worker: RealWorker) -> None:
    clip = tone(tmp_path / "in" / "a.wav")
    line = ("watch", str(clip.parent), "-q", "dog", "--model", "echo", "--settle", "0.1")
    flowsep = Flowsep(tmp_path, *line, home=worker.directory.folder)
    flowsep.wait_for("a.wav")
    os.kill(worker.pid, signal.SIGSTOP)
    try:
        tone(tmp_path / "in" / "b.wav", seed=1)
        time.sleep(0.5)
        code, seconds = flowsep.end(signal.SIGTERM)
    finally:
        os.kill(worker.pid, signal.SIGCONT)
    assert seconds < LIMIT_SECONDS
    assert code in (0, 4)


def test_two_batches_do_not_share_a_folder(tmp_path: Path) -> None:
    with Journal(tmp_path), pytest.raises(Conflict), Journal(tmp_path):
        pass
