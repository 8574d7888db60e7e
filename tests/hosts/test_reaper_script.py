"""REAPER's scripts: one set of behaviour for the Lua under a real Lua and its twin in Python, with a real worker."""

import ast
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from lupa import lua53, lua54
from reaper_stub import Project, Thing, lua_face, python_face

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.cli import main
from flowsep_plugin.errors import SessionError
from flowsep_plugin.hosts.reaper import LUA, PYTHON, install, lua_script, python_script, resource_folder
from flowsep_plugin.hosts.relay import relay
from flowsep_plugin.jobs.client import stdlib_client
from flowsep_plugin.jobs.client.worker_client import WorkerClient
from flowsep_plugin.jobs.directory import HOME_VARIABLE, WorkerDirectory
from flowsep_plugin.media import read_clip, write_clip

RATE = 48_000
FRAMES = 2 * RATE
ECHO = {"model": "echo"}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerDirectory]:
    """A worker of these tests alone."""
    worker_directory = WorkerDirectory(tmp_path_factory.mktemp("reaper") / "worker")
    client = WorkerClient.ensure(worker_directory)
    yield worker_directory
    client.shutdown()


@dataclass
class Host:
    """A REAPER that runs one of the scripts: `run(setting=value)` starts it and waits until it has ended."""

    project: Project
    folder: Path
    start: Callable[..., None]
    source: Thing = field(default_factory=lambda: Thing("PCM_source*"))

    def run(self, **settings: Any) -> None:
        self.start(**ECHO | settings)
        self.project.run()

    def first(self, **values: Any) -> Thing:
        """An item on a new track: 0.5 s from 0.25 s of the file, at 48123 samples."""
        take = {"D_STARTOFFS": 0.25, "D_PAN": 0.1} | values.pop("take", {})
        place = {"D_POSITION": 1.0025625, "D_LENGTH": 0.5, "D_VOL": 0.7, "D_FADEINLEN": 0.01, "D_FADEOUTLEN_AUTO": 0.02}
        track = self.project.track("Drums — Müsik 笛", D_VOL=0.5, D_PAN=-0.25)
        return self.project.item(track, self.source, take, **place | {"C_FADEINSHAPE": 3} | values)

    def names(self) -> list[str]:
        return [track["P_NAME"] for track in self.project.tracks]


LUAS = {"lua 5.3, REAPER 6": lua53, "lua 5.4, REAPER 7": lua54}


@pytest.fixture(params=[*LUAS, "python"])
def host(
    request: pytest.FixtureRequest, tmp_path: Path, directory: WorkerDirectory, monkeypatch: pytest.MonkeyPatch
) -> Host:
    """REAPER with a file to play, and each of its scripting languages."""
    noise = np.random.default_rng(0).integers(-(2**22), 2**22, (2, FRAMES)).astype(np.float32) / 2**23
    path = tmp_path / "täke 'one' \"2\".wav"
    write_clip(path, AudioClip(noise, RATE))
    monkeypatch.setenv(HOME_VARIABLE, str(directory.folder))
    project = Project(str(tmp_path))
    start = _python(project, monkeypatch)
    if request.param in LUAS:
        start = _lua(project, directory, LUAS[request.param])
    source = Thing("PCM_source*", {"path": str(path), "length": FRAMES / RATE, "rate": RATE})
    return Host(project, tmp_path, start, source)


def _lua(project: Project, directory: WorkerDirectory, lua: Any) -> Callable[..., None]:
    """Lua starts flowsep through the shell; here a thread of this process does its work."""

    def execute(line: str, timeout: int) -> str:
        order = Path(re.findall(r'"([^"]*)\.sh"', line)[0])
        assert " hosts relay " in order.with_name(f"{order.name}.sh").read_text("utf-8")
        threading.Thread(target=relay, args=(order, lambda: WorkerClient.ensure(directory)), daemon=True).start()
        return "0\n"

    def start(**settings: Any) -> None:
        runtime = lua.LuaRuntime(unpack_returned_tuples=True)
        runtime.globals().reaper = lua_face(project, runtime)
        runtime.execute(with_settings(lua_script("flowsep"), settings))

    project.execute = execute
    return start


def _python(project: Project, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def start(**settings: Any) -> None:
        namespace: dict[str, Any] = {"__name__": "__main__"}
        monkeypatch.setitem(sys.modules, "reaper_python", python_face(project, namespace))
        monkeypatch.setitem(sys.modules, "flowsep_bare", stdlib_client)
        exec(
            compile(with_settings(python_script("flowsep", Path("/nowhere")), settings), "FlowSep.py", "exec"),
            namespace,
        )

    return start


def with_settings(text: str, settings: dict[str, Any]) -> str:
    """The script with other values in the lines that users edit."""
    for name, value in settings.items():
        word = json.dumps(value) if "local M" in text else repr(value)
        text, count = re.subn(rf'^(\s+"?{name}"?\s*[=:] )[^,]+,', rf"\g<1>{word},", text, count=1, flags=re.MULTILINE)
        assert count == 1, name
    return text


def heard(take: Thing) -> np.ndarray:
    assert take.source is not None
    return read_clip(Path(take.source["path"])).samples


def test_a_selected_item_gets_its_stems_in_one_undo_step(host: Host) -> None:
    item = host.first()
    bass = host.project.track("Bass")
    host.run()
    assert not host.project.messages
    assert host.project.calls == ["begin", "refresh 1", "refresh -1", "end FlowSep: everything", "update"]
    assert host.names() == [
        "Drums — Müsik 笛", "Drums — Müsik 笛 [everything]", "Drums — Müsik 笛 [rest]", "Bass"
    ]  # fmt: skip
    assert not bass.items
    track = host.project.tracks[1]
    (stem,) = track.items
    for name in ("D_POSITION", "D_LENGTH", "D_VOL", "D_FADEINLEN", "D_FADEOUTLEN_AUTO", "C_FADEINSHAPE"):
        assert stem[name] == item[name]
    assert (track["D_VOL"], track["D_PAN"]) == (0.5, -0.25)
    (take,) = stem.takes
    assert (take["D_PAN"], take["P_NAME"]) == (0.1, "everything")
    assert take["D_STARTOFFS"] == 0
    source = read_clip(Path(host.source["path"])).samples[:, 12_000:36_000]
    assert heard(take).shape == source.shape
    residual = heard(host.project.tracks[2].items[0].takes[0])
    assert np.abs(heard(take) + residual - source).max() <= 2**-23
    assert not item["B_MUTE"]


def test_stems_can_come_as_takes_of_the_item_itself(host: Host) -> None:
    item = host.first(B_LOOPSRC=1)
    source = item.active
    host.run(place="takes")
    assert host.names() == ["Drums — Müsik 笛"]
    assert [take["P_NAME"] for take in item.takes[1:]] == ["everything", "rest"]
    assert item.active is source
    assert host.project.calls[0] == "begin"
    assert len(host.project.tracks[0].items) == 1


def test_settings_say_what_is_placed_and_muted(host: Host) -> None:
    item = host.first()
    host.run(rest=False, mute_source=True, format="flac24")
    assert host.names() == ["Drums — Müsik 笛", "Drums — Müsik 笛 [everything]"]
    assert item["B_MUTE"] == 1
    assert host.project.tracks[1].items[0].takes[0].source["path"].endswith(".flac")


def test_a_take_cannot_be_muted_by_itself(host: Host) -> None:
    host.first()
    host.run(place="takes", mute_source=True)
    assert "switch mute_source off" in host.project.messages[0]
    assert not host.project.calls


def test_stems_of_a_folder_go_through_its_fader_once(host: Host) -> None:
    item = host.first()
    assert item.owner is not None
    item.owner.values.update(I_FOLDERDEPTH=1, D_PLAY_OFFSET=0.125)
    host.run()
    for track in host.project.tracks[1:]:
        assert "D_VOL" not in track.values
        assert "D_PAN" not in track.values
        assert track["D_PLAY_OFFSET"] == 0.125


def test_stems_of_a_folders_last_track_stay_in_it(host: Host) -> None:
    host.project.track("Folder", I_FOLDERDEPTH=1)
    item = host.first()
    assert item.owner is not None
    item.owner.values["I_FOLDERDEPTH"] = -1
    host.project.track("Outside")
    host.run()
    assert [name.rpartition("笛")[2] or name for name in host.names()] == ["Folder", " [everything]", " [rest]",
                                                                          "Drums — Müsik 笛", "Outside"]  # fmt: skip
    assert host.project.tracks[1]["D_VOL"] == 0.5


def test_several_sounds_and_items_share_tracks_in_their_order(host: Host) -> None:
    item = host.first()
    host.project.item(item.owner, host.source, {"D_STARTOFFS": 1.0}, D_POSITION=9.0, D_LENGTH=0.25)  # type: ignore[arg-type]
    other = host.project.track("Bass")
    host.project.item(other, host.source, {"D_STARTOFFS": 0.5}, D_POSITION=3.0, D_LENGTH=0.25)
    host.project.answer = "a dog, rain"
    host.run()
    assert [name.partition(" [")[2] for name in host.names()] == ["", "a dog]", "rain]", "rest]"] * 2
    assert [len(track.items) for track in host.project.tracks] == [2, 2, 2, 2, 1, 1, 1, 1]
    assert [item["D_POSITION"] for item in host.project.tracks[2].items] == [1.0025625, 9.0]


def test_what_cannot_be_processed_is_left_out_and_said(host: Host) -> None:
    track = host.project.track("Empty")
    host.project.item(track, None, D_POSITION=0.0, D_LENGTH=1.0)
    host.first()
    host.run(rest=False)
    assert host.project.messages == ["Item 1 was skipped: it is empty"]
    assert host.names() == ["Empty", "Drums — Müsik 笛", "Drums — Müsik 笛 [everything]"]


def test_an_item_without_the_sound_gets_no_tracks_and_is_not_muted(host: Host, tmp_path: Path) -> None:
    write_clip(tmp_path / "silence.wav", AudioClip(np.zeros((2, FRAMES), np.float32), RATE))
    silence = Thing("PCM_source*", {"path": str(tmp_path / "silence.wav"), "length": FRAMES / RATE, "rate": RATE})
    item = host.project.item(host.project.track("Room"), silence, D_POSITION=0.0, D_LENGTH=1.0)
    host.first()
    host.run(mute_source=True)
    assert host.project.messages == ["Not found in item 1: everything"]
    assert [name.partition(" [")[2] for name in host.names()] == ["", "", "everything]", "rest]"]
    assert not item["B_MUTE"]


def test_an_item_that_passes_full_scale_gets_float_stems_that_sum_to_it_and_it_is_said(host: Host) -> None:
    loud = np.linspace(-1.5, 1.5, FRAMES, dtype=np.float32)[None]
    write_clip(host.folder / "loud.wav", AudioClip(loud, RATE), "wav32f")
    source = Thing("PCM_source*", {"path": str(host.folder / "loud.wav"), "length": FRAMES / RATE, "rate": RATE})
    host.project.item(host.project.track("Hot"), source, D_POSITION=0.0, D_LENGTH=FRAMES / RATE)
    host.run()
    stem, residual = (heard(track.items[0].takes[0]) for track in host.project.tracks[1:3])
    np.testing.assert_array_equal(stem + residual, loud)
    (message,) = host.project.messages
    assert "passes full scale, where wav24 would clip: the files are 32-bit float" in message


OBSTACLES: list[tuple[Callable[[Thing], Any], str]] = [
    (lambda item: item.active.values.update(midi=True), "MIDI"),  # type: ignore[union-attr]
    (lambda item: item.active.values.update(stretch=2), "stretch"),  # type: ignore[union-attr]
    (lambda item: setattr(item.active.source, "parent", Thing("PCM_source*")), "backwards"),  # type: ignore[union-attr]
    (lambda item: item.values.update(B_LOOPSRC=1, D_LENGTH=9.0), "loops"),
    (lambda item: item.values.update(B_ALLTAKESPLAY=1), "all its takes"),
    (lambda item: item.active.source.values.update(path=""), "no audio file"),  # type: ignore[union-attr]
    (lambda item: item.active.source.values.update(length=0.0), "offline"),  # type: ignore[union-attr]
    (lambda item: item.active.values.update(D_STARTOFFS=2.5), "outside"),  # type: ignore[union-attr]
    (lambda item: setattr(item, "active", None), "empty"),
]


@pytest.mark.parametrize(("change", "reason"), OBSTACLES, ids=[reason for _, reason in OBSTACLES])
def test_every_obstacle_is_named(host: Host, change: Callable[[Thing], Any], reason: str) -> None:
    change(host.first())
    host.run()
    (messages,) = host.project.messages
    assert messages.startswith("Item 1 was skipped: it ")
    assert reason in messages
    assert not host.project.calls


@pytest.mark.parametrize(
    ("take", "start", "frames", "offset"),
    [
        ({"D_PLAYRATE": 2.0}, 12_000, 48_000, 0.0),
        ({"D_STARTOFFS": 0.25 + 0.7 / RATE}, 12_000, 24_001, 0.7 / RATE),
        ({"D_STARTOFFS": -0.25}, 0, 12_000, -0.25),
        ({"D_STARTOFFS": 1.75}, 84_000, 12_000, 0.0),
    ],
    ids=["stretched", "between samples", "before the file", "past its end"],
)  # fmt: skip
def test_a_stem_holds_every_sample_that_is_heard_and_lies_where_it_did(
    host: Host, take: dict[str, float], start: int, frames: int, offset: float
) -> None:
    item = host.first(take=take)
    host.run(rest=False)
    (stem_take,) = host.project.tracks[1].items[0].takes
    assert stem_take["D_PLAYRATE"] == item.active["D_PLAYRATE"]  # type: ignore[index]
    assert stem_take["D_STARTOFFS"] == pytest.approx(offset, abs=1e-12)
    source = read_clip(Path(host.source["path"])).samples[:, start : start + frames]
    assert np.abs(heard(stem_take) - source).max() <= 2**-22


def test_nothing_is_placed_where_a_job_fails(host: Host) -> None:
    host.first()
    Path(host.source["path"]).unlink()
    host.run()
    assert "take" in host.project.messages[0] or "täke" in host.project.messages[0]
    assert not host.project.calls
    assert len(host.project.tracks) == 1


def test_an_unknown_model_is_named(host: Host) -> None:
    host.first()
    host.run(model="no such model")
    assert "no such model" in host.project.messages[0]
    assert not host.project.calls


def test_no_selection_and_no_answer_do_nothing(host: Host) -> None:
    host.run()
    assert host.project.messages == ["Select the items to separate first."]
    item = host.first()
    for answer in (None, "", " , ;"):
        host.project.answer = answer
        host.run()
    assert len(host.project.messages) == 1
    assert not host.project.calls
    assert item.takes == [item.active]


def test_progress_is_shown_and_the_rest_of_reaper_goes_on(host: Host) -> None:
    host.first()
    host.start(**ECHO)
    assert host.project.later or host.project.console
    host.project.run()
    assert re.fullmatch(r"FlowSep: \d+ % of 1 item\(s\)", host.project.console[0])
    assert host.project.console[-1] == "FlowSep: done"


def test_an_item_that_was_deleted_meanwhile_is_said(host: Host) -> None:
    item = host.first()
    host.start(**ECHO)
    assert item.owner is not None
    item.owner.items.remove(item)
    host.project.run()
    assert "Item 1 was deleted" in host.project.messages[0]
    assert str(host.folder / "FlowSep") in host.project.messages[0]
    assert len(host.project.tracks) == 1


def test_an_item_that_was_moved_meanwhile_takes_its_stem_along(host: Host) -> None:
    item = host.first()
    host.start(**ECHO)
    item.values["D_POSITION"] = 5.0
    host.project.run()
    assert host.project.tracks[1].items[0]["D_POSITION"] == 5.0


def named(kind: str, name: str, **values: Any) -> Thing:
    return Thing(kind, {"name": name, **values})


def test_what_stems_will_not_have_is_said_once(host: Host) -> None:
    envelopes = [named("TrackEnvelope*", "Volume"), named("TrackEnvelope*", "Pan", active="0"),
                 named("TrackEnvelope*", "Pitch", points=0)]  # fmt: skip
    effects = [named("FX", "ReaPitch"), named("FX", "off", enabled=False)]
    first = host.first(take={"envelopes": envelopes, "effects": effects})
    assert first.owner is not None
    first.owner.values.update(
        effects=[named("FX", "ReaEQ"), named("FX", "gone", offline=True)],
        envelopes=[named("TrackEnvelope*", "Mute", active="1")],
        sends=[named("send", "Reverb", category=0), named("send", "quiet", category=0, B_MUTE=1),
               named("send", "Output 3", category=1)],
    )  # fmt: skip
    host.project.item(first.owner, host.source, {}, D_POSITION=9.0, D_LENGTH=0.25)
    host.run()
    assert host.project.messages == [
        'Not in the stems: plug-in "ReaPitch", take envelope "Volume", plug-in "ReaEQ", send "Output 3", '
        'send "Reverb", automation "Mute"'
    ]
    assert host.project.calls


def test_stems_of_folders_and_takes_pass_through_all_that_their_track_has(host: Host) -> None:
    item = host.first()
    assert item.owner is not None
    item.owner.values.update(effects=[named("FX", "ReaEQ")], sends=[named("send", "Reverb", category=0)])
    host.run(place="takes")
    item.owner.values["I_FOLDERDEPTH"] = 1
    host.run()
    assert not host.project.messages


def test_a_chain_that_is_off_is_not_said(host: Host) -> None:
    item = host.first()
    assert item.owner is not None
    item.owner.values.update(effects=[named("FX", "ReaEQ")], I_FXEN=0)
    host.run()
    assert not host.project.messages


def in_folder(item: Thing, **values: Any) -> None:
    assert item.owner is not None
    item.owner.parent = Thing("MediaTrack*", {"P_NAME": "Folder", **values})


SILENCES: list[tuple[Callable[[Thing], Any], str]] = [
    (lambda item: item.values.update(B_MUTE=1), "is muted"),
    (lambda item: item.owner.values.update(B_MUTE=1), "is on a muted track"),  # type: ignore[union-attr]
    (lambda item: item.owner.values.update(I_FREEMODE=2), "is on a fixed item lane that does not play"),  # type: ignore[union-attr]
    (lambda item: in_folder(item, B_MUTE=1), "is in a muted folder"),
]


@pytest.mark.parametrize(("change", "reason"), SILENCES, ids=[reason for _, reason in SILENCES])
def test_items_that_are_silent_are_skipped(host: Host, change: Callable[[Thing], Any], reason: str) -> None:
    change(host.first())
    host.run()
    assert host.project.messages == [f"Item 1 was skipped: it {reason}"]
    assert not host.project.calls


@pytest.mark.parametrize(
    "change",
    [
        lambda item: item.owner.values.update(I_FREEMODE=2) or item.values.update(C_LANEPLAYS=2),
        lambda item: item.values.update(C_LANEPLAYS=0),
        lambda item: in_folder(item, B_MUTE=1) or item.owner.values.update(B_MAINSEND=0),
        lambda item: in_folder(item),
    ],
    ids=["lane that plays", "no lanes", "apart from its folder", "folder"],
)
def test_items_that_play_are_processed(host: Host, change: Callable[[Thing], Any]) -> None:
    change(host.first())
    host.run(rest=False)
    assert host.project.calls


def test_a_stem_track_copies_polarity_offset_pan_mode_and_parent_send(host: Host) -> None:
    item = host.first(take={"D_VOL": -0.5, "D_PANLAW": 0.5}, D_SNAPOFFSET=0.25)
    assert item.owner is not None
    settings = {"B_PHASE": 1, "D_PLAY_OFFSET": 0.25, "I_PLAY_OFFSET_FLAG": 2, "B_MAINSEND": 0, "I_PANMODE": 6,
                "D_DUALPANL": -1, "D_DUALPANR": 0.5, "D_WIDTH": 0.5, "D_PANLAW": 1}  # fmt: skip
    item.owner.values.update(settings)
    host.run(rest=False)
    track = host.project.tracks[1]
    assert {name: track[name] for name in settings} == settings
    assert track.items[0]["D_SNAPOFFSET"] == 0.25
    assert (track.items[0].takes[0]["D_VOL"], track.items[0].takes[0]["D_PANLAW"]) == (-0.5, 0.5)


def test_a_script_that_is_terminated_leaves_no_job(host: Host, directory: WorkerDirectory) -> None:
    client = WorkerClient.ensure(directory)
    client.pause()
    try:
        host.first()
        host.start(**ECHO)
        until = time.monotonic() + 90
        while not client.jobs("queued", "running"):
            assert time.monotonic() < until
            if host.project.later:
                host.project.later.pop()()
            time.sleep(0.02)
        host.project.terminate()
        while client.jobs("queued", "running"):
            assert time.monotonic() < until
            time.sleep(0.02)
    finally:
        client.pause(False)
    assert not host.project.calls
    while left := list(host.folder.glob("flowsep-order*")):
        assert time.monotonic() < until, left
        time.sleep(0.02)


def test_a_flowsep_that_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole way through the shell, and through the twin's own start of a worker."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "no worker"))
    for language in ("lua", "python"):
        project = Project(str(tmp_path))
        project.item(
            project.track("t"), Thing("PCM_source*", {"path": "x.wav", "length": 1.0, "rate": 8}), D_LENGTH=1.0
        )
        if language == "lua":
            project.execute = shell
            runtime = lua54.LuaRuntime(unpack_returned_tuples=True)
            runtime.globals().reaper = lua_face(project, runtime)
            runtime.execute(lua_script("/no/such 'flowsep'"))
        else:
            namespace: dict[str, Any] = {"__name__": "__main__"}
            monkeypatch.setitem(sys.modules, "reaper_python", python_face(project, namespace))
            monkeypatch.setitem(sys.modules, "flowsep_bare", stdlib_client)
            exec(python_script("/no/such 'flowsep'", tmp_path), namespace)
        project.run()
        assert project.messages[0].startswith("flowsep did not start: /no/such 'flowsep'")
        assert "install reaper" in project.messages[0]


def shell(line: str, timeout: int) -> str:
    done = subprocess.run(line, shell=True, capture_output=True, text=True, timeout=60, check=False)
    return f"{done.returncode}\n{done.stdout}"


@pytest.mark.skipif(sys.platform == "win32", reason="the other shell")
def test_lua_reaches_the_real_command_through_the_shell(
    tmp_path: Path, directory: WorkerDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(directory.folder))
    command = tmp_path / "flow'sep"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m flowsep_plugin "$@"\n')
    command.chmod(0o755)
    write_clip(tmp_path / "a.wav", AudioClip(np.zeros((1, RATE), np.float32) + 0.1, RATE))
    project = Project(str(tmp_path))
    source = Thing("PCM_source*", {"path": str(tmp_path / "a.wav"), "length": 1.0, "rate": RATE})
    project.item(project.track("t"), source, D_LENGTH=0.5)
    project.execute = shell
    runtime = lua54.LuaRuntime(unpack_returned_tuples=True)
    runtime.globals().reaper = lua_face(project, runtime)
    runtime.execute(with_settings(lua_script(str(command)), ECHO))
    project.run()
    assert [track["P_NAME"] for track in project.tracks] == ["t", "t [everything]", "t [rest]"]
    assert not list(tmp_path.glob("flowsep-order*"))


def module() -> Any:
    runtime = lua54.LuaRuntime(unpack_returned_tuples=True)
    runtime.globals().reaper = lua_face(Project("/"), runtime)
    runtime.globals().FLOWSEP_TEST = True
    return runtime.execute(lua_script("flowsep"))


@pytest.mark.parametrize("text", ["plain", "it's", 'say "x"', "$HOME `id` \\", "a;b & c | d", "ünï 笛"])
def test_the_shell_gives_back_what_was_quoted(text: str) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"printf %s {module().quote(text, False)}"], capture_output=True, check=True
    )
    assert done.stdout.decode() == text


def test_windows_starts_flowsep_without_a_shell() -> None:
    assert module().quote('a "b" c\\', True) == '"a \\"b\\" c\\\\"'
    project = Project("C:\\x")
    lines: list[tuple[str, int]] = []
    project.execute = lambda line, timeout: lines.append((line, timeout)) or "0\n"  # type: ignore[func-returns-value]
    runtime = lua54.LuaRuntime(unpack_returned_tuples=True)
    runtime.globals().reaper = lua_face(project, runtime)
    runtime.globals().FLOWSEP_TEST = True
    runtime.execute(lua_script("C:\\flowsep.exe")).start("C:\\x/order.json", True)
    assert lines == [('"C:\\flowsep.exe" hosts relay "C:\\x/order.json"', -1)]


@pytest.mark.parametrize("text", ['a "b" é 🎹\n\t\\', "\x01", "", "]}"])
def test_lua_writes_json_that_others_read(text: str) -> None:
    runtime = lua54.LuaRuntime(unpack_returned_tuples=True)
    runtime.globals().reaper = lua_face(Project("/"), runtime)
    runtime.globals().FLOWSEP_TEST = True
    module = runtime.execute(lua_script("flowsep"))
    table = runtime.table_from({"a": text, "b": runtime.table_from([1, True]), "c": False})
    assert json.loads(module.json(table)) == {"a": text, "b": [1, True], "c": False}


def test_both_scripts_have_the_same_settings() -> None:
    block = re.search(r"local SETTINGS = \{(.*?)\n\}", LUA.read_text("utf-8"), re.DOTALL)
    assert block is not None
    lua = dict(re.findall(r"^\s+(\w+) = ([^,]+),", block[1], re.MULTILINE))
    tree = ast.parse(PYTHON.read_text("utf-8"))
    python = next(ast.literal_eval(node.value) for node in tree.body
                  if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SETTINGS")  # fmt: skip
    assert {name: json.dumps(value) for name, value in python.items()} == lua


@pytest.mark.parametrize("path", [PYTHON, Path(stdlib_client.__file__)], ids=lambda path: path.name)
def test_reapers_python_needs_nothing_but_its_own_library(path: Path) -> None:
    """Python 3.8's grammar, and no import from elsewhere."""
    tree = ast.parse(path.read_text("utf-8"), feature_version=(3, 8))
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_install_puts_the_script_where_reaper_looks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = install(tmp_path, 'C:\\Program "Files"\\flowsep.exe')
    assert target == tmp_path / "Scripts" / "FlowSep" / "FlowSep.lua"
    assert 'local FLOWSEP = "C:\\\\Program \\"Files\\"\\\\flowsep.exe"' in target.read_text("utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["hosts", "install", "reaper", "--resources", str(tmp_path)])
    assert not ended.value.code
    assert str(target) in capsys.readouterr().out


def test_the_twin_is_installed_with_its_client(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["hosts", "install", "reaper", "--python", "--resources", str(tmp_path)])
    assert not ended.value.code
    folder = tmp_path / "Scripts" / "FlowSep"
    assert str(folder / "FlowSep.py") in capsys.readouterr().out
    assert sorted(path.name for path in folder.iterdir()) == ["FlowSep.py", "flowsep_bare.py"]
    namespace: dict[str, Any] = {"__name__": "not main"}
    exec((folder / "FlowSep.py").read_text("utf-8"), namespace)
    assert namespace["FOLDER"] == str(folder)
    client = ModuleType("client")
    exec((folder / "flowsep_bare.py").read_text("utf-8"), client.__dict__)
    assert callable(client.Worker.running)


def test_a_missing_reaper_is_said(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="start REAPER once"):
        install(tmp_path / "nowhere")


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_every_system_has_its_folder(platform: str) -> None:
    assert resource_folder(platform).name == "REAPER"
