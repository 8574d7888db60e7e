"""The Lua script under a real Lua, against a stub with REAPER's calling conventions and the real flowsep command."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lupa import lua54

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.cli import main
from flowsep_plugin.errors import SessionError
from flowsep_plugin.hosts.reaper import install, resource_folder, script
from flowsep_plugin.media import read_clip, write_clip

RATE = 48_000

STUB = Path(__file__).with_name("reaper_stub.lua")


@dataclass(frozen=True)
class Host:
    runtime: lua54.LuaRuntime
    command: Path
    calls: Any
    project: Any

    def execute(self, text: str) -> Any:
        return self.runtime.execute(text)

    def globals(self) -> Any:
        return self.runtime.globals()


@pytest.fixture
def lua(tmp_path: Path) -> Host:
    """A Lua with the stub, a track of items, and a flowsep that has the echo engine."""
    command = tmp_path / "flow'sep"
    command.write_text(
        f"#!/bin/sh\nexec {sys.executable} -c 'from flowsep_plugin.cli import main; main()' \"$@\" --model echo\n"
    )
    command.chmod(0o755)
    runtime = lua54.LuaRuntime(unpack_returned_tuples=True)
    calls, project = runtime.execute(STUB.read_text())
    values = runtime.globals()
    values.resources, values.folder, values.answer = str(tmp_path), str(tmp_path), "everything"
    values.exec = execute
    noise = np.random.default_rng(0).standard_normal((2, 2 * RATE)).astype(np.float32) * 0.1
    write_clip(tmp_path / "täke 'one'.wav", AudioClip(noise, RATE), "wav32f")
    values.path = str(tmp_path / "täke 'one'.wav")
    runtime.execute("""
      drums = add_track("Drums"); bass = add_track("Bass")
      source = { path = path, rate = 48000, length = 2.0 }
      local looks = { selected = true, D_POSITION = 1.0025625, D_LENGTH = 0.5, D_VOL = 0.7, D_FADEINLEN = 0.01 }
      looks.C_FADEINSHAPE = 3
      first = add_item(drums, looks, { source = source, D_STARTOFFS = 0.25, D_PAN = 0.1 })
    """)
    return Host(runtime, command, calls, project)


def execute(line: str) -> str:
    done = subprocess.run(line, shell=True, capture_output=True, text=True, timeout=120, check=False)
    return f"{done.returncode}\n{done.stdout}"


def module(lua):
    lua.globals().FLOWSEP_TEST = True
    return lua.execute(script(str(lua.command)))


def test_a_selected_item_gets_its_stems_in_one_undo_step(lua, tmp_path: Path) -> None:
    lua.execute(script(str(lua.command)))
    assert list(lua.calls.values()) == ["exec", "begin", "refresh 1", "refresh -1", "end FlowSep: everything", "update"]
    tracks = list(lua.project.tracks.values())
    assert [track.name for track in tracks] == ["Drums", "Drums [everything]", "Drums [rest]", "Bass"]
    stem = tracks[1]["items"][1]
    assert (stem.D_POSITION, stem.D_LENGTH, stem.D_VOL, stem.D_FADEINLEN, stem.C_FADEINSHAPE) == (
        1.0025625,
        0.5,
        0.7,
        0.01,
        3,
    )
    assert (tracks[1].D_VOL, tracks[1].D_PAN, stem["take"].D_PAN) == (0.5, -0.25, 0.1)
    assert abs(stem["take"].D_STARTOFFS) < 1e-9
    made = read_clip(Path(stem["take"].source.path)).samples
    source = read_clip(Path(lua.globals().path)).samples[:, 12_000:36_000]
    assert made.shape == source.shape
    assert np.abs(made - source).max() < 2**-22


def test_nothing_is_placed_where_the_command_fails(lua) -> None:
    lua.execute("source.path = source.path .. '.gone'")
    lua.execute(script(str(lua.command)))
    said = list(lua.calls.values())
    assert said[0] == "exec"
    assert "gone" in said[1]
    assert len(said) == 2
    assert len(list(lua.project.tracks.values())) == 2


@pytest.mark.parametrize(
    ("change", "reason"),
    [("first.take.midi = true", "MIDI"), ("first.take.stretch = 2", "stretch"), ("source.parent = source", "backwards"),
     ("first.B_LOOPSRC = 1; first.D_LENGTH = 9", "loops"), ("first.take = nil", "empty")],
)  # fmt: skip
def test_what_cannot_be_processed_says_why(lua, change: str, reason: str) -> None:
    lua.execute(change)
    lua.execute(script(str(lua.command)))
    (said,) = lua.calls.values()
    assert reason in said


def test_no_selection_and_no_answer_do_nothing(lua) -> None:
    lua.globals().answer = None
    lua.execute(script(str(lua.command)))
    assert not list(lua.calls.values())
    lua.execute("first.selected = false")
    lua.execute(script(str(lua.command)))
    assert "Select the items" in lua.calls[1]


@pytest.mark.parametrize("text", ["plain", "it's", 'say "x"', "$HOME `id` \\", "a;b & c | d", "ünï 笛"])
def test_the_shell_gives_back_what_was_quoted(lua, text: str) -> None:
    quoted = module(lua).quote(text, False)
    done = subprocess.run(["/bin/sh", "-c", f"printf %s {quoted}"], capture_output=True, text=True, check=True)
    assert done.stdout == text


def test_windows_quotes_follow_its_own_rules(lua) -> None:
    assert module(lua).quote('a "b" c\\', True) == '"a \\"b\\" c\\\\"'


def test_a_stretched_item_asks_for_what_it_plays(lua) -> None:
    lua.execute("first.take.D_PLAYRATE = 2")
    part = module(lua).describe(lua.globals().first)
    assert (part.start, part.frames) == (12_000, 48_000)


def test_json_strings_are_read_with_their_escapes(lua) -> None:
    line = json.dumps(
        {"event": "done", "write": {"rest": True}, "stems": [{"file": 'a "b" é 🎹.wav'}], "rest": "r.wav"}
    )
    assert list(module(lua).written(line).values()) == ['a "b" é 🎹.wav', "r.wav"]


def test_several_sounds_are_parted_by_commas(lua) -> None:
    assert list(module(lua).queries(" a dog barking, rain ;; ,x").values()) == ["a dog barking", "rain", "x"]


def test_install_puts_the_script_where_reaper_looks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = install(tmp_path, 'C:\\Program "Files"\\flowsep.exe')
    assert target == tmp_path / "Scripts" / "FlowSep" / "FlowSep.lua"
    assert 'local FLOWSEP = "C:\\\\Program \\"Files\\"\\\\flowsep.exe"' in target.read_text()
    with pytest.raises(SystemExit) as ended:
        main(["hosts", "install", "reaper", "--resources", str(tmp_path)])
    assert not ended.value.code
    assert str(target) in capsys.readouterr().out


def test_a_missing_reaper_is_said(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="start REAPER once"):
        install(tmp_path / "nowhere")


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_every_system_has_its_folder(platform: str) -> None:
    assert resource_folder(platform).name == "REAPER"
