"""A controller and a playhead in front of a session, with the echo engine behind: press, and the stem is placed."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import mido
import numpy as np
import pytest
from test_midi_ports import Backend, Port, flowsep

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.span import Span
from flowsep_plugin.audition import ClipPlayer, Piece, Transport
from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import UsageError
from flowsep_plugin.hosts import midi_ports
from flowsep_plugin.hosts.midi_learn import MidiMap
from flowsep_plugin.hosts.midi_session import MidiSession, clips_at
from flowsep_plugin.hosts.session import SessionRequest
from flowsep_plugin.jobs.batch import runners
from flowsep_plugin.jobs.batch.runners import LocalRunner
from flowsep_plugin.media import write_clip
from flowsep_plugin.timeline import ClipRef, Timeline, Track, parse_rate, read_session, save_session
from flowsep_plugin.timeline.media import probe_media

RATE = 48_000
ORIGIN = 3600 * RATE
ASKED = SessionRequest(Request(["everything", "rain"]), model="echo")
KEYS = {("note_on", 0, number): action for number, action in enumerate(
    ["separate", "audition", "compare", "next_query", "previous_query", "cancel"])}  # fmt: skip


class Player:
    """A player that records its calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def load(self, sources: Mapping[str, Any], span: Span | None = None) -> None:
        self.calls.append(("load", dict(sources), span))

    def listen(self, choice: str) -> None:
        self.calls.append(("listen", choice))

    def play(self) -> None:
        self.calls.append(("play",))

    def stop(self) -> None:
        self.calls.append(("stop",))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    noise = np.random.default_rng(1).integers(-(2**22), 2**22, (2, 3 * RATE)).astype(np.float32) / 2**23
    write_clip(tmp_path / "take.wav", AudioClip(noise, RATE))
    media = probe_media(tmp_path / "take.wav")
    clips = (
        ClipRef("c1", "first", media, Span(1000, RATE, RATE), Span(RATE, RATE, RATE)),
        ClipRef("c2", "second", media, Span(5, RATE, RATE), Span(3 * RATE, RATE, RATE)),
    )
    tracks = (Track("t1", "Drums", clips, 2), Track("t2", "Bass", clips[:1], 2))
    save_session(Timeline("song", RATE, tracks, origin=ORIGIN, frame_rate=parse_rate("25")), tmp_path / "song.rpp")
    return tmp_path / "song.rpp"


@pytest.fixture
def events() -> list[tuple[str, Mapping[str, Any]]]:
    return []


@pytest.fixture
def bound(path: Path, events: list[Any]) -> Iterator[MidiSession]:
    session = MidiSession(
        path,
        ASKED,
        controls=MidiMap(dict(KEYS)),
        make_runner=lambda check: LocalRunner(path.parent / "FlowSep"),
        player=Player(),
        notify=lambda kind, data: events.append((kind, data)),
    )
    yield session
    session.close()


def locate(second: float) -> mido.Message:
    """A full frame of time code at 25 frames a second, from 01:00:00:00 on."""
    return mido.Message("sysex", data=[0x7F, 0x7F, 0x01, 0x01, 1 << 5 | 1, 0, int(second), round(second % 1 * 25)])


def press(bound: MidiSession, action: str) -> None:
    note = next(control[2] for control, bound_action in KEYS.items() if bound_action == action)
    bound.receive(mido.Message("note_on", note=note, velocity=100), 0.0)
    bound.join()


def test_the_clip_under_the_playhead_is_separated_and_its_stems_placed(
    bound: MidiSession, path: Path, events: list[Any]
) -> None:
    bound.receive(locate(3.2), 0.0)
    assert events[-1][0] == "playhead"
    assert events[-1][1]["timecode"] == "01:00:03:05"
    assert events[-1][1]["sample"] == 153_600
    press(bound, "separate")
    assert [kind for kind, _ in events[1:]] == ["started", "done"]
    assert events[1][1] == {"query": "everything", "clips": ["second"]}
    song = read_session(path)
    assert [track.name for track in song.tracks] == ["Drums", "Drums [everything]", "Drums [rest]", "Bass"]
    assert song.tracks[1].clips[0].place == Span(3 * RATE, RATE, RATE)
    assert Path(events[-1][1]["backup"]).is_file()
    assert all(Path(name).is_file() for name in events[-1][1]["files"])


def test_another_sound_is_the_next_jobs(bound: MidiSession, path: Path, events: list[Any]) -> None:
    for action in ("next_query", "next_query", "previous_query"):
        press(bound, action)
    assert [data["query"] for kind, data in events] == ["rain", "everything", "rain"]
    bound.receive(locate(3.2), 0.0)
    press(bound, "separate")
    assert "Drums [rain]" in [track.name for track in read_session(path).tracks]


def test_stem_and_clip_are_heard_in_turn(bound: MidiSession, path: Path, events: list[Any]) -> None:
    bound.receive(locate(3.2), 0.0)
    press(bound, "separate")
    for action in ("audition", "compare", "compare", "audition"):
        press(bound, action)
    player: Player = bound._player  # type: ignore[assignment]
    (_, sources, span), *calls = player.calls
    assert sorted(sources) == ["clip", "rest", "stem:everything"]
    assert sources["clip"] == Piece(path.with_name("take.wav"), 5)
    assert span == Span(5, RATE, RATE)
    assert calls == [
        ("listen", "stem:everything"),
        ("play",),
        ("listen", "clip"),
        ("listen", "stem:everything"),
        ("stop",),
    ]
    assert [data["heard"] for kind, data in events if kind == "hearing"] == [
        "stem:everything", "clip", "stem:everything", None
    ]  # fmt: skip


def test_a_real_transport_takes_what_it_is_given(bound: MidiSession, path: Path) -> None:
    bound.receive(locate(3.2), 0.0)
    press(bound, "separate")
    playable = bound._last()
    transport = Transport(threaded=False)
    try:
        ClipPlayer(transport).load(playable.sources, playable.span)
        transport.listen(playable.stem)
    finally:
        transport.close()


@pytest.mark.parametrize("action", ["audition", "compare", "separate"])
def test_what_cannot_be_done_yet_is_told(bound: MidiSession, events: list[Any], action: str) -> None:
    press(bound, action)
    kind, data = events[-1]
    assert (kind, data["action"]) == ("failed", action)
    assert "separate a clip first" in data["message"] or "no playhead position" in data["message"]


def test_an_empty_place_and_a_held_session_are_told(bound: MidiSession, path: Path, events: list[Any]) -> None:
    bound.receive(locate(10.0), 0.0)
    press(bound, "separate")
    assert "no clip is under the playhead" in events[-1][1]["message"]
    path.with_name("song.rpp.lock").touch()
    bound.receive(locate(3.2), 0.0)
    press(bound, "separate")
    assert "open in its program" in events[-1][1]["message"]
    assert not (path.parent / "FlowSep").exists()


def test_a_job_is_cancelled_and_only_one_runs(path: Path, events: list[Any]) -> None:
    class Slow:
        def __init__(self, check: Callable[[], None]) -> None:
            self.check = check

        def run(self, specs: Sequence[Any]) -> Iterator[Any]:
            while True:
                self.check()
                time.sleep(0.005)
            yield

    before = path.read_bytes()
    bound = MidiSession(
        path,
        ASKED,
        controls=MidiMap(dict(KEYS)),
        make_runner=Slow,  # type: ignore[arg-type]
        player=Player(),
        notify=lambda kind, data: events.append((kind, data)),
    )
    bound.receive(locate(3.2), 0.0)
    bound.act("separate")
    bound.act("separate")
    assert "under way" in events[-1][1]["message"]
    bound.act("cancel")
    bound.join()
    assert "cancelled" in events[-1][1]["message"]
    bound.close()
    assert path.read_bytes() == before
    assert not [thread for thread in threading.enumerate() if thread.name == "flowsep MIDI job"]


def test_only_clips_of_the_named_tracks_count(path: Path) -> None:
    song = read_session(path)
    assert [clip.name for clip in clips_at(song, RATE + 1)] == ["first", "first"]
    assert len(clips_at(song, RATE + 1, ["Bass"])) == 1
    with pytest.raises(UsageError, match="no clip is under the playhead"):
        clips_at(song, 3 * RATE, ["Bass"])
    (path.parent / "take.wav").unlink()
    with pytest.raises(UsageError, match="offline"):
        clips_at(read_session(path), RATE)


def test_a_bound_session_needs_sounds(path: Path) -> None:
    options = SessionRequest(Request(["x"]))
    object.__setattr__(options.request, "queries", ())
    with pytest.raises(UsageError, match="at least one query"):
        MidiSession(
            path,
            options,
            controls=MidiMap(),
            make_runner=lambda check: LocalRunner(path.parent),
            player=Player(),
            notify=lambda kind, data: None,
        )


def test_the_command_runs_a_session_from_a_controller(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pads = Port(locate(3.2), mido.Message("note_on", note=0, velocity=100))
    monkeypatch.setattr(midi_ports, "backend", lambda api=None: Backend(Pads=pads))
    monkeypatch.setattr(runners, "WorkerRunner", lambda check: LocalRunner(path.parent / "FlowSep"))
    MidiMap(dict(KEYS)).save(tmp_path / "map.json")
    code, out, err = flowsep(
        capsys, "run", path, "-q", "everything", "--map", tmp_path / "map.json", "--model", "echo", "--json",
        "--seconds", "1",
    )  # fmt: skip
    assert code == 0, err
    events = [json.loads(line) for line in out.splitlines()]
    kinds = [event["event"] for event in events]
    assert kinds[0] == "started" or kinds[0] == "playhead"
    assert "Drums [everything]" in [track.name for track in read_session(path).tracks]
