"""The timeline view: what is drawn where, and what mouse and keys make of it."""

import os

import numpy as np
import pytest
from flowsep_ui.timeline import ContextRequest, FileDrop, Scene, Selection, TimelineView
from flowsep_ui.timeline.input.actions import KEYS
from flowsep_ui.timeline.input.commands import Commands
from flowsep_ui.timeline.sound.pool import ThreadPool
from PyQt6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PyQt6.QtGui import QContextMenuEvent, QDropEvent, QKeySequence, QWheelEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication
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
    pixels_of,
    press,
    pull,
    scene_of,
    span,
    write_burst,
    x_of,
)

from flowsep_plugin.audition import LaneMix
from flowsep_plugin.media.peak_cache import PeakCache

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def turn(widget, at: QPoint, notches: int = 0, keys=NONE, pixels: QPoint | None = None, phase=None) -> None:
    phase = phase or Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(
        QPointF(at), QPointF(widget.mapToGlobal(at)), pixels or QPoint(), QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton, keys, phase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


# What is drawn


def wave_rows(view, picture, seconds: float, row: int = 0) -> int:
    """Pixels of a column of a row that have the waveform's colour."""
    colours = view.canvas.context.colours
    hue = colours.clip(clip_of(None))
    band = view.model.index.layout.rows[row]
    column = picture[band.top + 20 : band.bottom - 2, x_of(view, seconds)]
    expected_colour = [colours.wave(hue), colours.core(hue)]
    return int(sum((column == np.asarray(colour)).all(axis=1).sum() for colour in expected_colour))


def test_a_waveform_is_tall_where_there_is_sound_and_a_line_where_there_is_none(scene_view):
    picture = drawn(scene_view)
    assert wave_rows(scene_view, picture, 3.03) > 50
    assert wave_rows(scene_view, picture, 1.03) <= 2
    assert wave_rows(scene_view, picture, 5.03) <= 2


def test_a_clip_shows_its_own_cut_at_its_own_place(view, wav):
    part = clip_of(wav, "late", 5, 8)
    moved = scene_of(wav).tracks[0]
    track = type(moved)("t", "t", (type(part)("late", "late", wav, span(5, 8), span(1, 4)),))
    view.set_scene(Scene("s", RATE, SECONDS * RATE, (track,)))
    picture = drawn(view)
    assert wave_rows(view, picture, 5.5) <= 2
    assert wave_rows(view, picture, 7.03) > 50
    assert wave_rows(view, picture, 3.03) == 0


def test_a_reversed_clip_is_drawn_backwards(view, wav):
    clip = clip_of(wav, reverse=True)
    view.set_scene(Scene("s", RATE, SECONDS * RATE, (type(scene_of(wav).tracks[0])("t", "t", (clip,)),)))
    picture = drawn(view)
    assert wave_rows(view, picture, SECONDS - 3.03) > 50
    assert wave_rows(view, picture, 3.03) <= 2


def test_gain_and_fades_show_in_the_waveform(view, wav):
    track = type(scene_of(wav).tracks[0])
    view.set_scene(Scene("s", RATE, SECONDS * RATE, (track("t", "t", (clip_of(wav, gain=0.5),)),)))
    half = wave_rows(view, drawn(view), 3.03)
    view.set_scene(Scene("s", RATE, SECONDS * RATE, (track("t", "t", (clip_of(wav, fades=(8 * RATE, 0)),)),)))
    faded = drawn(view)
    view.set_scene(Scene("s", RATE, SECONDS * RATE, (track("t", "t", (clip_of(wav),)),)))
    full = wave_rows(view, drawn(view), 3.03)
    assert half == pytest.approx(full / 2, abs=5)
    assert wave_rows(view, faded, 2.23) < wave_rows(view, faded, 3.83) < full


@pytest.mark.parametrize("seconds", [0.002, 0.02, 0.2, 2])
def test_sound_is_drawn_at_every_zoom(scene_view, seconds):
    middle = round(3 * RATE)
    scene_view.model.set_view(scene_view.model.view.fitted(middle, middle + round(seconds * RATE)))
    silent = scene_view.model.view.fitted(6 * RATE, 6 * RATE + round(seconds * RATE))
    loud_picture = drawn(scene_view)
    scene_view.model.set_view(silent)
    band = scene_view.model.index.layout.rows[0]
    quiet_picture = drawn(scene_view)
    rows = slice(band.top + 20, band.bottom - 2)
    assert np.abs(loud_picture[rows].astype(int) - quiet_picture[rows]).max(axis=(1, 2)).mean() > 20


def test_a_selection_is_drawn_from_its_first_frame_to_its_last(scene_view):
    before = drawn(scene_view)
    scene_view.set_selection(Selection(span(2.5, 4.5), None, ("t1",)))
    changed = np.abs(drawn(scene_view).astype(int) - before).sum(axis=2)
    track = scene_view.model.index.layout.rows[0]
    columns = np.flatnonzero(changed[track.top + 30 : track.top + 40].any(axis=0))
    assert abs(columns[0] - x_of(scene_view, 2.5)) <= 4
    assert abs(columns[-1] - x_of(scene_view, 4.5)) <= 4
    other = scene_view.model.index.layout.rows[2]
    assert not changed[other.top : other.bottom].any()


def test_a_playhead_is_drawn_at_its_time_and_leaves_nothing_behind(scene_view):
    before = drawn(scene_view)
    scene_view.set_playhead(5.5)
    changed = np.flatnonzero(np.abs(drawn(scene_view).astype(int) - before).sum(axis=(0, 2)))
    assert abs(changed.max() - x_of(scene_view, 5.5)) <= 1.5
    scene_view.set_playhead(0)
    again = np.abs(drawn(scene_view).astype(int) - before).sum(axis=(0, 2))
    assert not again[x_of(scene_view, 5) :].any()


def test_a_spectrogram_is_bright_where_there_is_sound(scene_view):
    scene_view.set_spectrogram(True)
    picture = drawn(scene_view).astype(int)
    band = scene_view.model.index.layout.rows[0]
    rows = slice(band.top + 20, band.bottom - 2)
    ground = picture[rows, x_of(scene_view, 1.03)].mean(axis=0)
    assert np.abs(picture[rows, x_of(scene_view, 3.03)].mean(axis=0) - ground).max() > 60
    assert np.abs(picture[rows, x_of(scene_view, 5.53)].mean(axis=0) - ground).max() < 3


def test_presence_is_drawn_at_the_foot_of_its_lane(scene_view):
    picture = drawn(scene_view).astype(int)
    foot = scene_view.model.index.layout.rows[1].bottom - 4
    there, absent = picture[foot, x_of(scene_view, 3.03)], picture[foot, x_of(scene_view, 6.53)]
    assert np.abs(there - absent).max() > 60


@pytest.mark.parametrize(("dx", "dy"), [(24, 0), (-37, 0), (0, 10), (13, 17), (300, -20), (5000, 0)])
@pytest.mark.parametrize("spectrogram", [False, True])
def test_scrolling_shows_the_same_as_drawing_anew(scene_view, dx, dy, spectrogram):
    scene_view.resize(600, 240)
    scene_view.set_spectrogram(spectrogram)
    scene_view.model.set_view(scene_view.model.view.zoomed(6, 300).scrolled(200))
    scene_view.model.set_top(30)
    drawn(scene_view)
    scene_view.model.set_view(scene_view.model.view.scrolled(dx))
    scene_view.model.set_top(30 + dy)
    scrolled = drawn(scene_view)
    scene_view.canvas._layer.invalidate()
    np.testing.assert_array_equal(scrolled, drawn(scene_view))


def test_sounds_that_come_too_late_for_a_frame_come_with_the_next(scene_view, wav, qtbot):
    whole = drawn(scene_view)
    scene_view.canvas.budget_seconds = 0
    scene_view.canvas._layer.invalidate()
    part = pixels_of(scene_view.canvas.grab().toImage())
    assert wave_rows(scene_view, part, 3.03) > 50
    assert (part != whole).any()
    qtbot.waitUntil(lambda: (pixels_of(scene_view.canvas.grab().toImage()) == whole).all(), timeout=5000)


def test_a_row_that_changes_while_the_view_scrolls_is_drawn_in_its_place(scene_view, wav):
    scene_view.resize(600, 200)
    drawn(scene_view)
    muted = lane_of(wav, presence=(0.0, 1.0), mix=LaneMix(mute=True))
    scene_view.model.set_top(40)
    scene_view.set_scene(scene_of(wav, (muted,), scene_view.model.scene.markers))
    changed = drawn(scene_view)
    scene_view.canvas._layer.invalidate()
    np.testing.assert_array_equal(changed, drawn(scene_view))


def test_a_scene_that_is_equal_is_not_drawn_again(scene_view, wav, monkeypatch):
    drawn(scene_view)
    painted = []
    monkeypatch.setattr(scene_view.canvas._layer, "_draw", lambda painter, area: painted.append(area))
    lane = lane_of(wav, presence=tuple(float(2 <= n / 100 < 4) for n in range(100 * SECONDS)))
    scene_view.set_scene(scene_of(wav, (lane,), scene_view.model.scene.markers))
    drawn(scene_view)
    assert not painted


def test_a_file_that_cannot_be_read_says_so_under_the_mouse(view, tmp_path):
    (tmp_path / "bad.wav").write_bytes(b"no sound at all")
    view.set_scene(scene_of(tmp_path / "bad.wav"))
    drawn(view)
    QTest.mouseMove(view.canvas, at(view, 3))
    view.footer.show_hover((view.model.hit(at(view, 3).x(), at(view, 3).y()), QPointF(at(view, 3))))
    assert "bad.wav" in view.footer.hover.text()


def test_a_clip_that_cannot_be_separated_says_why(view, wav):
    track = type(scene_of(wav).tracks[0])("t", "t", (clip_of(wav, why_not="is warped"),))
    view.set_scene(Scene("s", RATE, SECONDS * RATE, (track,)))
    place = at(view, 3)
    view.footer.show_hover((view.model.hit(place.x(), place.y()), QPointF(place)))
    assert "is warped" in view.footer.hover.text()


def test_hovering_reads_time_level_and_frequency(scene_view):
    drawn(scene_view)
    place = at(scene_view, 3.03)
    hit = scene_view.model.hit(place.x(), place.y())
    scene_view.footer.show_hover((hit, QPointF(place)))
    assert scene_view.footer.hover.text().startswith("0:03.0")
    assert "dBFS" in scene_view.footer.hover.text()
    scene_view.set_spectrogram(True)
    scene_view.footer.show_hover((hit, QPointF(place)))
    assert "Hz" in scene_view.footer.hover.text()
    silent = at(scene_view, 1.03)
    scene_view.footer.show_hover((scene_view.model.hit(silent.x(), silent.y()), QPointF(silent)))
    assert "−∞ dBFS" in scene_view.footer.hover.text()


def test_an_empty_view_invites(view, qtbot):
    assert view.empty_state.isVisible()
    with qtbot.waitSignal(view.open_requested):
        view.empty_state.button.click()


def test_the_invitation_goes_when_there_is_something(scene_view):
    assert not scene_view.empty_state.isVisible()
    scene_view.set_scene(Scene("", RATE, 0))
    assert scene_view.empty_state.isVisible()


# The mouse


def test_dragging_selects_a_range_on_the_tracks_it_crosses(scene_view, qtbot):
    with qtbot.waitSignal(scene_view.selection_changed):
        pull(scene_view, at(scene_view, 3.3), at(scene_view, 4.4, row=2), CTRL)
    selection = scene_view.model.selection
    assert selection.track_ids == ("t1", "t2")
    assert selection.clip_id is None
    assert selection.span.start / RATE == pytest.approx(3.3, abs=0.01)
    assert selection.span.stop / RATE == pytest.approx(4.4, abs=0.01)


def test_a_range_within_one_clip_names_it(scene_view):
    pull(scene_view, at(scene_view, 3.3), at(scene_view, 4.4), CTRL)
    assert scene_view.model.selection.clip_id == "c"


def test_a_dragged_edge_snaps_and_control_suspends_it(scene_view):
    near = 4.97
    pull(scene_view, at(scene_view, 3.3), at(scene_view, near))
    assert scene_view.model.selection.span.stop == 5 * RATE
    scene_view.set_selection(None)
    pull(scene_view, at(scene_view, 3.3), at(scene_view, near), CTRL)
    assert scene_view.model.selection.span.stop / RATE == pytest.approx(near, abs=0.01)


def test_an_edge_is_adjusted_by_its_handle(scene_view):
    scene_view.set_selection(Selection(span(3, 4), None, ("t1",)))
    pull(scene_view, at(scene_view, 4), at(scene_view, 5.5), CTRL)
    assert scene_view.model.selection.span.start == 3 * RATE
    assert scene_view.model.selection.span.stop / RATE == pytest.approx(5.5, abs=0.01)


def test_a_click_selects_the_clip_and_seeks(scene_view, qtbot):
    with qtbot.waitSignals([scene_view.selection_changed, scene_view.seek_requested]) as caught:
        QTest.mouseClick(scene_view.canvas, LEFT, NONE, at(scene_view, 5.5, row=2))
    assert scene_view.model.selection == Selection(span(5, 7), "b", ("t2",))
    seconds = next(
        signal.args[0]
        for signal in caught.all_signals_and_args
        if len(signal.args) and isinstance(signal.args[0], float)
    )
    assert seconds == pytest.approx(5.5, abs=0.01)


def test_a_click_beside_clips_selects_nothing(scene_view):
    scene_view.set_selection(Selection(span(3, 4), None, ("t1",)))
    QTest.mouseClick(scene_view.canvas, LEFT, NONE, at(scene_view, 4.2, row=2))
    assert scene_view.model.selection is None


def test_shift_click_extends_the_selection(scene_view):
    scene_view.set_selection(Selection(span(3, 4), None, ("t1",)))
    QTest.mouseClick(scene_view.canvas, LEFT, SHIFT | CTRL, at(scene_view, 6.3))
    assert scene_view.model.selection.span.start == 3 * RATE
    assert scene_view.model.selection.span.stop / RATE == pytest.approx(6.3, abs=0.01)


def test_a_double_click_activates_the_clip(scene_view, qtbot):
    with qtbot.waitSignal(scene_view.clip_activated) as caught:
        QTest.mouseDClick(scene_view.canvas, LEFT, NONE, at(scene_view, 5.5, row=2))
    assert caught.args == ["b"]


def test_a_click_on_the_presence_strip_selects_the_region(scene_view, qtbot):
    height = scene_view.model.index.layout.rows[1].height
    with qtbot.waitSignal(scene_view.region_activated) as caught:
        QTest.mouseClick(scene_view.canvas, LEFT, NONE, at(scene_view, 3, row=1, y=height - 4))
    assert caught.args == ["l", span(2, 4)]
    assert scene_view.model.selection == Selection(span(2, 4), "c", ("t1",))


def test_setting_a_selection_is_not_told(scene_view, qtbot):
    with qtbot.assertNotEmitted(scene_view.selection_changed):
        scene_view.set_selection(Selection(span(3, 4)))


def test_an_owner_that_lags_does_not_take_a_drag_out_of_the_hand(scene_view):
    """The panel shows what it was told a moment ago; by then the mouse is elsewhere."""
    QTest.mousePress(scene_view.canvas, LEFT, NONE, at(scene_view, 3.3))
    move(scene_view.canvas, at(scene_view, 4.0), CTRL)
    received = scene_view.model.selection
    move(scene_view.canvas, at(scene_view, 4.4), CTRL)
    scene_view.set_selection(received)
    assert scene_view.model.selection.span.stop / RATE == pytest.approx(4.4, abs=0.01)
    QTest.mouseRelease(scene_view.canvas, LEFT, NONE, at(scene_view, 4.4))
    scene_view.set_selection(received)
    assert scene_view.model.selection == received


def test_the_ruler_seeks_and_selects_on_all_tracks(scene_view, qtbot):
    with qtbot.waitSignal(scene_view.seek_requested) as caught:
        QTest.mouseClick(scene_view.ruler, LEFT, NONE, QPoint(x_of(scene_view, 1.5), 30))
    assert caught.args[0] == pytest.approx(1.5, abs=0.01)
    QTest.mousePress(scene_view.ruler, LEFT, NONE, QPoint(x_of(scene_view, 3), 30))
    for seconds in (3.5, 4.0):
        move(scene_view.ruler, QPoint(x_of(scene_view, seconds), 30), CTRL)
    QTest.mouseRelease(scene_view.ruler, LEFT, NONE, QPoint(x_of(scene_view, 4), 30))
    assert scene_view.model.selection.track_ids == ()
    assert scene_view.model.selection.span.stop / RATE == pytest.approx(4.0, abs=0.01)


def test_a_selection_is_moved_on_the_ruler(scene_view):
    scene_view.set_selection(Selection(span(3, 4)))
    QTest.mousePress(scene_view.ruler, LEFT, NONE, QPoint(x_of(scene_view, 3.5), 20))
    move(scene_view.ruler, QPoint(x_of(scene_view, 5.5), 20), NONE)
    QTest.mouseRelease(scene_view.ruler, LEFT, NONE, QPoint(x_of(scene_view, 5.5), 20))
    assert scene_view.model.selection.span.start / RATE == pytest.approx(5, abs=0.02)
    assert scene_view.model.selection.span.frames == RATE


def test_a_region_marker_is_selected_by_a_double_click(scene_view):
    QTest.mouseDClick(scene_view.ruler, LEFT, NONE, QPoint(x_of(scene_view, 3), 6))
    assert scene_view.model.selection == Selection(span(2, 5))


def test_the_wheel_zooms_at_the_mouse(scene_view):
    place = at(scene_view, 3)
    before = scene_view.model.view
    turn(scene_view.canvas, place, 1)
    assert scene_view.model.view.frames_per_pixel < before.frames_per_pixel
    assert abs(scene_view.model.view.x_of(3 * RATE) - place.x()) <= 1.5


def test_wheel_with_keys_and_trackpads_scroll(scene_view):
    scene_view.resize(1000, 220)
    scene_view.model.set_view(scene_view.model.view.zoomed(4, 300))
    left, top = scene_view.model.view.left, scene_view.model.top
    turn(scene_view.canvas, at(scene_view, 3), -1, SHIFT)
    assert scene_view.model.view.left == left + 90
    turn(scene_view.canvas, at(scene_view, 3), pixels=QPoint(25, -11), phase=Qt.ScrollPhase.ScrollUpdate)
    assert (scene_view.model.view.left, scene_view.model.top) == (left + 65, top + 11)
    turn(scene_view.heads, QPoint(10, 10), -1)
    assert scene_view.model.top > top + 11


def test_control_shift_wheel_changes_the_height_of_rows(scene_view):
    before = scene_view.model.index.layout.height
    turn(scene_view.canvas, at(scene_view, 3), 2, SHIFT | CTRL)
    assert scene_view.model.index.layout.height > before


def test_rows_fill_the_height_until_they_are_set_by_hand(scene_view, wav):
    layout = scene_view.model.index.layout
    assert scene_view.canvas.height() - 20 <= layout.height <= scene_view.canvas.height()
    scene_view.resize(1000, 640)
    assert scene_view.model.index.layout.height > layout.height
    turn(scene_view.canvas, at(scene_view, 3), -2, SHIFT | CTRL)
    by_hand = scene_view.model.index.layout.height
    scene_view.resize(1000, 500)
    assert scene_view.model.index.layout.height == by_hand
    scene_view.run("fit_rows")
    assert scene_view.model.index.layout.height == layout.height


def test_a_context_menu_is_asked_for_with_what_lies_there(scene_view, qtbot):
    place = at(scene_view, 5.5, row=2)
    with qtbot.waitSignal(scene_view.context_requested) as caught:
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, scene_view.canvas.mapToGlobal(place))
        QApplication.sendEvent(scene_view.canvas, event)
    (request,) = caught.args
    assert isinstance(request, ContextRequest)
    assert (request.spot, request.track_id, request.clip_id) == ("clip", "t2", "b")
    assert scene_view.model.selection.clip_id == "b"


def test_files_that_are_dropped_are_told_with_place_and_track(scene_view, qtbot, wav):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(wav))])
    place = QPointF(scene_view.canvas.mapTo(scene_view, at(scene_view, 5, row=2)))
    event = QDropEvent(place, Qt.DropAction.CopyAction, mime, LEFT, NONE)
    with qtbot.waitSignal(scene_view.files_dropped) as caught:
        scene_view.dropEvent(event)
    (dropped,) = caught.args
    assert dropped == FileDrop((wav,), pytest.approx(5.0, abs=0.01), "t2")


# Lanes


def test_lane_controls_say_what_is_wanted_and_wait_for_the_scene(scene_view, qtbot):
    head = scene_view.heads.head("l")
    with qtbot.waitSignal(scene_view.lane_changed) as caught:
        head.solo.click()
    assert caught.args == ["l", LaneMix(solo=True)]
    with qtbot.waitSignal(scene_view.lane_changed) as caught:
        head.gain.setValue(-6)
    assert caught.args[1].gain_db == -6


def test_a_lane_shows_its_state_without_saying_so(scene_view, wav, qtbot):
    with qtbot.assertNotEmitted(scene_view.lane_changed):
        scene_view.set_scene(scene_of(wav, (lane_of(wav, mix=LaneMix(True, True, -3.0)),)))
    head = scene_view.heads.head("l")
    assert (head.solo.isChecked(), head.mute.isChecked(), head.gain.value()) == (True, True, -3.0)


def test_a_lane_is_dragged_out_by_its_name(scene_view, qtbot):
    head = scene_view.heads.head("l")
    with qtbot.waitSignal(scene_view.lane_drag_started) as caught:
        QTest.mousePress(head, LEFT, NONE, QPoint(40, 8))
        move(head, QPoint(80, 40), NONE)
    assert caught.args == ["l"]


def test_everything_has_an_accessible_name(scene_view):
    head = scene_view.heads.head("l")
    parts = [scene_view.canvas, scene_view.ruler, scene_view.heads, scene_view.bars.along, scene_view.bars.down]
    controls = [head.solo, head.mute, head.gain, scene_view.corner.ruler, scene_view.corner.spectrogram]
    assert all(widget.accessibleName() for widget in [scene_view, head, *parts, *controls])
    scene_view.set_selection(Selection(span(3, 4)))
    assert "0:03.000" in scene_view.canvas.accessibleDescription()


# The keys


def test_every_row_of_the_table_is_a_command_with_a_key_of_its_own(view):
    assert all(callable(getattr(Commands, row.name)) for row in KEYS)
    keys = [QKeySequence(key).toString() for row in KEYS for key in row.keys]
    assert len(set(keys)) == len(keys)
    assert {action.objectName() for action in view.actions()} == {f"timeline.{row.name}" for row in KEYS}


def test_every_command_works_on_an_empty_view_and_on_a_scene(view, wav):
    for scene in (Scene("", RATE, 0), scene_of(wav, (lane_of(wav),))):
        view.set_scene(scene)
        for row in KEYS:
            view.run(row.name)
            drawn(view)


def test_keys_move_the_playhead_and_extend_the_selection(scene_view, qtbot):
    scene_view.activateWindow()
    scene_view.set_playhead(2)
    with qtbot.waitSignal(scene_view.seek_requested):
        press(scene_view, "Ctrl+Right")
    assert scene_view.model.playhead == 3 * RATE
    press(scene_view, "Ctrl+Shift+Right")
    assert scene_view.model.selection.span == span(3, 4) or scene_view.model.selection.span == span(3, 5)
    press(scene_view, "Ctrl+Shift+Left")
    press(scene_view, "Ctrl+Shift+Left")
    assert scene_view.model.selection.span == span(2, 3)
    press(scene_view, "Esc")
    assert scene_view.model.selection is None


def test_keys_walk_through_rows_clips_and_regions(scene_view, qtbot):
    for _ in range(3):
        press(scene_view, "Down")
    assert scene_view.model.row_id == "t2"
    press(scene_view, "N")
    press(scene_view, "N")
    assert scene_view.model.selection.clip_id == "b"
    press(scene_view, "Shift+N")
    assert scene_view.model.selection.clip_id == "a"
    press(scene_view, "Up")
    assert scene_view.model.row_id == "l"
    scene_view.set_playhead(0)
    with qtbot.waitSignal(scene_view.region_activated):
        press(scene_view, "R")
    with qtbot.waitSignal(scene_view.lane_changed) as caught:
        press(scene_view, "M")
    assert caught.args == ["l", LaneMix(mute=True)]


def test_zoom_to_selection_fills_the_view(scene_view):
    scene_view.set_selection(Selection(span(3, 4)))
    press(scene_view, "Z")
    assert scene_view.model.view.x_of(3 * RATE) == pytest.approx(12, abs=2)
    assert scene_view.model.view.x_of(4 * RATE) == pytest.approx(scene_view.canvas.width() - 12, abs=2)
    press(scene_view, "Shift+Z")
    assert scene_view.model.view == scene_view.model.view.fitted(0, SECONDS * RATE)


# Scenes that change


def test_a_changed_scene_keeps_zoom_and_selection(scene_view, wav):
    scene_view.set_selection(Selection(span(3, 4), "c", ("t1",)))
    scene_view.zoom_to_selection()
    before = scene_view.model.view
    scene_view.set_scene(scene_of(wav, (lane_of(wav), lane_of(None, "new"))))
    assert scene_view.model.view == before
    assert scene_view.model.selection is not None


def test_a_selection_goes_with_its_clip(scene_view, wav, qtbot):
    scene_view.set_selection(Selection(span(3, 4), "c", ("t1",)))
    with qtbot.waitSignal(scene_view.selection_changed) as caught:
        scene_view.set_scene(Scene("scene", RATE, SECONDS * RATE, scene_of(wav).tracks[1:]))
    assert caught.args == [None]


def test_a_file_that_changes_is_drawn_anew(scene_view, wav):
    assert wave_rows(scene_view, drawn(scene_view), 3.03) > 50
    write_burst(wav, 5, 6)
    os.utime(wav, ns=(1, 1))
    scene_view.set_scene(scene_view.model.scene)
    picture = drawn(scene_view)
    assert wave_rows(scene_view, picture, 3.03) <= 2
    assert wave_rows(scene_view, picture, 5.53) > 50


def test_rulers_and_pictures_are_told(scene_view, qtbot):
    with qtbot.waitSignal(scene_view.ruler_changed) as caught:
        scene_view.corner.ruler.activated.emit(2)
    assert caught.args == ["bars"]
    with qtbot.waitSignal(scene_view.spectrogram_changed):
        scene_view.corner.spectrogram.click()
    assert scene_view.model.spectrogram


# Threads


def test_threads_make_the_same_picture_and_end(qtbot, tmp_path, wav):
    view = TimelineView(pool=ThreadPool(), cache=PeakCache(tmp_path / "cache"))
    qtbot.addWidget(view, before_close_func=lambda v: v.shut_down())
    view.resize(1000, 500)
    view.show()
    view.set_scene(scene_of(wav))
    qtbot.waitUntil(lambda: not view.store.is_busy and wave_rows(view, drawn(view), 3.03) > 50)
    view.shut_down()
    assert not view.store.is_busy


def test_closing_in_the_middle_of_reading_waits_for_nothing_long(qtbot, tmp_path):
    long = write_burst(tmp_path / "long.wav", 1, 1000, seconds=1200)
    view = TimelineView(pool=ThreadPool(), cache=PeakCache(tmp_path / "cache"))
    qtbot.addWidget(view, before_close_func=lambda v: v.shut_down())
    view.set_scene(scene_of(long))
    view.store.sound_state(long)
    view.shut_down()
    assert not (tmp_path / "cache").exists() or not list((tmp_path / "cache").iterdir())


def test_a_file_that_comes_later_is_drawn_when_it_is_there(view, tmp_path):
    late = tmp_path / "late.wav"
    view.set_scene(scene_of(late))
    assert wave_rows(view, drawn(view), 3.03) == 0
    write_burst(late)
    view.store.check_files()
    assert wave_rows(view, drawn(view), 3.03) > 50
