"""The processes of a run end with the one that started them, however it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCRIPT = """
import os, time
from dataclasses import replace
from pathlib import Path
from flowsep_training.config import LoopConfig, TrainingConfig
from flowsep_training.loops.run import launch

def train(config, data, folder):
    (folder / str(os.getpid())).touch()
    time.sleep(600)

if __name__ == "__main__":
    launch(train, TrainingConfig(network={}, loop=LoopConfig(processes=2)), Path(), Path(%r))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children that their parent has died")
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL], ids=str)
def test_no_process_outlives_the_one_that_started_it(tmp_path: Path, ending: signal.Signals) -> None:
    script, folder = tmp_path / "started.py", tmp_path / "run"
    script.write_text(SCRIPT % str(folder))
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell's "nohup ... &" leaves it
    try:
        parent = subprocess.Popen([sys.executable, str(script)])
    finally:
        signal.signal(signal.SIGINT, before)
    try:
        children = wait_for(lambda: ids if len(ids := process_ids(folder)) == 2 else [])
        parent.send_signal(ending)
        parent.wait()
        wait_for(lambda: not any(map(alive, children)), 30)
    finally:
        for process in filter(alive, [parent.pid, *process_ids(folder)]):
            os.kill(process, signal.SIGKILL)


def process_ids(folder: Path) -> list[int]:
    return [int(path.name) for path in folder.glob("[0-9]*")]


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]


def wait_for(condition, seconds: float = 120.0):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if result := condition():
            return result
        time.sleep(0.1)
    pytest.fail(f"the condition did not hold within {seconds:.0f} s")
