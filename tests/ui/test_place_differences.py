"""Differences between clips and stems, as the dialog “Place in session” shows them."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from flowsep_ui.studio.difference_texts import difference_texts, kind_texts, rendered_gains, shortened
from flowsep_ui.studio.document_content import DocumentContent, read_document
from flowsep_ui.studio.documents import with_opened
from flowsep_ui.studio.placement import PlacementChoice, PlacementPlan, place, plan_placement, preview_placement
from flowsep_ui.studio.queries import QueryRow
from flowsep_ui.studio.reconcile import stem_settings
from flowsep_ui.studio.results import StemFiles, StemSettings, TakeResult
from flowsep_ui.studio.scene_of import scene_of
from flowsep_ui.studio.takes import job_spec, selected_parts, with_takes
from flowsep_ui.studio.workspace import Workspace, WorkspaceSelection

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.span import Span
from flowsep_plugin.media import write_clip
from flowsep_plugin.render_settings import RenderSettings
from flowsep_plugin.timeline import ClipRef, Timeline, Track, read_session, save_session
from flowsep_plugin.timeline.difference import Difference, DifferenceKind
from flowsep_plugin.timeline.gain_curve import GainCurve
from flowsep_plugin.timeline.media import probe_media

RATE = 8000
EQ, AUTOMATION = Difference("plug-in", "ReaEQ"), Difference("automation")
CURVE = GainCurve(((Fraction(0), 1.0), (Fraction(RATE), 0.5)))


def with_features(timeline: Timeline, **features: object) -> Timeline:
    track = timeline.tracks[0]
    clips = (replace(track.clips[0], **features), *track.clips[1:])  # type: ignore[arg-type]
    return replace(timeline, tracks=(replace(track, clips=clips, differences=(EQ,)), *timeline.tracks[1:]))


@pytest.fixture
def open_song(tmp_path: Path) -> tuple[Workspace, DocumentContent]:
    """A session with two clips "a" and "b" of a file of four channels, and one query."""
    write_clip(tmp_path / "poly.wav", AudioClip(np.full((4, RATE), 0.25, np.float32), RATE))
    media = probe_media(tmp_path / "poly.wav")
    clips = tuple(ClipRef(name, name, media, Span(0, RATE, RATE), Span(0, RATE, RATE)) for name in "ab")
    save_session(Timeline("song", RATE, (Track("t", "Drums", clips, 2),)), tmp_path / "song.rpp")
    workspace = replace(with_opened(Workspace(), [tmp_path / "song.rpp"]), queries=(QueryRow("dog"),))
    assert workspace.front is not None
    return workspace, read_document(workspace.front, tmp_path)


def select_all(workspace: Workspace, clip: str | None = None) -> Workspace:
    return replace(workspace, selected=WorkspaceSelection(Span(0, RATE, RATE), clip=clip))


def test_every_kind_of_difference_has_a_text() -> None:
    assert set(kind_texts()) == set(get_args(DifferenceKind))


def test_long_lists_are_shortened() -> None:
    assert shortened(["a", "b"]) == "a; b"
    assert shortened(list("abcde")) == "a; b; c; and 2 more"


def test_silent_clips_are_left_out_of_a_range_and_taken_alone(open_song: tuple[Workspace, DocumentContent]) -> None:
    workspace, content = open_song
    content = replace(content, timeline=with_features(content.timeline, muted=True))
    first, second = (clip.id for _, clip in content.timeline.clips())
    off = replace(
        content, timeline=with_features(content.timeline, muted=False, silence_reason="is in a lane that is off")
    )
    assert [clip.muted for clip in scene_of(workspace, off, {}).tracks[0].clips] == [True, False]
    for clip, names in ((None, ["b"]), (first, ["a"]), (second, ["b"])):
        parts = selected_parts(content, select_all(workspace, clip).selected)
        assert [part.clip.name for part in parts] == names


def test_takes_separate_the_channels_of_their_clip_and_keep_its_differences(
    open_song: tuple[Workspace, DocumentContent], tmp_path: Path
) -> None:
    workspace, content = open_song
    content = replace(content, timeline=with_features(content.timeline, channels=(3, 1), differences=(AUTOMATION,)))
    first = next(clip.id for _, clip in content.timeline.clips())
    workspace = with_takes(workspace, content, selected_parts(content, select_all(workspace, first).selected))
    files = job_spec(workspace.takes[0], tmp_path, StemSettings((RenderSettings(),))).files
    assert files.channels == (3, 1)
    assert files.notes == ("not in the stems: plug-in 'ReaEQ' of track 'Drums'; automation of clip 'a'",)


def test_the_preview_and_the_placement_render_a_moving_gain(
    open_song: tuple[Workspace, DocumentContent], tmp_path: Path
) -> None:
    workspace, content = open_song
    content = replace(content, timeline=with_features(content.timeline, gain_curve=CURVE, channels=(3, 1)))
    first = next(clip.id for _, clip in content.timeline.clips())
    workspace = with_takes(workspace, content, selected_parts(content, select_all(workspace, first).selected))
    stem = tmp_path / "poly [dog].wav"
    write_clip(stem, AudioClip(np.full((2, RATE), 0.25, np.float32), RATE))
    (take,) = workspace.takes
    files = StemFiles(stem_settings(workspace, take), (stem,), None)
    results = {take.id: TakeResult(files=files, final_files=files)}
    plan = plan_placement(workspace, content, results, PlacementChoice((take.id,), residual=False))
    timeline = plan.timeline
    target = tmp_path / "new.csv"
    assert difference_texts(timeline) == ["track Drums: plug-in ReaEQ"]
    assert rendered_gains(timeline, target) == ["a"]
    new = replace(timeline, tracks=tuple(track for track in timeline.tracks if track.like is not None), document=None)
    plan = PlacementPlan(new)
    assert preview_placement(plan, target).changes is not None
    assert not list(tmp_path.glob("*(gain)*"))
    place(plan, target)
    (clip,) = read_session(target).tracks[0].clips
    assert clip.media == probe_media(tmp_path / "poly [dog] (gain).wav")
    assert clip.channels is None
