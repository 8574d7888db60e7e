"""The checks that fail a test which leaves something running, tried on planted leaks."""

import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest
from left_over import Processes, Threads, shared

ROOT = Path(__file__).parents[1]
SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def test_a_process_that_runs_is_named_with_its_command_line() -> None:
    processes = Processes()
    with subprocess.Popen(SLEEP) as sleeper:
        assert processes.left() == [f"{sleeper.pid} ({' '.join(SLEEP)})"]
        with shared(lambda: sleeper.pid):
            assert processes.left() == []
        sleeper.kill()
    assert processes.left() == []


def test_a_process_that_ended_and_was_not_waited_for_is_named() -> None:
    processes = Processes()
    ended = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    assert ended.stdout is not None
    with ended.stdout:
        ended.stdout.read()
    while psutil.Process(ended.pid).status() != psutil.STATUS_ZOMBIE:
        pass
    assert "was not waited for" in processes.left()[0]
    ended.wait()
    assert processes.left() == []


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX has sessions and orphans")
def test_a_detached_process_of_a_process_is_named() -> None:
    processes = Processes()
    program = (
        "import subprocess, sys; quiet = subprocess.DEVNULL\n"
        "print(subprocess.Popen(sys.argv[1:], start_new_session=True, stdout=quiet, stderr=quiet).pid)"
    )
    command = [sys.executable, "-W", "ignore", "-c", program, *SLEEP]
    printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    orphan = psutil.Process(int(printed.stdout))
    assert processes.left() == [f"{orphan.pid} ({' '.join(SLEEP)})"]
    orphan.kill()
    orphan.wait(10)


def test_what_a_lasting_process_starts_is_its_own_affair() -> None:
    program = f"import subprocess, sys; sys.stdin.readline(); subprocess.run({SLEEP!r})"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE) as lasting:
        processes = Processes()
        assert lasting.stdin is not None
        lasting.stdin.write(b"\n")
        lasting.stdin.flush()
        while not (children := psutil.Process(lasting.pid).children()):
            pass
        assert processes.left() == []
        children[0].kill()


def test_a_thread_is_named_unless_it_is_shared() -> None:
    threads, ending = Threads(), threading.Event()
    thread = threading.Thread(target=ending.wait, name="planted")
    thread.start()
    assert threads.left() == ["planted"]
    with shared(lambda: None, "planted"):
        assert threads.left() == []
    ending.set()
    thread.join()
    assert threads.left() == []


def test_the_suite_fails_on_the_warning_about_a_process_that_runs(tmp_path: Path) -> None:
    """Python's own ResourceWarning, with the project's filters and without our fixtures."""
    planted = tmp_path / "test_planted.py"
    planted.write_text(
        "import subprocess, sys\n"
        "def test_planted():\n"
        "    subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE)\n"
    )
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path),
               "-p", "no:randomly", "-p", "no:cacheprovider", "-q", str(planted)]  # fmt: skip
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert "is still running" in ran.stdout + ran.stderr
    assert ran.returncode != 0, ran.stdout
