"""A real Ardour: its window on a virtual screen, which runs Lua code of the tests."""

import base64
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import real_hosts
from real_hosts import HomeDirectory, end, host_crashes, screen, titles, wait_for

from flowsep_plugin.hosts.ardour import trigger

START_SECONDS = 60

CONFIG = """<?xml version="1.0" encoding="UTF-8"?>
<Ardour>
  <Config>
    <Option name="try-autostart-engine" value="1"/>
    <Option name="hide-dummy-backend" value="0"/>
    <Option name="auto-analyse-audio" value="0"/>
  </Config>
  <Extra>
    <AudioMIDISetup>
      <EngineStates>
        <State backend="None (Dummy)" driver="Normal Speed" device="Silence" input-device="" output-device=""
               sample-rate="48000" buffer-size="1024" n-periods="2" input-latency="0" output-latency="0"
               input-channels="0" output-channels="0" active="1" use-buffered-io="0" midi-option=""
               lm-input="" lm-output=""/>
      </EngineStates>
    </AudioMIDISetup>
  </Extra>
</Ardour>
"""

DRIVER = """return function ()
  local name = "{folder}/order"
  local file = io.open(name .. ".lua") if not file then return end
  local code = file:read("a") file:close() os.remove(name .. ".lua")
  local said = {{}}
  local function say(...) said[#said + 1] = table.concat({{...}}, "|") end
  local fine, trouble = pcall(function () assert(load(code))(say) end)
  if not fine then said[#said + 1] = "ERROR|" .. tostring(trouble) end
  local out = io.open(name .. ".part", "w") out:write(table.concat(said, "\\n")) out:close()
  os.rename(name .. ".part", name .. ".said")
end
"""
"""Lua action of the tests: runs the code of an order file and writes its output to an answer file."""

IMPORT = """local say = ...
local files = C.StringVector() files:push_back("{file}")
Editor:do_import(files, Editing.ImportDistinctFiles, Editing.ImportAsTrack, ARDOUR.SrcQuality.SrcBest,
  ARDOUR.MidiTrackNameSource.SMFTrackName, ARDOUR.MidiTempoMapDisposition.SMFTempoIgnore,
  Temporal.timepos_t({place}), ARDOUR.PluginInfo(), ARDOUR.Track(), false)
"""

LIST = """local say = ...
for r in Session:get_tracks():iter() do
  say("TRACK", r:presentation_info_ptr():order(), r:name())
  for g in r:to_track():playlist():region_list():iter() do
    say("REGION", r:name(), g:position():samples(), g:length():samples(), g:start():samples(), tostring(g:muted()))
  end
end
"""


@dataclass
class Ardour:
    """A window with a session; `port` is its OSC port, `slot` the script slot of the tests' action."""

    directory: HomeDirectory
    process: subprocess.Popen[bytes]
    port: int
    slot: int = 1

    def do(self, order: str, seconds: float = 30) -> list[list[str]]:
        """Run Lua code in Ardour; returns its output, a list of fields for each line."""
        name = self.directory.folder / "order"
        answer = name.with_suffix(".said")
        answer.unlink(missing_ok=True)
        part = name.with_suffix(".new")
        part.write_text(order)
        part.rename(name.with_suffix(".lua"))
        trigger(self.slot, self.port)()
        wait_for(answer.exists, seconds, f"Ardour's answer to {order[:80]!r}")
        lines = [line.split("|") for line in answer.read_text().splitlines()]
        assert not any(line[0] == "ERROR" for line in lines), lines
        return lines

    def regions(self) -> list[tuple[str, int, int, int]]:
        rows = [row for row in self.do(LIST) if row[0] == "REGION"]
        return [(row[1], int(row[2]), int(row[3]), int(row[4])) for row in rows]

    def tracks(self) -> list[str]:
        rows = [row for row in self.do(LIST) if row[0] == "TRACK"]
        return [row[2] for row in sorted(rows, key=lambda row: int(row[1]))]

    def save(self, path: Path) -> None:
        before = path.stat().st_mtime_ns
        self.do('Editor:access_action("Common", "Save")')
        wait_for(lambda: path.stat().st_mtime_ns != before, 20, "the saved session")


def settings(directory: HomeDirectory, version: int) -> Path:
    """Write Ardour's settings as after a first start, with the tests' action in slot 1; returns their folder."""
    folder = directory.folder / ".config" / f"ardour{version}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f".a{version}").touch()
    (folder / "config").write_text(CONFIG)
    code = DRIVER.format(folder=directory.folder).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\\n")
    script = (
        f'scripts = {{}} scripts[1] = {{}} scripts[1]["n"] = "Driver" scripts[1]["s"] = "" scripts[1]["f"] = "{code}" '
    )
    text = base64.b64encode(f'{script}scripts[1]["a"] = {{}} '.encode()).decode()
    (folder / "ui_scripts").write_text(
        f'<?xml version="1.0"?>\n<UIScripts><ActionScript lua="Lua 5.3">{text}</ActionScript></UIScripts>\n'
    )
    return folder


def listen_for_osc(path: Path) -> None:
    text = path.read_text()
    text, count = re.subn(r'(name="Open Sound Control \(OSC\)"[^>]*active=)"0"', r'\g<1>"1"', text)
    assert count == 1
    path.write_text(text)


@contextmanager
def window(directory: HomeDirectory, path: Path) -> Iterator[Ardour]:
    """Run Ardour with a session on a screen of its own. A failed start is logged and repeated."""
    with screen(directory):
        ardour = _start(directory, path)
        try:
            with host_crashes(ardour.process, "Ardour"):
                yield ardour
        finally:
            end(ardour.process)


def _start(directory: HomeDirectory, path: Path) -> Ardour:
    for attempt in range(1, real_hosts.TRIES + 1):
        process = directory.start("ardour", path)
        try:
            return _wait_until_shown(directory, process)
        except AssertionError as error:
            end(process)
            real_hosts.LOG.warning("ardour: %s, try %s of %s", error, attempt, real_hosts.TRIES)
    raise AssertionError(f"Ardour did not start {real_hosts.TRIES} times: {directory.log('ardour')}")


def _wait_until_shown(directory: HomeDirectory, process: subprocess.Popen[bytes]) -> Ardour:
    wait_for(lambda: process.poll() is not None or _shows(directory), START_SECONDS, "Ardour's window")
    time.sleep(2)  # in its first seconds Ardour 7.3 can crash in an import
    assert process.poll() is None, f"exit {process.returncode}"
    return Ardour(directory, process, int(str(wait_for(lambda: _osc_port(process.pid), 20, "Ardour's OSC"))))


def _shows(directory: HomeDirectory) -> bool:
    return any(title.endswith(" - Ardour") for title in titles(directory))


def _osc_port(pid: int) -> int | None:
    """Return the OSC port of this Ardour, so that no other one gets its commands; None before it opens one."""
    sockets = set()
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        try:
            sockets |= set(re.findall(r"socket:\[(\d+)\]", os.readlink(handle)))
        except OSError:
            continue
    rows = [line.split() for line in Path("/proc/net/udp").read_text().splitlines()[1:]]
    ports = [int(row[1].split(":")[1], 16) for row in rows if row[9] in sockets]
    return next((port for port in ports if 3819 <= port < 3919), None)
