"""The pipe's protocol against a stub of Audacity that keeps tracks, a selection and preferences."""

import json
import os
import re
import threading
from pathlib import Path

import numpy as np
import pytest

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import EngineError, SessionError
from flowsep_plugin.hosts.audacity import separate_selection
from flowsep_plugin.hosts.audacity_pipe import AudacityPipe, Fifos
from flowsep_plugin.jobs.batch.runners import LocalRunner
from flowsep_plugin.jobs.job import JobError
from flowsep_plugin.media import read_clip, write_clip

RATE = 48_000
PREFERENCE = "FileFormats/ExportFormat_SF1_Type/WAV_10000"


class FakeAudacity:
    """Answers as mod-script-pipe does: text, a closing line, an empty line."""

    def __init__(self) -> None:
        noise = np.random.default_rng(0).standard_normal((2, RATE)).astype(np.float32) * 0.1
        self.clip: AudioClip | None = AudioClip(noise, RATE)
        self.tracks: list[dict[str, object]] = [
            {"name": "other", "start": 0.0, "selected": 0},
            {"name": "take", "start": 0.0, "selected": 1},
        ]
        self.preferences = {PREFERENCE: "2"}
        self.start, self.saved = 1.0025625, None
        self.fails: str | None = None
        self.fails_from: tuple[str, int] | None = None
        self.count: dict[str, int] = {}
        self.lines: list[str] = []
        self.exported_as = ""

    def write(self, text: str) -> None:
        command, _, rest = text.strip().partition(":")
        arguments = {key: a or b for key, a, b in re.findall(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|(\S+))', rest)}
        self.count[command] = self.count.get(command, 0) + 1
        fails = (
            command == self.fails
            or (command, self.count[command]) == self.fails_from
            or (command == "GetPreference" and arguments["Name"] not in self.preferences)
        )
        reply = [] if fails else [getattr(self, f"do_{command.lower()}")(**arguments)]
        closing = "BatchCommand finished: " + ("Failed!" if fails else "OK")
        self.lines += [line + "\n" for part in reply if part for line in part.splitlines()] + [closing + "\n", "\n"]

    def flush(self) -> None:
        pass

    def readline(self) -> str:
        return self.lines.pop(0) if self.lines else ""

    def do_selsave(self) -> None:
        self.saved = self.start

    def do_selrestore(self) -> None:
        self.start = self.saved

    def do_getpreference(self, Name: str) -> str:
        return self.preferences[Name]

    def do_setpreference(self, Name: str, Value: str) -> None:
        self.preferences[Name] = Value

    def do_export2(self, Filename: str, NumChannels: str) -> None:
        self.exported_as, self.channels = self.preferences[PREFERENCE], NumChannels
        if self.clip is not None:
            write_clip(Path(Filename), self.clip, "wav32f")

    def do_getinfo(self, Type: str, Format: str) -> str:
        keys = ("name", "selected", "channels", "pan", "kind")
        return json.dumps([{key: track[key] for key in keys if key in track} for track in self.tracks], indent=1)

    def do_import2(self, Filename: str) -> None:
        self.tracks.append({"name": Path(Filename).stem, "start": 0.0, "sound": read_clip(Path(Filename)).samples})
        self.start = 0.0
        self.do_selecttracks(str(len(self.tracks) - 1), "1", "Set")

    def do_selecttracks(self, Track: str, TrackCount: str, Mode: str) -> None:
        numbers = range(int(Track), int(Track) + int(TrackCount))
        for number, track in enumerate(self.tracks):
            track["selected"] = int(number in numbers or (Mode == "Add" and bool(track.get("selected"))))

    def chosen(self) -> list[dict[str, object]]:
        return [track for track in self.tracks if track.get("selected")]

    def do_align_starttoselstart(self) -> None:
        for track in self.chosen():
            track["start"] = self.start

    def do_settrackstatus(self, Name: str) -> None:
        for track in self.chosen():
            track["name"] = Name

    def do_removetracks(self) -> None:
        self.tracks = [track for track in self.tracks if not track.get("selected")]


@pytest.fixture
def audacity() -> FakeAudacity:
    return FakeAudacity()


def separated(audacity: FakeAudacity, tmp_path: Path) -> list[str]:
    runner = LocalRunner(tmp_path / "journal")
    return separate_selection(AudacityPipe(audacity, audacity), Request(["everything"]), runner, model="echo")


def test_stems_start_where_the_selection_does(audacity: FakeAudacity, tmp_path: Path) -> None:
    assert separated(audacity, tmp_path) == ["everything", "rest"]
    assert [(t["name"], t["start"]) for t in audacity.tracks] == [
        ("other", 0.0), ("take", 0.0), ("everything", 1.0025625), ("rest", 1.0025625)
    ]  # fmt: skip
    left = audacity.clip.samples - audacity.tracks[2]["sound"] - audacity.tracks[3]["sound"]
    assert np.abs(left).max() < 1e-6


def test_exports_are_floats_and_the_preference_comes_back(audacity: FakeAudacity, tmp_path: Path) -> None:
    separated(audacity, tmp_path)
    assert audacity.exported_as == "6"
    assert audacity.preferences == {PREFERENCE: "2"}


def test_time_and_tracks_are_selected_as_before(audacity: FakeAudacity, tmp_path: Path) -> None:
    separated(audacity, tmp_path)
    assert audacity.start == 1.0025625
    assert [track["name"] for track in audacity.chosen()] == ["take"]


def test_a_preference_that_was_never_set_becomes_the_default(audacity: FakeAudacity, tmp_path: Path) -> None:
    audacity.preferences.clear()
    separated(audacity, tmp_path)
    assert audacity.exported_as == "6"
    assert audacity.preferences == {PREFERENCE: "2"}


@pytest.mark.parametrize(("channels", "pan", "exported"), [(1, 0, "1"), (1, 0.5, "2"), (2, 0, "2")])
def test_centred_mono_stays_mono(
    audacity: FakeAudacity, tmp_path: Path, channels: int, pan: float, exported: str
) -> None:
    audacity.tracks[1] |= {"channels": channels, "pan": pan, "kind": "wave"}
    separated(audacity, tmp_path)
    assert audacity.channels == exported


def test_nothing_selected_is_said(audacity: FakeAudacity, tmp_path: Path) -> None:
    audacity.tracks[1]["selected"] = 0
    with pytest.raises(SessionError, match="nothing is selected"):
        separated(audacity, tmp_path)


def test_an_empty_selection_is_said(audacity: FakeAudacity, tmp_path: Path) -> None:
    audacity.clip = None
    with pytest.raises(SessionError, match="is empty"):
        separated(audacity, tmp_path)


def test_stems_are_placed_all_or_not_at_all(audacity: FakeAudacity, tmp_path: Path) -> None:
    audacity.fails_from = ("Import2", 2)
    with pytest.raises(SessionError, match="Import2"):
        separated(audacity, tmp_path)
    assert [track["name"] for track in audacity.tracks] == ["other", "take"]
    assert [track["name"] for track in audacity.chosen()] == ["take"]


@pytest.mark.parametrize("command", ["Export2", "Import2", "SelSave"])
def test_a_refused_command_leaves_preferences_as_they_were(
    audacity: FakeAudacity, tmp_path: Path, command: str
) -> None:
    audacity.fails = command
    with pytest.raises(SessionError, match=command):
        separated(audacity, tmp_path)
    assert audacity.preferences == {PREFERENCE: "2"}


def test_a_failed_job_places_nothing(audacity: FakeAudacity) -> None:
    class Broken:
        def run(self, specs):
            yield 0, JobError("EngineError", "no")

    with pytest.raises(EngineError):
        separate_selection(AudacityPipe(audacity, audacity), Request(["x"]), Broken())
    assert len(audacity.tracks) == 2


def test_a_closed_pipe_is_said(audacity: FakeAudacity) -> None:
    audacity.write = lambda text: None  # type: ignore[method-assign]
    with pytest.raises(SessionError, match="closed its pipe"):
        AudacityPipe(audacity, audacity).do("SelSave:")


@pytest.fixture
def fifos(tmp_path: Path) -> tuple[Path, Path]:
    names = (tmp_path / "to", tmp_path / "from")
    for name in names:
        os.mkfifo(name)
    return names


def test_pipes_that_nobody_reads_are_not_waited_for(fifos: tuple[Path, Path]) -> None:
    with pytest.raises(SessionError, match="does not accept commands"):
        Fifos(*fifos)


@pytest.mark.parametrize("kind", ["of another user", "a file"])
def test_what_is_no_pipe_of_this_user_gets_no_command(fifos, kind, monkeypatch) -> None:
    """Any user of the machine can create the names that Audacity uses in /tmp, and listen there."""
    if kind == "a file":
        for name in fifos:
            name.unlink()
            name.touch()
        readers = []
    else:
        monkeypatch.setattr(os, "getuid", lambda: fifos[0].stat().st_uid + 1)
        readers = [os.open(fifos[0], os.O_RDONLY | os.O_NONBLOCK)]
    with pytest.raises(SessionError, match=r"is not a pipe of yours.*remove it"):
        Fifos(*fifos)
    for reader in readers:
        assert os.read(reader, 1) == b""
        os.close(reader)


def test_an_audacity_that_ends_during_a_command_is_said(fifos: tuple[Path, Path]) -> None:
    def audacity() -> None:
        with fifos[0].open("rb") as to, fifos[1].open("wb") as back:
            to.readline()
            back.write(b"half an ans")

    thread = threading.Thread(target=audacity)
    thread.start()
    channel = connected(fifos)
    pipe = AudacityPipe(channel, channel, is_alive=channel.is_alive)
    with pytest.raises(SessionError, match="closed its pipe during SelSave"):
        pipe.do("SelSave:")
    thread.join()
    with pytest.raises(SessionError, match="Audacity was closed"):
        pipe.check()
    with pytest.raises(SessionError, match="quit during SelSave"):
        pipe.do("SelSave:")
    channel.close()


def test_a_silent_audacity_is_waited_for_so_long(fifos: tuple[Path, Path]) -> None:
    ends = threading.Event()

    def audacity() -> None:
        with fifos[0].open("rb"), fifos[1].open("wb"):
            ends.wait(20)

    thread = threading.Thread(target=audacity)
    thread.start()
    channel = connected(fifos)
    channel.deadline = 0.0
    with pytest.raises(SessionError, match="close its dialogs"):
        AudacityPipe(channel, channel).do("SelSave:")
    ends.set()
    thread.join()
    channel.close()


def connected(fifos: tuple[Path, Path]) -> Fifos:
    """Connect once the other side has come."""
    for _ in range(1000):
        try:
            return Fifos(*fifos)
        except SessionError:
            threading.Event().wait(0.01)
    raise AssertionError("nobody came")


def test_a_selection_without_the_sound_gets_no_tracks(audacity: FakeAudacity, tmp_path: Path) -> None:
    audacity.clip = AudioClip(np.zeros((2, RATE), np.float32), RATE)
    assert separated(audacity, tmp_path) == []
    assert [track["name"] for track in audacity.tracks] == ["other", "take"]
