"""What is played of a document: the program of its tracks and lanes, and the controller that keeps the player on it."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import panel_makers
import pytest
from flowsep_ui.audition import Player
from flowsep_ui.controllers.playback import PlaybackController
from flowsep_ui.shortcut_keys import conflicts
from flowsep_ui.studio.document_content import DocumentContent
from flowsep_ui.studio.lanes import track_key, track_lane_id
from flowsep_ui.studio.playing.program import lane_choices, program_of, why_not_playable
from flowsep_ui.studio.queries import QueryRow
from flowsep_ui.studio.results import Presence, StemFiles, StemSettings, TakeResult
from flowsep_ui.studio.workspace import Document, Take, Workspace, WorkspaceSelection, with_mix
from flowsep_ui.studio_model import StudioModel
from flowsep_ui.tasks import InlineTasks
from panel_makers import RATE, FakeLink, silent_player, sound, until

from flowsep_plugin import RenderSettings
from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.span import Span
from flowsep_plugin.audition import LANES, ORIGINAL, LaneMix, PlaybackProgram, lane_choice, voice_weights
from flowsep_plugin.audition.file_pool import FilePool, stamp_of
from flowsep_plugin.audition.voice import Voice, VoiceOutput
from flowsep_plugin.effects import EffectChain, EffectHost, EffectSlot
from flowsep_plugin.media import read_clip, write_clip
from flowsep_plugin.timeline import ClipRef, Timeline, Track, save_session
from flowsep_plugin.timeline.gain_curve import GainCurve
from flowsep_plugin.timeline.media import probe_media

SESSION = 12_000
TEXTS = ("a dog", "rain")


class Session:
    """A session of tracks with clips of files on disk; `separate` writes stems that sum to what they cover."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.rng = folder, np.random.default_rng(seed)
        self.tracks: list[Track] = []
        self.files: dict[str, Path] = {}
        self.takes: list[Take] = []
        self.results: dict[str, TakeResult] = {}

    def clip(self, name: str, start: int, **more: Any) -> ClipRef:
        rate = int(self.rng.choice([SESSION, SESSION, 16_000]))
        path = sound(self.folder / f"{name}.wav", 1.5, rate, seed=int(self.rng.integers(1_000)))
        self.files[name] = path
        cut = Span(int(self.rng.integers(0, rate // 4)), rate, rate)
        return ClipRef(name, name, probe_media(path), cut, Span(start, SESSION, SESSION), **more)

    def track(self, name: str, *clips: ClipRef, **more: Any) -> None:
        self.tracks.append(Track(name, name.title(), clips, **more))

    def separate(self, clip: ClipRef, within: Span | None = None, *, texts=TEXTS, residual=True, missing=()) -> Take:
        part = clip if within is None else clip.trimmed(within)
        number = len(self.takes)
        take = Take(
            f"k{number}", number, "d", clip.id, self.files[clip.id], part.cut, within,
            tuple(QueryRow(text, index) for index, text in enumerate(texts)), channels=clip.channels,
        )  # fmt: skip
        audio = read_clip(self.files[clip.id], take.covers)
        if clip.channels is not None:
            audio = AudioClip(audio.samples[list(clip.channels)], audio.rate)
        rest, stems = audio.samples, []
        for index, text in enumerate(texts):
            if text in missing:
                stems.append(None)
                continue
            share = np.float32(self.rng.uniform(0.1, 0.4)) * audio.samples
            rest = rest - share
            stems.append(self.folder / f"{take.id} {index}.wav")
            write_clip(stems[-1], AudioClip(share, audio.rate), "wav32f")
        last = self.folder / f"{take.id} rest.wav"
        write_clip(last, AudioClip(rest, audio.rate), "wav32f")
        found = tuple(text not in missing for text in texts)
        presence = Presence(texts, found, (0.0,) * len(texts), 0.0, 1.0, ((0.5,),) * len(texts))
        files = StemFiles(StemSettings((RenderSettings(),) * len(texts)), tuple(stems), last if residual else None)
        self.takes.append(take)
        self.results[take.id] = TakeResult(files=files, presence=presence)
        return take

    @property
    def content(self) -> DocumentContent:
        return DocumentContent(Timeline("song", SESSION, tuple(self.tracks)), self.files)

    @property
    def workspace(self) -> Workspace:
        return Workspace(
            documents=(Document("d", "session", (Path("song.rpp"),)),), front_id="d", takes=tuple(self.takes),
            current={f"d/{take.clip}": take.id for take in self.takes},
        )  # fmt: skip

    def program(self, workspace: Workspace | None = None) -> PlaybackProgram:
        program = program_of(workspace or self.workspace, self.content, self.results)
        assert program is not None
        return program

    def lane(self, track: str, text: str | None) -> str:
        return track_lane_id("d", track, text)


def heard(program: PlaybackProgram, choice: str, mixes: Any = None) -> np.ndarray:
    """Return the whole of a choice, (2, frames)."""
    stamps = {piece.path: stamp_of(piece.path) for voice in program.voices for piece in voice.pieces}
    output = VoiceOutput(
        session_rate=program.rate, rate=program.rate, width=2, pool=FilePool(), host=EffectHost(), report=pytest.fail
    )
    weights = voice_weights(choice, program.voices, mixes or {})
    total = np.zeros((2, program.frames))
    for voice in program.voices:
        if voice.name in weights:
            total += weights[voice.name] * Voice(voice, stamps, output).read(0, program.frames)
    return total


def random_session(folder: Path, seed: int) -> Session:
    session = Session(folder, seed)
    rng = session.rng
    for number in range(3):
        clips = []
        for place in range(3):
            more: dict[str, Any] = {"fade_in": int(rng.choice([0, 2_000])), "gain": float(rng.choice([1.0, 0.5]))}
            if rng.random() < 0.3:
                more["gain_curve"] = GainCurve(((Fraction(0), 1.0), (Fraction(SESSION), 0.2)))
            more |= {"reverse": bool(rng.random() < 0.2), "muted": bool(rng.random() < 0.2)}
            if rng.random() < 0.3:
                more["channels"] = (1,)
            clips.append(session.clip(f"c{number}{place}", place * (SESSION - 700), **more))
        session.track(f"t{number}", *clips, muted=bool(rng.random() < 0.15))
        for clip in clips:
            if rng.random() < 0.6:
                within = clip.place.intersect(Span(clip.place.start + 3_000, 5_000, SESSION))
                session.separate(
                    clip, within if rng.random() < 0.5 else None, residual=bool(rng.random() < 0.7),
                    missing=("rain",) if rng.random() < 0.3 else (),
                )  # fmt: skip
    return session


@pytest.mark.parametrize("seed", range(12))
def test_lanes_at_their_defaults_equal_the_original(tmp_path: Path, seed: int) -> None:
    program = random_session(tmp_path, seed).program()
    np.testing.assert_allclose(heard(program, LANES), heard(program, ORIGINAL), atol=2e-6)


def test_a_track_without_stems_is_one_voice_in_both(tmp_path: Path) -> None:
    session = Session(tmp_path, 0)
    session.track("t", session.clip("a", 0), session.clip("b", 6_000))
    (voice,) = session.program().voices
    assert (voice.kind, len(voice.pieces)) == ("track", 2)


def test_a_lane_alone_holds_its_stems_of_all_clips(tmp_path: Path) -> None:
    session = Session(tmp_path, 0)
    a, b = session.clip("a", 0), session.clip("b", 2 * SESSION)
    session.track("t", a, b)
    session.separate(a)
    session.separate(b)
    program = session.program()
    audio = heard(program, lane_choice(session.lane("t", "a dog")))
    assert np.abs(audio[:, :SESSION]).max() > 0.01
    assert np.abs(audio[:, 2 * SESSION :]).max() > 0.01
    assert not audio[:, SESSION + 200 : 2 * SESSION - 200].any()


def test_clips_that_the_session_does_not_play_are_heard_only_alone_and_in_solo(tmp_path: Path) -> None:
    session = Session(tmp_path, 0)
    clip = session.clip("a", 0, muted=True)
    session.track("t", clip, session.clip("b", 2 * SESSION))
    session.separate(clip)
    program, lane = session.program(), session.lane("t", "a dog")
    for choice in (ORIGINAL, LANES):
        assert not heard(program, choice)[:, : 2 * SESSION - 200].any()
    assert heard(program, lane_choice(lane))[:, :SESSION].any()
    assert heard(program, LANES, {lane: LaneMix(solo=True)})[:, :SESSION].any()


def test_stems_that_are_on_other_tracks_are_played_there(tmp_path: Path) -> None:
    session = Session(tmp_path, 0)
    clip = session.clip("a", 0)
    session.track("t", clip)
    take = session.separate(clip)
    files = session.results[take.id].files
    session.results[take.id] = replace(session.results[take.id], final_files=files)
    assert files is not None
    for number, path in enumerate(files.paths):
        stem = replace(clip, id=f"s{number}", media=probe_media(path), cut=replace(clip.cut, start=0))
        session.files[stem.id] = path
        session.track(f"s{number}", stem)
    program = session.program()
    assert {voice.kind for voice in program.voices} == {"track"}
    assert lane_choices(session.workspace, session.content, session.results) == ()
    np.testing.assert_array_equal(heard(program, LANES), heard(program, ORIGINAL))


def test_a_sound_that_was_not_found_is_no_choice_and_no_voice(tmp_path: Path) -> None:
    session = Session(tmp_path, 0)
    clip = session.clip("a", 0)
    session.track("t", clip)
    session.separate(clip, missing=("rain",))
    titles = [lane.title for lane in lane_choices(session.workspace, session.content, session.results)]
    assert titles == ["a dog", "Rest"]
    assert session.lane("t", "rain") not in {voice.lane for voice in session.program().voices}


def test_a_take_without_files_yet_leaves_the_clip_and_keeps_its_lanes_as_choices(tmp_path: Path) -> None:
    session = Session(tmp_path, 0)
    clip = session.clip("a", 0)
    session.track("t", clip)
    session.separate(clip)
    session.results = {}
    program = session.program()
    assert heard(program, LANES).any()
    choices = lane_choices(session.workspace, session.content, session.results)
    assert [lane.is_ready for lane in choices] == [False] * 3
    assert {lane.choice for lane in choices} == {lane_choice(voice.lane) for voice in program.voices if voice.lane}


def test_a_draft_lies_beside_and_is_heard_alone(tmp_path: Path) -> None:
    session = Session(tmp_path, 0)
    clip = session.clip("a", 0)
    session.track("t", clip)
    draft = replace(session.separate(clip, texts=("a bell",)), draft=True)
    session.takes = []
    workspace = replace(session.workspace, draft=draft)
    program = session.program(workspace)
    lane = track_lane_id("d", "t", "a bell", draft=True)
    np.testing.assert_array_equal(heard(program, LANES), heard(program, ORIGINAL))
    assert heard(program, lane_choice(lane)).any()
    (choice,) = lane_choices(workspace, session.content, session.results)
    assert (choice.title, choice.is_draft) == ("a bell", True)


def test_one_sound_on_two_tracks_is_told_apart(tmp_path: Path) -> None:
    session = Session(tmp_path, 0)
    for name in ("left", "right"):
        clip = session.clip(name, 0)
        session.track(name, clip)
        session.separate(clip, texts=("a dog",))
    titles = [lane.title for lane in lane_choices(session.workspace, session.content, session.results)]
    assert titles == ["a dog · Left", "Rest · Left", "a dog · Right", "Rest · Right"]


def test_the_effects_of_a_lane_are_on_its_voice_alone(tmp_path: Path) -> None:
    session = Session(tmp_path, 0)
    clip = session.clip("a", 0)
    session.track("t", clip)
    session.separate(clip)
    lane = session.lane("t", "a dog")
    chain = EffectChain((EffectSlot(effect="Gain"),))
    program = session.program(replace(session.workspace, chains={lane: chain}))
    assert {voice.name for voice in program.voices if voice.chain} == {lane}


def test_loudness_is_compared_over_the_selection_or_the_clip(tmp_path: Path) -> None:
    session = Session(tmp_path, 0)
    clip = session.clip("a", 3_000)
    session.track("t", clip)
    assert session.program().focus == clip.place
    selected = WorkspaceSelection(Span(4_000, 100, SESSION))
    assert session.program(replace(session.workspace, selected=selected)).focus == selected.span


def test_what_cannot_be_played_says_why(tmp_path: Path) -> None:
    session = Session(tmp_path, 0)
    assert "Nothing is open" in why_not_playable(Workspace(), None)
    assert "still being read" in why_not_playable(session.workspace, None)
    assert "no clips" in why_not_playable(session.workspace, session.content)
    session.track("t", session.clip("a", 0, obstacle="is a MIDI item"))
    assert "a: is a MIDI item" in why_not_playable(session.workspace, session.content)
    assert program_of(session.workspace, session.content, {}) is None


# --- the controller ---


@pytest.fixture
def studio(qtbot: Any, tmp_path: Path) -> Iterator[tuple[StudioModel, Any, PlaybackController]]:
    model = StudioModel(InlineTasks(), lambda: tmp_path)
    player = silent_player()
    playback = PlaybackController(model, player)
    yield model, player, playback
    player.close()


def opened(qtbot: Any, model: StudioModel, player: Any, *paths: Path) -> None:
    model.open(list(paths))
    until(qtbot, lambda: player.state != "empty")


def with_separated(model: StudioModel, folder: Path, *, is_done: bool = True) -> Take:
    """Give the only clip of the document in front a take of "a dog"; its stem is the file itself."""
    content, front = model.front, model.workspace.front_id
    assert content is not None
    assert front is not None
    (track,) = content.timeline.tracks
    (clip,) = track.clips
    take = Take(
        f"k{len(model.workspace.takes)}",
        1,
        front,
        clip.id,
        content.audio_files[clip.id],
        clip.cut,
        None,
        (QueryRow("a dog"),),
    )
    model.do(
        "Separate", lambda w: replace(w, takes=(*w.takes, take), current={**w.current, f"{front}/{clip.id}": take.id})
    )
    if is_done:
        finish(model, take)
    return take


def finish(model: StudioModel, take: Take) -> None:
    files = StemFiles(StemSettings((RenderSettings(),)), (take.input,), None)
    model.set_result(take.id, TakeResult(files=files))


def test_play_is_possible_as_soon_as_a_document_with_sound_is_open(qtbot: Any, studio: Any, tmp_path: Path) -> None:
    model, player, playback = studio
    reasons: list[str] = []
    playback.reason_changed.connect(reasons.append)
    opened(qtbot, model, player, sound(tmp_path / "a.wav"), sound(tmp_path / "b.wav", 3.0))
    assert player.state == "stopped"
    assert player.seconds == 3.0
    assert reasons[-1] == playback.reason == ""
    assert player.choice == LANES


def test_the_first_finished_separation_switches_from_the_original_to_the_lanes(
    qtbot: Any, studio: Any, tmp_path: Path
) -> None:
    model, player, _ = studio
    opened(qtbot, model, player, sound(tmp_path / "a.wav"))
    player.listen(ORIGINAL)
    take = with_separated(model, tmp_path, is_done=False)
    assert player.choice == ORIGINAL
    finish(model, take)
    until(qtbot, lambda: player.choice == LANES)
    player.listen(ORIGINAL)
    with_separated(model, tmp_path)
    until(qtbot, lambda: len(player.choices) == 4)
    assert player.choice == ORIGINAL


def test_solo_mute_and_gain_switch_to_the_lanes(qtbot: Any, studio: Any, tmp_path: Path) -> None:
    model, player, playback = studio
    opened(qtbot, model, player, sound(tmp_path / "a.wav"))
    with_separated(model, tmp_path)
    until(qtbot, lambda: len(player.choices) == 4)
    lane = playback.choices[0].choice
    for choice, mix in ((ORIGINAL, LaneMix(solo=True)), (lane, LaneMix(mute=True)), (ORIGINAL, LaneMix(gain_db=-3.0))):
        player.listen(choice)
        model.do("Mix", lambda w, mix=mix: with_mix(w, lane.removeprefix("lane:"), mix))
        assert player.choice == LANES
    player.listen(ORIGINAL)
    track = track_key(model.workspace.front_id or "", model.front.timeline.tracks[0].id)
    model.do("Mix", lambda w: with_mix(w, track, LaneMix(mute=True)))
    assert player.choice == LANES


def test_a_choice_stays_while_another_take_is_separated_and_playing_goes_on(
    qtbot: Any, studio: Any, tmp_path: Path
) -> None:
    model, player, playback = studio
    opened(qtbot, model, player, sound(tmp_path / "a.wav", 30.0))
    with_separated(model, tmp_path)
    until(qtbot, lambda: len(player.choices) == 4)
    lane = playback.choices[0].choice
    player.listen(lane)
    player.play()
    until(qtbot, lambda: player.position > 0.1)
    states: list[str] = []
    player.state_changed.connect(states.append)
    take = with_separated(model, tmp_path, is_done=False)
    until(qtbot, lambda: not playback.choices[0].is_ready)
    at = player.position
    assert player.choice == lane
    finish(model, take)
    until(qtbot, lambda: playback.choices[0].is_ready and player.position > at)
    assert player.choice == lane
    assert states == []


def test_positions_are_seconds_of_the_document_and_each_document_keeps_its_own(
    qtbot: Any, studio: Any, tmp_path: Path
) -> None:
    model, player, playback = studio
    moved: list[float] = []
    playback.playhead_moved.connect(moved.append)
    opened(qtbot, model, player, sound(tmp_path / "a.wav", 4.0))
    first = model.workspace.front_id
    playback.seek(1.5)
    assert playback.frame() == round(1.5 * RATE)
    until(qtbot, lambda: player.position == 1.5)
    other = Document("other", "files", (sound(tmp_path / "b.wav", 4.0),))
    model.do("Open", lambda w: replace(w, documents=(*w.documents, other), front_id="other"))
    until(qtbot, lambda: player.position == 0.0)
    assert playback.playhead == 0.0
    model.do("Show", lambda w: replace(w, front_id=first))
    until(qtbot, lambda: player.position == 1.5)
    assert playback.playhead == moved[-1] == 1.5


def test_a_selected_range_is_played_and_a_clicked_clip_is_only_looped(qtbot: Any, studio: Any, tmp_path: Path) -> None:
    model, player, playback = studio
    opened(qtbot, model, player, sound(tmp_path / "a.wav", 4.0))
    (clip,) = model.front.timeline.tracks[0].clips
    model.do("Select", lambda w: replace(w, selected=WorkspaceSelection(clip.place, clip.id)))
    assert playback.part_of() is None
    assert playback.loop_of() == (0.0, 4.0)
    model.do("Select", lambda w: replace(w, selected=WorkspaceSelection(Span(RATE, RATE, RATE), clip.id)))
    assert playback.part_of() == playback.loop_of() == (1.0, 2.0)


def test_a_stem_that_is_rendered_again_under_its_name_is_heard(qtbot: Any, studio: Any, tmp_path: Path) -> None:
    model, player, _ = studio
    opened(qtbot, model, player, sound(tmp_path / "a.wav"))
    take = with_separated(model, tmp_path)
    until(qtbot, lambda: len(player.choices) == 4)
    keys = dict(player._transport._playback.loaded.keys)
    sound(tmp_path / "a.wav", seed=5)
    strong = StemFiles(StemSettings((RenderSettings(strength=2.0),)), (take.input,), None)
    model.set_result(take.id, TakeResult(files=strong))
    until(qtbot, lambda: player._transport._playback.loaded.keys != keys)


def test_closing_the_document_ends_playing(qtbot: Any, studio: Any, tmp_path: Path) -> None:
    model, player, playback = studio
    opened(qtbot, model, player, sound(tmp_path / "a.wav"))
    model.do("Close", lambda w: replace(w, documents=(), front_id=None))
    until(qtbot, lambda: player.state == "empty")
    assert "Nothing is open" in playback.reason


def test_listening_to_a_lane_alone_follows_the_picked_row(qtbot: Any, studio: Any, tmp_path: Path) -> None:
    model, player, playback = studio
    opened(qtbot, model, player, sound(tmp_path / "a.wav"))
    with_separated(model, tmp_path)
    until(qtbot, lambda: len(player.choices) == 4)
    dog, rest = (lane.choice for lane in playback.choices)
    playback.listen_to_lane(rest.removeprefix("lane:"))
    assert player.choice == LANES
    player.listen(dog)
    playback.listen_to_lane(rest.removeprefix("lane:"))
    assert player.choice == rest
    playback.listen_to_lane("a track")
    assert player.choice == rest


# --- the whole window ---


class Recorder:
    """A device that a test pulls; it keeps what it would play."""

    name, silent_reason, latency_seconds = "recorder", None, 0.0

    def __init__(self) -> None:
        self.rate, self._pull = SESSION, None

    def open(self, rate: int, name: str | None) -> "Recorder":
        self.rate = rate
        return self

    def start(self, pull: Any, on_lost: Any) -> None:
        self._pull = pull

    def stop(self) -> None:
        self._pull = None

    def pull(self) -> np.ndarray:
        """Return the next 20 ms, (2, n); none where nothing plays."""
        pull = self._pull
        return np.zeros((2, 0)) if pull is None else pull(self.rate // 50)

    def record(self, qtbot: Any, frames: int) -> np.ndarray:
        """Return the next frames, (2, frames)."""
        blocks: list[np.ndarray] = []
        until(qtbot, lambda: blocks.append(self.pull()) or sum(block.shape[1] for block in blocks) >= frames)
        return np.concatenate(blocks, axis=1)[:, :frames]


def test_a_session_in_the_window_is_heard_separated_soloed_with_an_effect_and_as_it_was(
    qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder, link = Recorder(), FakeLink()
    monkeypatch.setattr(panel_makers, "silent_player", lambda: Player(open_device=recorder.open))
    session = Session(tmp_path, 0)
    for name, number in (("a", 0), ("b", 1)):
        media = probe_media(sound(tmp_path / f"{name}.wav", 1.0, SESSION, number))
        session.track(f"track {name}", ClipRef(name, name, media, Span(0, SESSION, SESSION), Span(0, SESSION, SESSION)))
    save_session(session.content.timeline, tmp_path / "song.rpp")
    dialogue, atmo = (read_clip(tmp_path / f"{name}.wav").samples for name in ("a", "b"))
    panel = panel_makers.window(tmp_path, link)
    qtbot.addWidget(panel)
    try:
        player, model = panel.parts.player, panel.model
        panel.open_paths([tmp_path / "song.rpp"])
        until(qtbot, lambda: player.state != "empty")
        track, first = next(model.front.timeline.clips())

        def heard() -> np.ndarray:
            """Play from the start, and return the second tenth of a second."""
            panel.playback.seek(0.0)
            qtbot.wait(60)
            panel.bar.play_action.trigger()
            until(qtbot, lambda: player.state == "playing")
            audio = recorder.record(qtbot, SESSION // 5)[:, SESSION // 10 : SESSION // 5]
            panel.bar.stop_action.trigger()
            until(qtbot, lambda: recorder.pull() is not None and player.state == "stopped")
            return audio

        part = slice(SESSION // 10, SESSION // 5)
        np.testing.assert_allclose(heard(), (dialogue + atmo)[:, part], atol=1e-6)

        # separated: the same, from its lanes
        model.do("Select", lambda w: replace(w, selected=WorkspaceSelection(first.place, first.id, (track.id,))))
        panel.sounds.line.setText("a dog")
        panel.sounds.separate_now()
        until(qtbot, lambda: bool(link.submissions))
        link.finish(link.take())
        until(qtbot, lambda: len(player.choices) == 4)
        assert player.choice == LANES
        np.testing.assert_allclose(heard(), (dialogue + atmo)[:, part], atol=1e-5)

        # soloed: the stem alone, which is all of the clip here; then 6 dB louder through an effect
        lane = panel.playback.choices[0].choice.removeprefix("lane:")
        panel.document_view.view.lane_changed.emit(lane, LaneMix(solo=True))
        np.testing.assert_allclose(heard(), dialogue[:, part], atol=1e-5)
        chain = EffectChain((EffectSlot(effect="Gain", parameters={"gain_db": 6.0}),))
        model.do("Effect", lambda w: replace(w, chains={lane: chain}))
        qtbot.wait(300)
        np.testing.assert_allclose(heard(), dialogue[:, part] * 10 ** (6 / 20), atol=1e-3)

        # the bypass, and back by undo
        panel.bar.listening.original.trigger()
        np.testing.assert_allclose(heard(), (dialogue + atmo)[:, part], atol=1e-6)
        for _ in range(2):
            model.undo_stack.undo()
        assert player.choice == LANES
        qtbot.wait(100)
        np.testing.assert_allclose(heard(), (dialogue + atmo)[:, part], atol=1e-5)
    finally:
        panel.leave()


def test_no_two_actions_of_the_window_share_a_key(qtbot: Any, tmp_path: Path) -> None:
    panel = panel_makers.window(tmp_path)
    qtbot.addWidget(panel)
    keys = {action.objectName(): [key.toString() for key in action.shortcuts()] for action in panel.all_actions}
    panel.leave()
    assert conflicts(keys) == {}
    assert {f"audition.lane{n}" for n in range(1, 10)} | {"audition.original", "audition.lanes"} <= set(keys)
