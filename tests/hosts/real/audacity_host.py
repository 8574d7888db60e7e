"""A real Audacity 3 on a screen of its own, with its module for scripts switched on.

Its pipes have one name for each user of the machine, so a second Audacity would be told what is meant for the
first: where one runs already, these tests are skipped.
"""

import datetime
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import real_hosts
from real_hosts import WorkerDirectory, crashes_told, end, screen, titles, wait_for

from flowsep_plugin.errors import SessionError
from flowsep_plugin.hosts.audacity_pipe import AudacityPipe, quoted

START_SECONDS = 60
MODULE = Path("/usr/lib/audacity/modules/mod-script-pipe.so")
PIPES = [Path(f"/tmp/audacity_script_pipe.{way}.{os.getuid()}") for way in ("to", "from")]
EXPORT_KIND = "FileFormats/ExportFormat_SF1_Type/WAV_10000"

SETTINGS = """NewPrefsInitialized=1
PrefsVersion=1.1.1r1
[Directories]
TempDir={temporary}
[GUI]
ShowSplashScreen=0
[Module]
mod-script-pipe={state}
[ModulePath]
mod-script-pipe={module}
[ModuleDateTime]
mod-script-pipe={changed}
"""


@dataclass
class Audacity:
    directory: WorkerDirectory
    process: subprocess.Popen[bytes]

    def do(self, *commands: str) -> str:
        """Run commands over a connection of the test's own; returns what the last one says."""
        said = ""
        with AudacityPipe.open() as pipe:
            for command in commands:
                said = pipe.do(command)
        return said

    def export(self, target: Path) -> Path:
        """Export what is selected as floats."""
        kind = f"SetPreference: Name={quoted(EXPORT_KIND)} Value="
        self.do(kind + "6", f"Export2: Filename={quoted(str(target))} NumChannels=2")
        return target


def skip_where_one_runs(seconds: float = 5) -> None:
    until = time.monotonic() + seconds  # one that was just ended may take a moment
    while running := list(_running()):
        if time.monotonic() > until:
            pytest.skip(f"REAL HOST NOT TESTED: an Audacity runs already (process {running[0]}); close it")
        time.sleep(0.1)


def _running() -> Iterator[str]:
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "comm").read_text().strip() == "audacity":
                yield process.name


def settings(directory: WorkerDirectory, state: int) -> Path:
    """Settings as after a first start; Audacity loads a module only if its file has the date they say."""
    folder = directory.folder / ".audacity-data"
    folder.mkdir(exist_ok=True)
    changed = datetime.datetime.fromtimestamp(MODULE.stat().st_mtime).strftime("%Y-%m-%dT%H:%M:%S")
    text = SETTINGS.format(temporary=directory.temporary / "audacity", state=state, module=MODULE, changed=changed)
    (folder / "audacity.cfg").write_text(text)
    return folder


def primed(directory: WorkerDirectory) -> Path:
    """Let Audacity look for plug-ins once, without its module: the looking process would take the pipes for itself."""
    folder = settings(directory, 0)
    with screen(directory):
        process = directory.start("audacity")
        try:
            wait_for(lambda: (folder / "pluginregistry.cfg").exists() and _shows(directory), START_SECONDS, "Audacity")
        finally:
            end(process)
    return folder / "pluginregistry.cfg"


@contextmanager
def window(directory: WorkerDirectory, registry: Path) -> Iterator[Audacity]:
    """Audacity, ready for commands. A start that fails is tried again, and logged."""
    skip_where_one_runs()
    shutil.copyfile(registry, settings(directory, 1) / "pluginregistry.cfg")
    with screen(directory):
        audacity = _started(directory)
        try:
            with crashes_told(audacity.process, "Audacity"):
                yield audacity
        finally:
            end(audacity.process)
            for pipe in PIPES:
                pipe.unlink(missing_ok=True)


def _started(directory: WorkerDirectory) -> Audacity:
    for attempt in range(1, real_hosts.TRIES + 1):
        for pipe in PIPES:
            pipe.unlink(missing_ok=True)
        process = directory.start("audacity")
        try:
            return _ready(directory, process)
        except (AssertionError, SessionError) as error:
            end(process)
            real_hosts.LOG.warning("audacity: %s, try %s of %s", error, attempt, real_hosts.TRIES)
    raise AssertionError(f"Audacity did not start {real_hosts.TRIES} times: {directory.log('audacity')}")


def _ready(directory: WorkerDirectory, process: subprocess.Popen[bytes]) -> Audacity:
    wait_for(lambda: process.poll() is not None or PIPES[1].exists(), START_SECONDS, "Audacity's pipe")
    wait_for(lambda: process.poll() is not None or _shows(directory), START_SECONDS, "Audacity's window")
    assert process.poll() is None, f"exit {process.returncode}"
    audacity = Audacity(directory, process)
    audacity.do("GetInfo: Type=Tracks Format=JSON")
    return audacity


def _shows(directory: WorkerDirectory) -> bool:
    return "Audacity" in titles(directory)
