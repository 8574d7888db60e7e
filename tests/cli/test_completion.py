"""Completion in real shells, and what it may not load."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from flowsep_plugin.settings.devices import DEVICES

LINE = "import sys; sys.argv[0] = 'flowsep'; from flowsep_plugin.cli import main; main()"

BASH = """
eval "$(flowsep --show-completion)"
complete -p flowsep
try() {
  COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); COMPREPLY=()
  _flowsep_completion flowsep
  echo "$* -> ${COMPREPLY[*]}"
}
try flowsep mod
try flowsep separate -m fl
try flowsep separate --device c
try flowsep separate --format wav
try flowsep config set worker.th
"""


@pytest.fixture
def environment(tmp_path):
    """An environment with an empty home, and `flowsep` of this tree first on the path."""
    program = tmp_path / "bin" / "flowsep"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{LINE}" "$@"\n')
    program.chmod(0o755)
    return {**os.environ, "HOME": str(tmp_path), "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}


def run(line, environment):
    return subprocess.run(line, env=environment, capture_output=True, text=True, timeout=60, check=True).stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes_commands_models_devices_values_and_settings(environment):
    lines = run(["bash", "--norc", "-c", BASH], environment).splitlines()
    assert lines[0] == "complete -o default -F _flowsep_completion flowsep"
    assert lines[1:] == [
        "flowsep mod -> models",
        "flowsep separate -m fl -> flowsep-base",
        "flowsep separate --device c -> cuda coreml cpu",
        "flowsep separate --format wav -> wav24 wav32f",
        "flowsep config set worker.th -> worker.threads",
    ]


@pytest.mark.skipif(shutil.which("fish") is None, reason="needs fish: apt install fish")
def test_fish_completes_devices(environment):
    script = 'flowsep --show-completion | source; complete -C "flowsep separate -d "'
    assert sorted(run(["fish", "-c", script], environment).split()) == sorted(DEVICES)


def complete(words, environment, after=""):
    code = f"import atexit, sys\n{after}\n{LINE}"
    variables = {
        "_FLOWSEP_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
    }
    return run([sys.executable, "-c", code], {**environment, **variables})


@pytest.mark.parametrize("words", ["flowsep separate -m ", "flowsep jobs show "])
def test_completing_loads_no_heavy_module(words, environment, tmp_path):
    queue = Path(environment["HOME"]) / "worker"
    environment["FLOWSEP_WORKER_HOME"] = str(queue)
    report = tmp_path / "modules"
    heavy = "{'numpy', 'onnxruntime', 'scipy', 'soundfile', 'rich'}"
    after = f"atexit.register(lambda: open({str(report)!r}, 'w').write(' '.join({heavy} & set(sys.modules))))"
    complete(words, environment, after)
    assert report.read_text() == ""


def test_jobs_are_completed_from_the_queue_without_a_worker(tmp_path, monkeypatch):
    from flowsep_plugin.cli.config.completing import jobs
    from flowsep_plugin.jobs.directory import WorkerDirectory
    from flowsep_plugin.jobs.store.tables import SCHEMA

    monkeypatch.setenv("FLOWSEP_WORKER_HOME", str(tmp_path / "worker"))
    assert jobs("") == []
    WorkerDirectory.default().make()
    import sqlite3

    with sqlite3.connect(WorkerDirectory.default().database) as queue:
        queue.executescript(SCHEMA)
        for number, name in enumerate(("abcdef0123", "ffff000011")):
            queue.execute(
                "INSERT INTO jobs (id, position, state, spec, clip, model, created) VALUES (?, ?, ?, ?, '', '', ?)",
                (name, number, "done", '{"input": "/clips/field.wav"}', number),
            )
    queue.close()
    assert jobs("") == [("ffff0000", "done field.wav"), ("abcdef01", "done field.wav")]
    assert jobs("a") == [("abcdef01", "done field.wav")]
