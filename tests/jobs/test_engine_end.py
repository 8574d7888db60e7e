"""An engine process ends with its worker, whatever it does at that moment."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from job_makers import POCKET, RealWorker, spec, tone, wait_until

from flowsep_plugin.untrusted.child_process import child_command

LIMIT_SECONDS = 1.0

PARENT = """
import subprocess, sys, time
from flowsep_plugin.untrusted.child_process import child_command
child = subprocess.Popen([*child_command(sys.argv[1], with_thread=sys.argv[2] == "True"), *sys.argv[3:]],
                         stdin=subprocess.PIPE)
print(child.pid, flush=True)
time.sleep(3600)
"""

needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent's thread")


def is_alive(pid: int) -> bool:
    """Whether a process that is no child of this one runs; one that has ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def seconds_until_end(pid: int) -> float:
    began_s = time.monotonic()
    wait_until(lambda: not is_alive(pid), 20)
    return time.monotonic() - began_s


@needs_linux
@pytest.mark.parametrize("wait_seconds", [0.0, 0.3])
def test_an_engine_process_that_starts_ends_with_its_killed_worker(tmp_path: Path, wait_seconds: float) -> None:
    worker = RealWorker(tmp_path / "home")
    client = worker.start()
    client.submit(spec(tone(tmp_path / "a.wav", 60.0), tmp_path / "out", model=str(POCKET), steps=200))
    pids: list[int] = []
    wait_until(lambda: bool(pids.extend(children(worker.pid)) or pids))
    time.sleep(wait_seconds)
    worker.kill()
    assert max(map(seconds_until_end, pids)) < LIMIT_SECONDS


def children(pid: int) -> list[int]:
    return [
        int(word) for task in Path(f"/proc/{pid}/task").iterdir() for word in (task / "children").read_text().split()
    ]


@pytest.mark.parametrize(
    ("module", "with_thread"),
    [
        pytest.param("time_that_python_does_not_run", True, marks=needs_linux),
        ("import_without_end", False),
    ],
)
def test_a_child_ends_with_its_parent_also_while_it_imports_or_hangs(
    tmp_path: Path, module: str, with_thread: bool
) -> None:
    (tmp_path / "time_that_python_does_not_run.py").write_text(
        "import ctypes\nopen('begun', 'w').close()\nctypes.PyDLL(None).sleep(3600)\n"  # PyDLL keeps the lock
    )
    (tmp_path / "import_without_end.py").write_text("open('begun', 'w').close()\nwhile True:\n    pass\n")
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, module, str(with_thread)], stdout=subprocess.PIPE, text=True, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])},
    )  # fmt: skip
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    wait_until((tmp_path / "begun").exists)
    parent.kill()
    parent.communicate()
    assert seconds_until_end(pid) < LIMIT_SECONDS


def test_a_child_gets_its_arguments_and_its_exit_code_is_that_of_its_module(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"a":  1}')
    command = [*child_command("json.tool"), "--compact", str(tmp_path / "a.json")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.read().strip() == '{"a":1}'
        assert child.wait() == 0


@needs_linux
def test_a_process_of_effects_ends_with_its_program() -> None:
    pytest.importorskip("pedalboard")
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, "flowsep_plugin.effects.process", "False"], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    time.sleep(0.2)
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    assert seconds_until_end(pid) < LIMIT_SECONDS
