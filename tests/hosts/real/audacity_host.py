"""A real Audacity 3 on a screen of its own, with its module for scripts switched on.

Its pipes have one name for each user of the machine, so a second Audacity would get the commands of the first:
the tests are skipped while another one runs.
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
from real_hosts import HomeDirectory, end, host_crashes, screen, titles, wait_for

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
    directory: HomeDirectory
    process: subprocess.Popen[bytes]

    def do(self, *commands: str) -> str:
        """Run commands over a new connection; returns the answer to the last one."""
        answer = ""
        with AudacityPipe.open() as pipe:
            for command in commands:
                answer = pipe.do(command)
        return answer

    def export(self, target: Path) -> Path:
        """Export the selection to `target` as 32-bit float; returns it."""
        kind = f"SetPreference: Name={quoted(EXPORT_KIND)} Value="
        self.do(kind + "6", f"Export2: Filename={quoted(str(target))} NumChannels=2")
        return target


def skip_if_one_runs(seconds: float = 5) -> None:
    until = time.monotonic() + seconds  # one that was just ended may still be closing
    while running := list(_running()):
        if time.monotonic() > until:
            pytest.skip(f"REAL HOST NOT TESTED: an Audacity runs already (process {running[0]}); close it")
        time.sleep(0.1)


def _running() -> Iterator[str]:
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "comm").read_text().strip() == "audacity":
                yield process.name


def settings(directory: HomeDirectory, state: int) -> Path:
    """Write settings as after a first start; Audacity loads a module only if its file has the date in them."""
    folder = directory.folder / ".audacity-data"
    folder.mkdir(exist_ok=True)
    changed = datetime.datetime.fromtimestamp(MODULE.stat().st_mtime).strftime("%Y-%m-%dT%H:%M:%S")
    text = SETTINGS.format(temporary=directory.temporary / "audacity", state=state, module=MODULE, changed=changed)
    (folder / "audacity.cfg").write_text(text)
    return folder


def plugin_registry(directory: HomeDirectory) -> Path:
    """Run Audacity once without its module, so that its plug-in scan takes no pipes; returns its registry."""
    folder = settings(directory, 0)
    with screen(directory):
        process = directory.start("audacity")
        try:
            wait_for(lambda: (folder / "pluginregistry.cfg").exists() and _shows(directory), START_SECONDS, "Audacity")
        finally:
            end(process)
    return folder / "pluginregistry.cfg"


@contextmanager
def window(directory: HomeDirectory, registry: Path) -> Iterator[Audacity]:
    """Run Audacity until it is ready for commands. A failed start is logged and repeated."""
    skip_if_one_runs()
    shutil.copyfile(registry, settings(directory, 1) / "pluginregistry.cfg")
    with screen(directory):
        audacity = _start(directory)
        try:
            with host_crashes(audacity.process, "Audacity"):
                yield audacity
        finally:
            end(audacity.process)
            for pipe in PIPES:
                pipe.unlink(missing_ok=True)


def _start(directory: HomeDirectory) -> Audacity:
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


def _ready(directory: HomeDirectory, process: subprocess.Popen[bytes]) -> Audacity:
    wait_for(lambda: process.poll() is not None or PIPES[1].exists(), START_SECONDS, "Audacity's pipe")
    wait_for(lambda: process.poll() is not None or _shows(directory), START_SECONDS, "Audacity's window")
    assert process.poll() is None, f"exit {process.returncode}"
    audacity = Audacity(directory, process)
    audacity.do("GetInfo: Type=Tracks Format=JSON")
    return audacity


def _shows(directory: HomeDirectory) -> bool:
    return "Audacity" in titles(directory)
