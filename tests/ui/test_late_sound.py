"""A session that plays a video whose sound starts 0.25 s late: panel, command line and ffmpeg agree.

Sessions count from the beginning of the file, reading it from the first frame of its sound.
"""

import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from flowsep_ui.studio.batch.batch_clips import folder_clips, session_clips
from flowsep_ui.studio.document_content import DocumentContent, read_document
from flowsep_ui.studio.lanes import lanes_of
from flowsep_ui.studio.playing.picture import clip_pictures
from flowsep_ui.studio.playing.program import program_of
from flowsep_ui.studio.queries import QueryRow
from flowsep_ui.studio.results import Presence, StemFiles, StemSettings, TakeResult
from flowsep_ui.studio.scene_of import scene_of
from flowsep_ui.studio.sessions.placed_stems import PlacementChoice, placed_stems, stem_placements, wide_span
from flowsep_ui.studio.takes import (
    job_spec,
    selected_parts,
    timeline_span,
    timeline_span_of_seconds,
    with_takes,
)
from flowsep_ui.studio.workspace import Document, Take, Workspace, WorkspaceSelection
from flowsep_ui.timeline.sound.mapping import clip_sound, part_sound

from flowsep_plugin import RenderSettings
from flowsep_plugin.audio.span import Span
from flowsep_plugin.audition import LANES, ORIGINAL, PlaybackProgram, voice_weights
from flowsep_plugin.audition.file_pool import FilePool, stamp_of
from flowsep_plugin.audition.voice import Voice, VoiceOutput
from flowsep_plugin.effects import EffectHost
from flowsep_plugin.engine.base import Request
from flowsep_plugin.hosts.session import SessionRequest, separate_session
from flowsep_plugin.jobs.batch.runners import LocalRunner
from flowsep_plugin.media import passes_full_scale, probe
from flowsep_plugin.timeline import ClipRef, place_stem, read_session

sys.path.insert(0, str(Path(__file__).parents[1] / "media"))

from container_makers import RATE, decoded_by_ffmpeg, ffmpeg, sound_file, video

pytest.importorskip("av", reason="PyAV is missing: pip install 'flowsep-plugin[video]'")

LATE = RATE // 4
AT = RATE
"""Where the item is in the session."""


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("late")
    whole = video(folder / "whole.mp4", sound_file(folder, 2))
    path = folder / "late.mp4"
    ffmpeg("-i", whole, "-itsoffset", "0.25", "-i", whole, "-map", "0:v", "-map", "1:a", "-c", "copy", path)
    assert probe(path).lead_frames == pytest.approx(LATE, abs=1024)  # ffmpeg moves it by the encoder's delay
    return path


@pytest.fixture(scope="module")
def sound(movie: Path) -> np.ndarray:
    """Return the sound as a session counts its frames, (2, frames): silence until it begins."""
    return np.pad(decoded_by_ffmpeg(movie, 2), ((0, 0), (probe(movie).lead_frames, 0)))


def project(folder: Path, movie: Path, offset: float = 0.0, options: str = "") -> Path:
    """Write a REAPER project that plays 1.5 s of the video from `offset` on."""
    path = folder / "song.rpp"
    path.write_text(
        f'<REAPER_PROJECT 0.1 "7.0" 1\n  SAMPLERATE {RATE} 0 0\n  <TRACK {{A}}\n    NAME Film\n    <ITEM\n'
        f"      POSITION 1\n      LENGTH 1.5\n      SOFFS {offset}\n      NAME film\n      LOOP 0\n{options}"
        f'      <SOURCE VIDEO\n        FILE "{movie}"\n      >\n    >\n  >\n>\n'
    )
    return path


def opened(path: Path, folder: Path) -> tuple[Workspace, DocumentContent, ClipRef]:
    document = Document("d", "session" if path.suffix == ".rpp" else "files", (path,))
    content = read_document(document, folder)
    workspace = Workspace(documents=(document,), front_id="d", queries=(QueryRow("dog", 0),), model="echo")
    ((_, clip),) = content.timeline.clips()
    return workspace, content, clip


def separated(
    workspace: Workspace, content: DocumentContent, folder: Path, selected: Span | None = None
) -> tuple[Workspace, Take, dict[str, TakeResult]]:
    """Return the workspace with a take of its clip, or of a range, and the result of its job."""
    selection = None if selected is None else WorkspaceSelection(selected)
    workspace = with_takes(workspace, content, selected_parts(content, selection))
    (take,) = workspace.takes
    settings = StemSettings((RenderSettings(),))
    ((_, result),) = LocalRunner(folder).run([job_spec(take, folder, settings, format="wav32f")])
    files = StemFiles(settings, tuple(map(Path, result["stems"])), Path(result["rest"]))
    presence = Presence(("dog",), (True,), (1.0,), 0.0, 0.1, ((0.5,) * 30,))
    regions = (((0.5, 0.75),),)
    return workspace, take, {take.id: TakeResult(files=files, final_files=files, presence=presence, regions=regions)}


def heard(program: PlaybackProgram, choice: str, rate: int = RATE) -> np.ndarray:
    stamps = {piece.path: stamp_of(piece.path) for voice in program.voices for piece in voice.pieces}
    pool, frames = FilePool(), program.frames * rate // program.rate
    output = VoiceOutput(
        session_rate=program.rate, rate=rate, width=2, pool=pool, host=EffectHost(), report=pytest.fail
    )
    weights = voice_weights(choice, program.voices, {})
    voices = [voice for voice in program.voices if voice.name in weights]
    total = np.sum([weights[voice.name] * Voice(voice, stamps, output).read(0, frames) for voice in voices], axis=0)
    pool.close_unused()
    return np.asarray(total)


@pytest.mark.parametrize("offset", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("selected", [None, Span(AT + 5_000, 40_000, RATE)])
def test_what_is_played_is_the_sound_at_its_place(
    movie: Path, sound: np.ndarray, tmp_path: Path, offset: float, selected: Span | None
) -> None:
    workspace, content, _ = opened(project(tmp_path, movie, offset), tmp_path)
    workspace, _, results = separated(workspace, content, tmp_path / "stems", selected)
    program = program_of(workspace, content, results)
    assert program is not None
    first, expected = round(offset * RATE), np.zeros((2, program.frames), np.float32)
    expected[:, AT : AT + RATE * 3 // 2] = sound[:, first : first + RATE * 3 // 2]
    assert np.abs(heard(program, ORIGINAL) - expected).max() < 2e-5
    assert np.abs(heard(program, LANES) - expected).max() < 2e-5


@pytest.mark.parametrize("rate", [44_100, RATE])
def test_a_reversed_clip_at_another_rate_still_sums_up(movie: Path, tmp_path: Path, rate: int) -> None:
    workspace, content, clip = opened(project(tmp_path, movie), tmp_path)
    track = replace(content.timeline.tracks[0], clips=(replace(clip, reverse=True, play_rate=Fraction(1)),))
    content = replace(content, timeline=replace(content.timeline, tracks=(track,)))
    workspace, _, results = separated(workspace, content, tmp_path / "stems", Span(AT + 60_000, 12_000, RATE))
    program = program_of(workspace, content, results)
    assert program is not None
    original = heard(program, ORIGINAL, rate)
    assert np.abs(heard(program, LANES, rate) - original).max() < 2e-5
    lead = probe(movie).lead_frames * rate // RATE
    assert np.abs(original[:, AT * rate // RATE + rate * 3 // 2 - lead + 100 :]).max() < 1e-4
    assert original[:, : AT * rate // RATE + rate].any()


@pytest.mark.parametrize("offset", [0.0, 0.5])
def test_the_panel_places_what_the_command_line_places(movie: Path, tmp_path: Path, offset: float) -> None:
    path = project(tmp_path, movie, offset)
    runner, request = LocalRunner(tmp_path / "FlowSep"), SessionRequest(Request(["dog"]), model="echo")
    by_command = separate_session(read_session(path), path, request, runner)
    workspace, content, clip = opened(path, tmp_path)
    workspace, take, results = separated(workspace, content, tmp_path / "stems")
    choice = PlacementChoice((take.id,), residual=False)
    stems = stem_placements(placed_stems(workspace, content, results, choice, {}), choice, {}).stems
    by_panel = place_stem(content.timeline, stems[0])
    command, panel = (
        next(placed for _, placed in one.clips() if placed.like == clip.id) for one in (by_command.timeline, by_panel)
    )
    assert (panel.cut, panel.place) == (command.cut, command.place)
    assert panel.media is not None
    assert command.media is not None
    assert panel.media.frames == command.media.frames
    lead = probe(movie).lead_frames
    wide = wide_span(take, replace(choice, handle_seconds=10))
    assert wide == Span(0, probe(movie).frames, RATE)
    ((spec,),) = ([clip.take.covers for clip in session_clips(workspace.documents[0], content, parts)]
                  for parts in [selected_parts(content, None)])  # fmt: skip
    assert spec == take.covers == Span(max(0, round(offset * RATE) - lead), take.covers.frames, RATE)


@pytest.mark.parametrize("offset", [0.0, 0.5])
def test_waveforms_regions_and_picture_are_at_their_place(movie: Path, tmp_path: Path, offset: float) -> None:
    workspace, content, clip = opened(project(tmp_path, movie, offset), tmp_path)
    workspace, take, results = separated(workspace, content, tmp_path / "stems")
    lead = probe(movie).lead_frames
    begins = AT + lead - round(offset * RATE)
    """Frame of the session at which the sound's first frame is, or would be."""
    track = scene_of(workspace, content, results).tracks[0]
    drawn = clip_sound(track.clips[0])
    assert drawn is not None
    assert drawn.scene_frame(0) == begins
    part = track.lanes[0].parts[0]
    stem = part_sound(part, RATE)
    assert stem is not None
    assert stem.scene_frame(-take.covers.start) == begins
    assert part.place == timeline_span(take, clip) == Span(max(AT, begins), AT + 72_000 - max(AT, begins), RATE)
    assert part.regions == (Span(begins + RATE // 2, RATE // 4, RATE),)
    assert timeline_span_of_seconds(take, clip, 0, 9).stop == clip.place.stop
    (picture,) = clip_pictures(workspace, content)
    assert picture.file_seconds(begins / RATE) == pytest.approx(0, abs=1e-9)
    assert picture.document_seconds(Fraction(0)) == begins / RATE
    assert picture.file_seconds(1.0) + picture.file.sound_start == pytest.approx(offset, abs=0.03)


def test_a_document_of_the_video_counts_from_the_sound(movie: Path, tmp_path: Path) -> None:
    workspace, content, clip = opened(movie, tmp_path)
    whole = Span(0, probe(movie).frames, RATE)
    assert (clip.cut, clip.media and clip.media.lead, clip.place) == (whole, 0, whole)
    workspace, take, results = separated(workspace, content, tmp_path / "stems")
    assert take.covers == whole
    (stem,) = lanes_of(workspace, content, results)[content.timeline.tracks[0].id][0].stems
    assert stem.place == whole
    batch = next(one for one in folder_clips(movie.parent) if one.path == movie)
    assert batch.take.covers == whole


def test_a_clip_that_ends_before_the_sound_says_so(movie: Path, tmp_path: Path) -> None:
    _, _, clip = opened(project(tmp_path, movie), tmp_path)
    short = replace(clip, cut=Span(0, 4_000, RATE), place=Span(AT, 4_000, RATE))
    assert short.why_not() == f"ends before the sound of its file begins, at frame {probe(movie).lead_frames}"


def test_full_scale_is_looked_for_where_the_clip_plays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from flowsep_plugin.hosts import full_scale

    sound = sound_file(tmp_path)
    late = tmp_path / "late.mkv"
    ffmpeg("-itsoffset", "0.25", "-i", sound, "-f", "lavfi", "-i", "testsrc=s=64x48:r=25:d=3", "-map", "1:v",
           "-map", "0:a", "-c:v", "mpeg4", "-c:a", "pcm_f32le", late)  # fmt: skip
    spans = []
    monkeypatch.setattr(
        full_scale, "passes_full_scale", lambda source, span: spans.append(span) or passes_full_scale(source, span)
    )
    options = SessionRequest(Request(["dog"]), model="echo", format="wav24", keep_format=True)
    assert list(full_scale.clipped_clips(read_session(project(tmp_path, late, 0.5)), options)) == []
    assert spans == [Span(RATE // 2 - probe(late).lead_frames, RATE * 3 // 2, RATE)]
