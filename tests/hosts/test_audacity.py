"""The pipe's protocol against a stub of Audacity that keeps tracks, a selection and preferences."""

import re
from pathlib import Path

import numpy as np
import pytest

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import EngineError, SessionError
from flowsep_plugin.hosts.audacity import AudacityPipe, separate_selection
from flowsep_plugin.jobs.job import JobError
from flowsep_plugin.jobs.runners import LocalRunner
from flowsep_plugin.media import read_clip, write_clip

RATE = 48_000
PREFERENCE = "FileFormats/ExportFormat_SF1_Type/WAV_10000"


class FakeAudacity:
    """Answers as mod-script-pipe does: text, a closing line, an empty line."""

    def __init__(self) -> None:
        noise = np.random.default_rng(0).standard_normal((2, RATE)).astype(np.float32) * 0.1
        self.clip = AudioClip(noise, RATE)
        self.tracks: list[dict[str, object]] = [{"name": "take", "start": 0.0}]
        self.preferences = {PREFERENCE: "2"}
        self.start, self.saved, self.chosen = 1.0025625, None, 0
        self.fails: str | None = None
        self.lines: list[str] = []
        self.exported_as = ""

    def write(self, text: str) -> None:
        command, _, rest = text.strip().partition(":")
        given = {key: a or b for key, a, b in re.findall(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|(\S+))', rest)}
        said = [] if command == self.fails else [getattr(self, f"do_{command.lower()}")(**given)]
        closing = "BatchCommand finished: " + ("Failed!" if command == self.fails else "OK")
        self.lines += [line + "\n" for part in said if part for line in part.splitlines()] + [closing + "\n", "\n"]

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
        self.exported_as = self.preferences[PREFERENCE]
        write_clip(Path(Filename), self.clip, "wav32f")

    def do_getinfo(self, Type: str, Format: str) -> str:
        return "[\n" + ",\n".join('{"name": "x"}' for _ in self.tracks) + "\n]"

    def do_import2(self, Filename: str) -> None:
        self.tracks.append({"name": Path(Filename).stem, "start": 0.0, "sound": read_clip(Path(Filename)).samples})
        self.start = 0.0

    def do_selecttracks(self, Track: str, TrackCount: str, Mode: str) -> None:
        self.chosen = int(Track)

    def do_align_starttoselstart(self) -> None:
        self.tracks[self.chosen]["start"] = self.start

    def do_settrackstatus(self, Name: str) -> None:
        self.tracks[self.chosen]["name"] = Name


@pytest.fixture
def audacity() -> FakeAudacity:
    return FakeAudacity()


def separated(audacity: FakeAudacity, tmp_path: Path) -> list[str]:
    runner = LocalRunner(tmp_path / "journal")
    return separate_selection(AudacityPipe(audacity, audacity), Request(["everything"]), runner, "echo")


def test_stems_start_where_the_selection_does(audacity: FakeAudacity, tmp_path: Path) -> None:
    assert separated(audacity, tmp_path) == ["everything", "rest"]
    assert [(t["name"], t["start"]) for t in audacity.tracks] == [
        ("take", 0.0), ("everything", 1.0025625), ("rest", 1.0025625)
    ]  # fmt: skip
    left = audacity.clip.samples - audacity.tracks[1]["sound"] - audacity.tracks[2]["sound"]
    assert np.abs(left).max() < 1e-6


def test_exports_are_floats_and_the_preference_comes_back(audacity: FakeAudacity, tmp_path: Path) -> None:
    separated(audacity, tmp_path)
    assert audacity.exported_as == "6"
    assert audacity.preferences == {PREFERENCE: "2"}
    assert audacity.start == 1.0025625


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
    assert len(audacity.tracks) == 1


def test_a_closed_pipe_is_said(audacity: FakeAudacity) -> None:
    audacity.write = lambda text: None  # type: ignore[method-assign]
    with pytest.raises(SessionError, match="closed its pipe"):
        AudacityPipe(audacity, audacity).do("SelSave:")
