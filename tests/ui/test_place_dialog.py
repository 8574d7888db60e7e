"""Placing in a session: the picture, the sentence, takes, handles, embedding, markers, effects."""

import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from flowsep_ui.controllers.sessions.ticket_jobs import TicketJobs
from flowsep_ui.dialogs.place import PlaceDialog
from flowsep_ui.studio.markers import lane_regions, with_lane_regions, with_marker
from flowsep_ui.studio.queries import QueryRow
from flowsep_ui.studio.sessions.placement_picture import picture_of
from flowsep_ui.studio.sessions.placement_words import counted, placement_sentence, position_text
from flowsep_ui.studio.workspace import WorkspaceSelection
from flowsep_ui.timeline import ContextRequest
from panel_makers import RATE, FakeLink, sound, until, window
from PyQt6.QtWidgets import QMenu

from flowsep_plugin.audio.span import Span
from flowsep_plugin.effects import EffectChain, EffectSlot
from flowsep_plugin.jobs.job import JobError
from flowsep_plugin.timeline import ClipRef, FrameRate, Marker, Timeline, Track, compare, read_session, save_session
from flowsep_plugin.timeline.media import probe_media


def song(folder: Path, suffix: str = ".rpp") -> Path:
    """Two tracks; the first has two clips of 2 s from the middle of files of 4 s."""
    tracks = []
    for name, starts in (("Dialogue", (0, 3)), ("Music", (1,))):
        clips = []
        for number, start in enumerate(starts):
            media = probe_media(sound(folder / "audio" / f"{name} {number}.wav", 4.0, seed=number))
            place = Span(start * RATE, 2 * RATE, RATE)
            clips.append(ClipRef(f"{name}{number}", f"{name}-{number + 1}", media, Span(RATE, 2 * RATE, RATE), place))
        tracks.append(Track(name, name, tuple(clips), 2))
    save_session(Timeline("song", RATE, tuple(tracks)), folder / f"song{suffix}")
    return folder / f"song{suffix}"


@pytest.fixture
def link(qapp: object) -> FakeLink:
    return FakeLink()


@pytest.fixture
def panel(tmp_path: Path, link: FakeLink):
    whole = window(tmp_path, link)
    yield whole
    whole.leave()
    whole.deleteLater()


def separated(qtbot: Any, panel: Any, link: FakeLink, path: Path, track: str = "Dialogue") -> None:
    panel.open_paths([path])
    panel.model.do("q", lambda w: replace(w, queries=(QueryRow("a dog", 0), QueryRow("rain", 1))))
    ids = tuple(one.id for one in panel.model.front.timeline.tracks if one.name == track)
    select = WorkspaceSelection(Span(0, 60 * RATE, RATE), None, ids)
    panel.model.do("s", lambda w: replace(w, selected=select))
    link.automatic = True
    panel.separation.separate()
    takes = panel.model.workspace.takes
    until(qtbot, lambda: bool(takes) and all(panel.model.result(take.id).final_files for take in takes))


def opened(qtbot: Any, panel: Any) -> PlaceDialog:
    dialog = PlaceDialog(panel.model, panel.separation, panel.placement, panel.parts.tasks, panel)
    qtbot.addWidget(dialog)
    return dialog


def test_the_sentence_counts_and_names_what_placing_does(qtbot, panel, link, tmp_path: Path) -> None:
    separated(qtbot, panel, link, song(tmp_path))
    dialog = opened(qtbot, panel)
    assert dialog.sentence.text() == (
        "Adds 3 tracks with 6 clips under Dialogue; mutes 2 clips; a backup of song.rpp is saved first."
    )
    dialog.options.mute.setChecked(False)
    assert "mutes nothing" in dialog.sentence.text()
    assert dialog.picture.accessibleDescription() == dialog.sentence.text()
    dialog.reject()


def test_the_picture_shows_the_tracks_before_and_after(qtbot, panel, link, tmp_path: Path) -> None:
    separated(qtbot, panel, link, song(tmp_path))
    dialog = opened(qtbot, panel)
    picture = dialog.picture.picture
    assert [row.name for row in picture.before] == ["Dialogue", "Music"]
    assert [(row.name, row.is_new, row.is_changed) for row in picture.after] == [
        ("Dialogue", False, True), ("Dialogue [a dog]", True, False), ("Dialogue [rain]", True, False),
        ("Dialogue [rest]", True, False), ("Music", False, False),
    ]  # fmt: skip
    assert [row.label for row in picture.after if row.is_new] == ["a dog", "rain", "rest"]
    assert [bar.colour for bar in picture.after[2].bars] == [1, 1]
    assert picture.after[0].bars[0].muted
    assert not picture.before[0].bars[0].muted
    dialog.resize(700, 560)
    dialog.show()
    assert dialog.picture.row_at(dialog.picture.rect().topLeft()) is None
    assert dialog.picture.grab().toImage().width() > 0
    dialog.reject()


def test_details_list_changes_in_the_unit_of_the_ruler(qtbot, panel, link, tmp_path: Path) -> None:
    separated(qtbot, panel, link, song(tmp_path))
    panel.handlers.show_ruler("bars")
    panel.handlers.place()
    (dialog,) = panel.findChildren(PlaceDialog)
    assert dialog.details.isHidden()
    dialog.show_details.click()
    assert not dialog.details.isHidden()
    assert dialog.picture.isHidden()
    assert "Dialogue-2 [a dog]: 2|3|000 to 3|3|000" in dialog.words.toPlainText()
    assert "<TRACK" in dialog.diff.toPlainText()
    dialog.reject()


def test_positions_follow_the_ruler() -> None:
    timeline = Timeline("song", RATE, frame_rate=FrameRate(Fraction(25)), origin=3600 * RATE)
    assert position_text(timeline, "time", 90 * RATE) == "1:30.000"
    assert position_text(timeline, "timecode", RATE) == "01:00:01:00"
    assert position_text(timeline, "bars", RATE) == "1|3|000"
    assert position_text(replace(timeline, frame_rate=None), "timecode", RATE) == "0:01.000"
    assert (counted(1, "{0} clip", "{0} clips"), counted(0, "{0} clip", "{0} clips")) == ("1 clip", "0 clips")


def test_a_sound_that_was_not_found_makes_no_track(qtbot, panel, link, tmp_path: Path) -> None:
    separated(qtbot, panel, link, song(tmp_path))
    for take in panel.model.workspace.takes:
        result = panel.model.result(take.id)
        presence = replace(result.presence, found=(True, False))
        panel.model.set_result(take.id, replace(result, presence=presence))
    dialog = opened(qtbot, panel)
    assert [row.label for row in dialog.picture.picture.after if row.is_new] == ["a dog", "rest"]
    dialog.reject()


def test_stems_as_takes_get_a_frame_more_and_mute_nothing(qtbot, panel, link, tmp_path: Path) -> None:
    path = song(tmp_path)
    separated(qtbot, panel, link, path)
    dialog = opened(qtbot, panel)
    before = len(link.submissions)
    dialog.options.as_takes.setChecked(True)
    spans = [spec.files.span for _, spec in link.submissions[before:]]
    assert spans == [Span(RATE - 1, 2 * RATE + 2, RATE)] * 2
    assert dialog.sentence.text().startswith("Adds 6 takes on Dialogue; mutes nothing")
    assert not dialog.options.mute.isEnabled()
    assert [len(bar.takes) for bar in dialog.picture.picture.after[0].bars] == [3, 3]
    dialog.place()
    assert path.read_text("utf-8").count("TAKE") >= 6
    assert len(read_session(path).tracks) == 2


def test_handles_are_separated_and_the_clips_stay_where_they_are(qtbot, panel, link, tmp_path: Path) -> None:
    path = song(tmp_path)
    separated(qtbot, panel, link, path)
    dialog = opened(qtbot, panel)
    link.automatic = False
    before = len(link.submissions)
    dialog.options.handles.setValue(0.5)
    dialog.options.handles.editingFinished.emit()
    assert "Separating the handles of 2 clips" in dialog.status.text()
    assert not dialog.place_button.isEnabled()
    jobs = [link.take(number) for number in range(before, len(link.submissions))]
    link.run(jobs[0], 0.5)
    assert dialog.status.text().endswith("… 25%")
    for job in jobs:
        link.finish(job)
    assert dialog.place_button.isEnabled()
    dialog.place()
    track = next(track for track in read_session(path).tracks if track.name == "Dialogue [a dog]")
    for clip in track.clips:
        assert clip.media is not None
        assert (clip.media.frames, clip.cut.start, clip.cut.frames) == (3 * RATE, RATE // 2, 2 * RATE)
    assert [clip.place.start for clip in track.clips] == [0, 3 * RATE]


def test_closing_cancels_the_handles_and_a_refusal_is_shown(qtbot, panel, link, tmp_path: Path) -> None:
    separated(qtbot, panel, link, song(tmp_path))
    link.automatic = False
    dialog = opened(qtbot, panel)
    dialog.options.handles.setValue(0.5)
    dialog.options.handles.editingFinished.emit()
    first, second = (link.take(-2), link.take(-1))
    link.fail(first, "the disk is full")
    assert "the disk is full" in dialog.status.text()
    dialog.reject()
    assert link.cancelled == [second.id]


def test_formats_enable_what_they_can_hold(qtbot, panel, link, tmp_path: Path) -> None:
    separated(qtbot, panel, link, song(tmp_path))
    dialog = opened(qtbot, panel)
    assert dialog.options.as_takes.isEnabled()
    assert not dialog.options.embed.isEnabled()
    assert "cannot hold this" in dialog.options.embed.toolTip()
    dialog.target.setText(str(tmp_path / "other.dawproject"))
    dialog.preview()
    assert not dialog.options.as_takes.isEnabled()
    assert dialog.options.embed.isEnabled()
    dialog.reject()


def test_embedding_puts_the_sound_into_the_session(qtbot, panel, link, tmp_path: Path) -> None:
    panel.open_paths([sound(tmp_path / "take.wav")])
    panel.model.do("q", lambda w: replace(w, queries=(QueryRow("a dog", 0),)))
    link.automatic = True
    panel.separation.separate()
    take = panel.model.workspace.takes[0].id
    until(qtbot, lambda: panel.model.result(take).final_files is not None)
    dialog = opened(qtbot, panel)
    target = tmp_path / "new.dawproject"
    dialog.target.setText(str(target))
    dialog.options.mute.setChecked(False)
    dialog.preview()
    dialog.options.embed.setChecked(True)
    assert dialog.sentence.text().startswith("Creates a session of 3 tracks with 3 clips; no other file changes")
    dialog.place()
    clips = [clip for _, clip in read_session(target).clips() if "[" in clip.name]
    assert clips
    assert all(clip.media is not None and clip.media.member is not None for clip in clips)


def test_markers_of_the_panel_and_regions_are_placed_once(qtbot, panel, link, tmp_path: Path) -> None:
    path = song(tmp_path)
    separated(qtbot, panel, link, path)
    here = Marker("here", Span(RATE, 0, RATE))
    panel.model.do("m", lambda w: with_marker(w, here))
    dialog = opened(qtbot, panel)
    assert not dialog.options.markers.isHidden()
    dialog.options.regions.setChecked(True)
    assert "adds 5 markers" in dialog.sentence.text()
    assert len(dialog.picture.picture.marks) == 5
    dialog.place()
    assert here in read_session(path).markers
    assert sum(marker == here for marker in read_session(path).markers) == 1


def test_markers_from_a_sound_are_regions_where_it_was_found(qtbot, panel, link, tmp_path: Path) -> None:
    separated(qtbot, panel, link, song(tmp_path))
    lane = panel.handlers.session.sound_lanes()[0]
    regions = lane_regions(lane)
    assert [(one.name, one.span.start, one.span.frames) for one in regions] == [
        ("a dog", 0, RATE), ("a dog", 3 * RATE, RATE)
    ]  # fmt: skip
    panel.handlers.session.mark_sound(lane.id)
    assert panel.model.workspace.markers == {"d1": regions}
    once_more = with_lane_regions(panel.model.workspace, lane)
    assert once_more.markers == {"d1": regions}


def test_the_menu_of_a_lane_makes_markers_from_its_sound(qtbot, panel, link, tmp_path: Path) -> None:
    separated(qtbot, panel, link, song(tmp_path))
    lane = panel.handlers.session.sound_lanes()[1]
    panel.handlers.show_menu(ContextRequest(10, 10, "lane", 0.0, "Dialogue", None, lane.id))
    menu = next(menu for menu in panel.findChildren(QMenu) if menu.isVisible())
    (action,) = [action for action in menu.actions() if action.text() == "Markers from this sound"]
    action.trigger()
    menu.close()
    assert {marker.name for marker in panel.model.workspace.markers["d1"]} == {"rain"}


@pytest.mark.parametrize("suffix", ["txt", "csv", "mid"])
def test_markers_are_exported_in_every_form(qtbot, panel, link, tmp_path: Path, suffix: str) -> None:
    panel.open_paths([song(tmp_path)])
    panel.model.do("m", lambda w: with_marker(w, Marker("here", Span(RATE, RATE, RATE))))
    target = tmp_path / f"marks.{suffix}"
    panel.handlers.session.export_markers(target)
    data = target.read_bytes()
    assert b"here" in data
    if suffix == "txt":
        assert data == b"1\t2\there\n"
    if suffix == "csv":
        assert b"here,8000,16000,8000,1,2,,1|3|000" in data


class Copier:
    """Renders effects as copies of the dry files: what they do to the sound does not matter here."""

    def render_file(self, chain: EffectChain, source: Path, destination: Path, progress: Any) -> None:
        shutil.copyfile(source, destination)


def with_effect(panel: Any) -> None:
    """An effect on the first sound, rendered without a process of its own."""
    panel.effects.prints._renderer = Copier()
    lane = panel.handlers.session.sound_lanes()[0]
    chain = EffectChain((EffectSlot(effect="Gain"),))
    panel.model.do("fx", lambda w: replace(w, chains={lane.id: chain}))


def test_effects_are_printed_and_the_dry_stem_lies_muted_beside_them(qtbot, panel, link, tmp_path: Path) -> None:
    path = song(tmp_path)
    separated(qtbot, panel, link, path)
    with_effect(panel)
    dialog = opened(qtbot, panel)
    assert not dialog.options.dry.isHidden()
    labels = [row.label for row in dialog.picture.picture.after if row.is_new]
    assert labels == ["a dog", "a dog dry", "rain", "rest"]
    dialog.place()
    tracks = {track.name: track for track in read_session(path).tracks}
    wet, dry = tracks["Dialogue [a dog]"], tracks["Dialogue [a dog dry]"]
    assert all(clip.media is not None and "[fx]" in clip.media.path.name for clip in wet.clips)
    assert all(clip.media is not None and clip.media.is_online for clip in (*wet.clips, *dry.clips))
    assert [clip.muted for clip in (*wet.clips, *dry.clips)] == [False, False, True, True]
    assert {clip.media.path.parent for clip in wet.clips} == {clip.media.path.parent for clip in dry.clips}


def test_dry_stems_can_be_left_out(qtbot, panel, link, tmp_path: Path) -> None:
    separated(qtbot, panel, link, song(tmp_path))
    with_effect(panel)
    dialog = opened(qtbot, panel)
    dialog.options.dry.setChecked(False)
    assert [row.label for row in dialog.picture.picture.after if row.is_new] == ["a dog", "rain", "rest"]
    dialog.reject()


def test_what_stays_and_what_receipts_remark_is_shown(qtbot, panel, link, tmp_path: Path) -> None:
    separated(qtbot, panel, link, song(tmp_path))
    take = panel.model.workspace.takes[0]
    panel.model.set_result(take.id, replace(panel.model.result(take.id), notes=("it passes full scale",)))
    content = panel.model.front
    panel.model._contents["d1"] = replace(content, timeline=replace(content.timeline, untouched=("a project bay",)))
    dialog = opened(qtbot, panel)
    assert dialog.differences.text() == "Stays as it is: a project bay\nClip Dialogue-1: it passes full scale"
    dialog.reject()


def test_a_big_session_shows_its_unchanged_tracks_as_one_row() -> None:
    clip = ClipRef("c", "c", None, Span(0, RATE, RATE), Span(0, RATE, RATE))
    tracks = tuple(Track(f"t{n}", f"T{n}", (replace(clip, id=f"c{n}"),)) for n in range(400))
    new = Track("new", "T7 [dog]", (replace(clip, id="n", like="c7"),), like="t7")
    after = Timeline("big", RATE, (*tracks[:8], new, *tracks[8:]))
    picture = picture_of(Timeline("big", RATE, tracks), after, {})
    assert [(row.name, row.hidden) for row in picture.after] == [
        ("7 more tracks", 7), ("T7", 1), ("T7 [dog]", 1), ("392 more tracks", 392),
    ]  # fmt: skip
    assert [row.hidden for row in picture.before] == [7, 1, 392]


def test_stems_that_the_session_has_are_not_placed_twice(qtbot, panel, link, tmp_path: Path) -> None:
    path = song(tmp_path)
    separated(qtbot, panel, link, path)
    opened(qtbot, panel).place()
    assert len(read_session(path).tracks) == 5
    again = opened(qtbot, panel)
    assert again.status.text() == "The session has these stems already."
    assert not again.place_button.isEnabled()
    again.reject()


def test_nothing_new_is_said(tmp_path: Path) -> None:
    timeline = Timeline("song", RATE)
    sentence = placement_sentence(compare(timeline, timeline), timeline, Path("song.rpp"), is_new=False)
    assert sentence == "Changes nothing: song.rpp already holds these stems."


def test_tickets_of_others_are_no_takes(panel, link, qapp) -> None:
    jobs = TicketJobs(link, "other")
    seen = []
    jobs.refused.connect(lambda key, error: seen.append((key, error.kind)))
    from flowsep_ui.controllers.sessions.ticket_jobs import JobTicket

    link.refused.emit(JobTicket("other", "k"), JobError("MediaError", "no"))
    assert seen == [("k", "MediaError")]
    assert panel.model.results == {}
