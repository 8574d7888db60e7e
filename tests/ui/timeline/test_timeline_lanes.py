"""Markers, parts of lanes, heads of tracks, thin rows, magnified waveforms: the newer half of the timeline view."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import soundfile as sf
from flowsep_ui.timeline import Chip, Lane, MarkerView, Scene, SceneTrack, Selection
from flowsep_ui.timeline.layout import THIN
from flowsep_ui.timeline.painting.lanes import lane_zoom_db
from flowsep_ui.timeline.painting.overlay import scale_labels
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QContextMenuEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QMenu
from timeline_makers import (
    LEFT,
    NONE,
    RATE,
    SECONDS,
    at,
    clip_of,
    drawn,
    lane_of,
    move,
    part_of,
    press,
    pull,
    scene_of,
    span,
    x_of,
)

from flowsep_plugin.audition import LaneMix

# Markers


def own_marker(view, wav, name: str = "here", seconds: float = 3) -> MarkerView:
    marker = MarkerView(name, span(seconds, seconds), is_own=True)
    view.set_scene(scene_of(wav, (), (marker, MarkerView("theirs", span(6, 6)))))
    return marker


def test_a_marker_is_asked_for_at_the_playhead(scene_view, qtbot):
    scene_view.set_playhead(2)
    with qtbot.waitSignal(scene_view.marker_requested) as caught:
        press(scene_view, "Shift+K")
    assert caught.args == [span(2, 2)]


def test_the_selection_is_marked_as_a_region(scene_view, qtbot):
    scene_view.set_selection(Selection(span(3, 4)))
    with qtbot.waitSignal(scene_view.marker_requested) as caught:
        press(scene_view, "Ctrl+Shift+K")
    assert caught.args == [span(3, 4)]


def test_an_own_marker_is_dragged_and_snaps(scene_view, wav, qtbot):
    marker = own_marker(scene_view, wav)
    start = QPoint(x_of(scene_view, 3) + 5, 6)
    QTest.mousePress(scene_view.ruler, LEFT, NONE, start)
    move(scene_view.ruler, start + QPoint(30, 0), NONE)
    move(scene_view.ruler, QPoint(x_of(scene_view, 4.97) + 5, 6), NONE)
    with qtbot.waitSignal(scene_view.marker_moved) as caught, qtbot.assertNotEmitted(scene_view.seek_requested):
        QTest.mouseRelease(scene_view.ruler, LEFT, NONE, start)
    assert caught.args == [marker, 5 * RATE]


def test_a_marker_of_the_session_stays_where_it_is(scene_view, wav, qtbot):
    own_marker(scene_view, wav)
    with qtbot.assertNotEmitted(scene_view.marker_moved):
        QTest.mousePress(scene_view.ruler, LEFT, NONE, QPoint(x_of(scene_view, 6) + 3, 6))
        move(scene_view.ruler, QPoint(x_of(scene_view, 7), 6), NONE)
        QTest.mouseRelease(scene_view.ruler, LEFT, NONE, QPoint(x_of(scene_view, 7), 6))


def test_a_double_click_renames_an_own_marker(scene_view, wav, qtbot):
    marker = own_marker(scene_view, wav)
    QTest.mouseDClick(scene_view.ruler, LEFT, NONE, QPoint(x_of(scene_view, 3) + 3, 6))
    editor = scene_view.ruler.flags.editor
    assert editor.isVisible()
    editor.setText("the bark")
    with qtbot.waitSignal(scene_view.marker_renamed) as caught:
        QTest.keyClick(editor, Qt.Key.Key_Return)
    assert caught.args == [marker, "the bark"]
    assert not editor.isVisible()


def test_escape_leaves_the_name_of_a_marker(scene_view, wav, qtbot):
    own_marker(scene_view, wav)
    QTest.mouseDClick(scene_view.ruler, LEFT, NONE, QPoint(x_of(scene_view, 3) + 3, 6))
    scene_view.ruler.flags.editor.setText("other")
    with qtbot.assertNotEmitted(scene_view.marker_renamed):
        QTest.keyClick(scene_view.ruler.flags.editor, Qt.Key.Key_Escape)


def test_the_field_of_a_marker_goes_with_it(scene_view, wav):
    own_marker(scene_view, wav)
    QTest.mouseDClick(scene_view.ruler, LEFT, NONE, QPoint(x_of(scene_view, 3) + 3, 6))
    scene_view.set_scene(scene_of(wav))
    assert not scene_view.ruler.flags.editor.isVisible()


def test_the_picked_marker_is_removed_by_a_key(scene_view, wav, qtbot):
    marker = own_marker(scene_view, wav)
    with qtbot.assertNotEmitted(scene_view.marker_removed):
        press(scene_view, "Del")
    QTest.mouseClick(scene_view.ruler, LEFT, NONE, QPoint(x_of(scene_view, 3) + 3, 6))
    with qtbot.waitSignal(scene_view.marker_removed) as caught:
        press(scene_view, "Del")
    assert caught.args == [marker]


# Parts of lanes, heads of tracks, thin rows


def parted(wav, **more):
    parts = (part_of(wav, 0, 3, regions=(span(1, 2),)), part_of(wav, 5, 8, regions=(span(6, 7),), note="why not"))
    return scene_of(wav, (Lane("l", "the l", "stem", "", parts, **more),))


def test_regions_of_all_parts_are_walked_through(scene_view, wav):
    scene_view.set_scene(parted(wav))
    scene_view.pick_row("l")
    scene_view.set_playhead(0)
    for expected in (span(1, 2), span(6, 7), span(6, 7)):
        press(scene_view, "R")
        assert scene_view.model.selection.span == expected


def test_regions_of_the_first_lane_are_walked_through_where_none_is_picked(scene_view, wav):
    scene_view.set_scene(parted(wav))
    for picked in (None, "t1"):
        scene_view.pick_row(picked)
        scene_view.set_playhead(0)
        scene_view.model.set_selection(None)
        press(scene_view, "R")
        assert scene_view.model.selection.span == span(1, 2)


def test_between_the_parts_of_a_lane_there_is_none(scene_view, wav):
    scene_view.set_scene(parted(wav))
    hits = [scene_view.model.hit(at(scene_view, t, row=1).x(), at(scene_view, t, row=1).y()) for t in (1, 4, 6)]
    assert [hit.part and hit.part.place for hit in hits] == [span(0, 3), None, span(5, 8)]


def test_the_note_of_a_part_is_its_tooltip(scene_view, wav):
    scene_view.set_scene(parted(wav))
    assert scene_view.canvas.tip_at(QPointF(at(scene_view, 6, row=1))) == "the l\nwhy not"
    assert scene_view.canvas.tip_at(QPointF(at(scene_view, 1, row=1))) == ""


def test_a_track_is_muted_soloed_and_turned_up_at_its_head(scene_view, qtbot):
    head = scene_view.heads.head("t1")
    with qtbot.waitSignal(scene_view.track_changed) as caught:
        head.mute.click()
    assert caught.args == ["t1", LaneMix(mute=True)]
    scene_view.pick_row("t2")
    with qtbot.waitSignal(scene_view.track_changed) as caught:
        press(scene_view, "Ctrl+Up")
    assert caught.args == ["t2", LaneMix(gain_db=0.5)]


def test_a_chip_keeps_its_room_and_a_long_name_makes_way(scene_view, wav):
    lane = replace(
        lane_of(wav), title="an extraordinarily long name of a sound " * 3, chip=Chip("not so short", "busy")
    )
    scene_view.set_scene(scene_of(wav, (lane,)))
    head = scene_view.heads.head("l")
    assert head.chip_rect.width() >= head.fontMetrics().horizontalAdvance("not so short") * 0.8
    assert head.rect().contains(head.chip_rect)
    assert head.name_rect.right() < head.chip_rect.left()
    assert lane.title in head.toolTip()


def test_a_name_that_fits_is_not_elided_by_a_chip(scene_view, wav):
    scene_view.set_scene(scene_of(wav, (replace(lane_of(wav), title="a dog barking", chip=Chip("abgebrochen")),)))
    head = scene_view.heads.head("l")
    assert head.name_rect.width() >= head.fontMetrics().horizontalAdvance("a dog barking")


def test_a_sound_that_was_not_found_is_a_thin_row_with_a_way_out(scene_view, wav, qtbot):
    lane = replace(lane_of(None), missing="not found in this clip")
    scene_view.set_scene(scene_of(wav, (lane, lane_of(wav, "other"))))
    assert scene_view.model.index.layout.row_of("l").height == THIN
    bar = scene_view.missing_rows.bar("l")
    assert bar.sentence.text() == "not found in this clip"
    assert not scene_view.heads.head("l").solo.isVisible()
    with qtbot.waitSignal(scene_view.keep_requested) as caught:
        bar.button.click()
    assert caught.args == ["l"]
    scene_view.set_scene(scene_of(wav, (lane_of(wav),)))
    assert scene_view.missing_rows.bar("l") is None


def test_rows_that_are_not_heard_and_stems_that_wait_step_back(scene_view, wav):
    scene_view.model.set_lane_zoom(False)
    full = drawn(scene_view).astype(int)
    middle = at(scene_view, 3.03, row=1).y()
    scene_view.set_scene(scene_of(wav, (lane_of(wav, is_audible=False),)))
    silent = drawn(scene_view).astype(int)
    stale = replace(lane_of(wav), parts=(part_of(wav, state="stale"),))
    scene_view.set_scene(scene_of(wav, (stale,)))
    waiting = drawn(scene_view).astype(int)
    ground = np.asarray(scene_view.canvas.context.colours.row)
    column = x_of(scene_view, 3.03)
    distances = [np.abs(picture[middle, column] - ground).sum() for picture in (full, waiting, silent)]
    assert distances[0] > distances[1] > distances[2] > 0


def test_a_quiet_lane_is_magnified_in_steps_that_are_named(view, tmp_path):
    quiet = tmp_path / "quiet.wav"
    samples = np.zeros(SECONDS * RATE, np.float32)
    samples[2 * RATE : 4 * RATE] = 0.05 * (-1.0) ** np.arange(2 * RATE)
    sf.write(quiet, samples, RATE, subtype="PCM_16")
    view.set_scene(scene_of(quiet, (lane_of(quiet),)))
    drawn(view)
    lane = view.model.scene.tracks[0].lanes[0]
    assert lane_zoom_db(view.canvas.context, lane) == 24
    tall = wave_heights(view, 3.03)
    view.run("toggle_lane_zoom")
    assert lane_zoom_db(view.canvas.context, lane) == 0
    assert tall > 8 * wave_heights(view, 3.03)


def wave_heights(view, seconds: float) -> int:
    """Pixels of a column of the first lane that are not its ground."""
    colours = view.canvas.context.colours
    ground = colours.block(colours.lane(view.model.scene.tracks[0].lanes[0], 0))
    row = view.model.index.layout.rows[1]
    column = drawn(view)[row.top + 4 : row.bottom - 4, x_of(view, seconds)]
    return int((np.abs(column.astype(int) - ground).sum(axis=1) > 60).sum())


def test_a_lane_is_dragged_out_by_its_body_with_alt(scene_view, qtbot):
    with qtbot.waitSignal(scene_view.lane_drag_started) as caught, qtbot.assertNotEmitted(scene_view.selection_changed):
        pull(scene_view, at(scene_view, 3, row=1), at(scene_view, 4, row=1), Qt.KeyboardModifier.AltModifier)
    assert caught.args == ["l"]


def test_a_drag_beyond_the_edge_scrolls_to_the_last_clip_and_no_further(scene_view):
    scene_view.set_scene(replace(scene_view.model.scene, frames=2 * SECONDS * RATE))
    scene_view.model.set_view(scene_view.model.view.fitted(0, 4 * RATE))
    QTest.mousePress(scene_view.canvas, LEFT, NONE, at(scene_view, 3.3))
    move(scene_view.canvas, QPoint(scene_view.canvas.width() + 50, at(scene_view, 3).y()), NONE)
    for _ in range(200):
        scene_view.canvas._scroll_at_edge()
    QTest.mouseRelease(scene_view.canvas, LEFT, NONE, at(scene_view, 4))
    assert scene_view.canvas.width() - 14 <= x_of(scene_view, SECONDS) <= scene_view.canvas.width()


@pytest.mark.parametrize("height", [20, 44, 57, 90, 200, 600])
@pytest.mark.parametrize("rate", [8_000, 44_100, 192_000])
def test_frequencies_are_never_written_over_each_other(height, rate):
    places = sorted(y for y, _ in scale_labels(height, rate))
    assert all(b - a >= 14 for a, b in itertools.pairwise(places))
    assert all(7 <= y <= height - 7 for y in places)


def test_a_session_without_clips_says_so(view):
    view.set_scene(Scene("song", RATE, 60 * RATE, (SceneTrack("t", "Drums"), SceneTrack("u", "Bass"))))
    assert view.empty_state.isVisible()
    assert "song" in view.empty_state.title.text()
    assert "2 tracks" in view.empty_state.hint.text()


def test_heads_are_made_for_the_rows_in_view(view, wav):
    tracks = tuple(SceneTrack(f"t{n}", f"track {n}", (clip_of(wav, f"c{n}"),)) for n in range(60))
    view.set_scene(Scene("many", RATE, SECONDS * RATE, tracks))
    assert view.heads.head("t0") is not None
    assert view.heads.head("t59") is None
    view.model.set_top(10**6)
    assert view.heads.head("t59").isVisible()
    assert not view.heads.head("t0").isVisible()


def test_the_menu_of_the_ruler_has_what_can_be_done_with_its_marker(scene_view, wav):
    marker = own_marker(scene_view, wav)
    for seconds, texts in ((3, ["Set", "Rename", "Remove"]), (6, ["Set"])):
        point = QPoint(x_of(scene_view, seconds) + 3, 6)
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, point, scene_view.ruler.mapToGlobal(point))
        QApplication.sendEvent(scene_view.ruler, event)
        menu = scene_view.findChildren(QMenu)[-1]
        assert [action.text().split()[0] for action in menu.actions()] == texts
        assert scene_view.model.marker == (marker if seconds == 3 else None)
        menu.close()
