"""The timeline view: what is drawn where, and what mouse and keys make of it."""

import os
from pathlib import Path

import numpy as np
import pytest
from flowsep_ui.timeline import ContextRequest, FileDrop, LaneState, MarkerView, Scene, Selection, TimelineView
from flowsep_ui.timeline.input.actions import KEYS
from flowsep_ui.timeline.input.commands import Commands
from flowsep_ui.timeline.sound.pool import InlinePool, ThreadPool
from PyQt6.QtCore import QCoreApplication, QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PyQt6.QtGui import QContextMenuEvent, QDropEvent, QKeySequence, QMouseEvent, QWheelEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication
from timeline_makers import RATE, SECONDS, clip_of, lane_of, pixels_of, scene_of, span, write_burst

from flowsep_plugin.media.peak_cache import PeakCache

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    return write_burst(tmp_path / "burst.wav")


@pytest.fixture
def view(qtbot, tmp_path):
    made = TimelineView(pool=InlinePool(), cache=PeakCache(tmp_path / "cache"))
    qtbot.addWidget(made, before_close_func=lambda v: v.shut_down())
    made.canvas.budget_seconds = float("inf")
    made.resize(1000, 500)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def shown(view, wav):
    lane = lane_of(wav, presence=tuple(float(2 <= n / 100 < 4) for n in range(100 * SECONDS)))
    view.set_scene(scene_of(wav, (lane,), (MarkerView("mark", span(6, 6)), MarkerView("part", span(2, 5)))))
    return view


def drawn(view: TimelineView) -> np.ndarray:
    """The canvas, drawn until nothing is asked for any more, and once again with what was asked for last."""
    for _ in range(50):
        view.canvas.grab()
        QCoreApplication.processEvents()
        if not view.store.is_busy:
            break
    return pixels_of(view.canvas.grab().toImage())


def x_of(view: TimelineView, seconds: float) -> int:
    return round(view.model.view.x_of(seconds * RATE))


def at(view: TimelineView, seconds: float, row: int = 0, y: int | None = None) -> QPoint:
    """A place on the canvas: in the middle of a row, or `y` below its top."""
    found = view.model.index.layout.rows[row]
    return QPoint(x_of(view, seconds), found.top - view.model.top + (found.height // 2 if y is None else y))


def pull(view, start: QPoint, stop: QPoint, keys=NONE) -> None:
    QTest.mousePress(view.canvas, LEFT, keys, start)
    for share in (0.3, 0.7, 1.0):
        QTest.mouseMove(view.canvas, start + (stop - start) * share)
        _move(view.canvas, start + (stop - start) * share, keys)
    QTest.mouseRelease(view.canvas, LEFT, keys, stop)


def _move(widget, to: QPoint, keys) -> None:
    """A mouse move with the button and keys held, which QTest cannot say."""
    place = QPointF(to)
    event = QMouseEvent(QEvent.Type.MouseMove, place, QPointF(widget.mapToGlobal(to)), LEFT, LEFT, keys)
    QApplication.sendEvent(widget, event)


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
    wanted = [colours.wave(hue), colours.core(hue)]
    return int(sum((column == np.asarray(colour)).all(axis=1).sum() for colour in wanted))


def test_a_waveform_is_tall_where_there_is_sound_and_a_line_where_there_is_none(shown):
    picture = drawn(shown)
    assert wave_rows(shown, picture, 3.03) > 50
    assert wave_rows(shown, picture, 1.03) <= 2
    assert wave_rows(shown, picture, 5.03) <= 2


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
    assert wave_rows(view, faded, 2.2) < wave_rows(view, faded, 3.8) < full


@pytest.mark.parametrize("seconds", [0.002, 0.02, 0.2, 2])
def test_sound_is_drawn_at_every_zoom(shown, seconds):
    middle = round(3 * RATE)
    shown.model.set_view(shown.model.view.fitted(middle, middle + round(seconds * RATE)))
    silent = shown.model.view.fitted(6 * RATE, 6 * RATE + round(seconds * RATE))
    loud_picture = drawn(shown)
    shown.model.set_view(silent)
    band = shown.model.index.layout.rows[0]
    quiet_picture = drawn(shown)
    rows = slice(band.top + 20, band.bottom - 2)
    assert np.abs(loud_picture[rows].astype(int) - quiet_picture[rows]).max(axis=(1, 2)).mean() > 20


def test_a_selection_is_drawn_from_its_first_frame_to_its_last(shown):
    before = drawn(shown)
    shown.set_selection(Selection(span(2.5, 4.5), None, ("t1",)))
    changed = np.abs(drawn(shown).astype(int) - before).sum(axis=2)
    track = shown.model.index.layout.rows[0]
    columns = np.flatnonzero(changed[track.top + 30 : track.top + 40].any(axis=0))
    assert abs(columns[0] - x_of(shown, 2.5)) <= 4
    assert abs(columns[-1] - x_of(shown, 4.5)) <= 4
    other = shown.model.index.layout.rows[2]
    assert not changed[other.top : other.bottom].any()


def test_a_playhead_is_drawn_at_its_time_and_leaves_nothing_behind(shown):
    before = drawn(shown)
    shown.set_playhead(5.5)
    changed = np.flatnonzero(np.abs(drawn(shown).astype(int) - before).sum(axis=(0, 2)))
    assert abs(changed.max() - x_of(shown, 5.5)) <= 1.5
    shown.set_playhead(0)
    again = np.abs(drawn(shown).astype(int) - before).sum(axis=(0, 2))
    assert not again[x_of(shown, 5) :].any()


def test_a_spectrogram_is_bright_where_there_is_sound(shown):
    shown.set_spectrogram(True)
    picture = drawn(shown).astype(int)
    band = shown.model.index.layout.rows[0]
    rows = slice(band.top + 20, band.bottom - 2)
    ground = picture[rows, x_of(shown, 1.03)].mean(axis=0)
    assert np.abs(picture[rows, x_of(shown, 3.03)].mean(axis=0) - ground).max() > 60
    assert np.abs(picture[rows, x_of(shown, 5.53)].mean(axis=0) - ground).max() < 3


def test_presence_is_drawn_at_the_foot_of_its_lane(shown):
    picture = drawn(shown).astype(int)
    foot = shown.model.index.layout.rows[1].bottom - 4
    there, absent = picture[foot, x_of(shown, 3.03)], picture[foot, x_of(shown, 6.53)]
    assert np.abs(there - absent).max() > 60


@pytest.mark.parametrize(("dx", "dy"), [(24, 0), (-37, 0), (0, 10), (13, 17), (300, -20), (5000, 0)])
@pytest.mark.parametrize("spectrogram", [False, True])
def test_scrolling_shows_the_same_as_drawing_anew(shown, dx, dy, spectrogram):
    shown.resize(600, 240)
    shown.set_spectrogram(spectrogram)
    shown.model.set_view(shown.model.view.zoomed(6, 300).scrolled(200))
    shown.model.set_top(30)
    drawn(shown)
    shown.model.set_view(shown.model.view.scrolled(dx))
    shown.model.set_top(30 + dy)
    scrolled = drawn(shown)
    shown.canvas._layer.invalidate()
    np.testing.assert_array_equal(scrolled, drawn(shown))


def test_sounds_that_come_too_late_for_a_frame_come_with_the_next(shown, wav, qtbot):
    whole = drawn(shown)
    shown.canvas.budget_seconds = 0
    shown.canvas._layer.invalidate()
    part = pixels_of(shown.canvas.grab().toImage())
    assert wave_rows(shown, part, 3.03) > 50
    assert (part != whole).any()
    qtbot.waitUntil(lambda: (pixels_of(shown.canvas.grab().toImage()) == whole).all(), timeout=5000)


def test_a_row_that_changes_while_the_view_scrolls_is_drawn_in_its_place(shown, wav):
    shown.resize(600, 200)
    drawn(shown)
    muted = lane_of(wav, presence=(0.0, 1.0), state=LaneState(mute=True))
    shown.model.set_top(40)
    shown.set_scene(scene_of(wav, (muted,), shown.model.scene.markers))
    changed = drawn(shown)
    shown.canvas._layer.invalidate()
    np.testing.assert_array_equal(changed, drawn(shown))


def test_a_scene_that_is_equal_is_not_drawn_again(shown, wav, monkeypatch):
    drawn(shown)
    seen = []
    monkeypatch.setattr(shown.canvas._layer, "_draw", lambda painter, area: seen.append(area))
    lane = lane_of(wav, presence=tuple(float(2 <= n / 100 < 4) for n in range(100 * SECONDS)))
    shown.set_scene(scene_of(wav, (lane,), shown.model.scene.markers))
    drawn(shown)
    assert not seen


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


def test_hovering_reads_time_level_and_frequency(shown):
    drawn(shown)
    place = at(shown, 3.03)
    hit = shown.model.hit(place.x(), place.y())
    shown.footer.show_hover((hit, QPointF(place)))
    assert shown.footer.hover.text().startswith("0:03.0")
    assert "dBFS" in shown.footer.hover.text()
    shown.set_spectrogram(True)
    shown.footer.show_hover((hit, QPointF(place)))
    assert "Hz" in shown.footer.hover.text()
    silent = at(shown, 1.03)
    shown.footer.show_hover((shown.model.hit(silent.x(), silent.y()), QPointF(silent)))
    assert "−∞ dBFS" in shown.footer.hover.text()


def test_an_empty_view_invites(view, qtbot):
    assert view.empty_state.isVisible()
    with qtbot.waitSignal(view.open_requested):
        view.empty_state.button.click()


def test_the_invitation_goes_when_there_is_something(shown):
    assert not shown.empty_state.isVisible()
    shown.set_scene(Scene("", RATE, 0))
    assert shown.empty_state.isVisible()


# The mouse


def test_dragging_selects_a_range_on_the_tracks_it_crosses(shown, qtbot):
    with qtbot.waitSignal(shown.selection_changed):
        pull(shown, at(shown, 3.3), at(shown, 4.4, row=2), CTRL)
    selection = shown.model.selection
    assert selection.track_ids == ("t1", "t2")
    assert selection.clip_id is None
    assert selection.span.start / RATE == pytest.approx(3.3, abs=0.01)
    assert selection.span.stop / RATE == pytest.approx(4.4, abs=0.01)


def test_a_range_within_one_clip_names_it(shown):
    pull(shown, at(shown, 3.3), at(shown, 4.4), CTRL)
    assert shown.model.selection.clip_id == "c"


def test_a_dragged_edge_snaps_and_control_suspends_it(shown):
    near = 4.97
    pull(shown, at(shown, 3.3), at(shown, near))
    assert shown.model.selection.span.stop == 5 * RATE
    shown.set_selection(None)
    pull(shown, at(shown, 3.3), at(shown, near), CTRL)
    assert shown.model.selection.span.stop / RATE == pytest.approx(near, abs=0.01)


def test_an_edge_is_adjusted_by_its_handle(shown):
    shown.set_selection(Selection(span(3, 4), None, ("t1",)))
    pull(shown, at(shown, 4), at(shown, 5.5), CTRL)
    assert shown.model.selection.span.start == 3 * RATE
    assert shown.model.selection.span.stop / RATE == pytest.approx(5.5, abs=0.01)


def test_a_click_selects_the_clip_and_seeks(shown, qtbot):
    with qtbot.waitSignals([shown.selection_changed, shown.seek_requested]) as caught:
        QTest.mouseClick(shown.canvas, LEFT, NONE, at(shown, 5.5, row=2))
    assert shown.model.selection == Selection(span(5, 7), "b", ("t2",))
    seconds = next(
        signal.args[0]
        for signal in caught.all_signals_and_args
        if len(signal.args) and isinstance(signal.args[0], float)
    )
    assert seconds == pytest.approx(5.5, abs=0.01)


def test_a_click_beside_clips_selects_nothing(shown):
    shown.set_selection(Selection(span(3, 4), None, ("t1",)))
    QTest.mouseClick(shown.canvas, LEFT, NONE, at(shown, 4.2, row=2))
    assert shown.model.selection is None


def test_shift_click_extends_the_selection(shown):
    shown.set_selection(Selection(span(3, 4), None, ("t1",)))
    QTest.mouseClick(shown.canvas, LEFT, SHIFT | CTRL, at(shown, 6.3))
    assert shown.model.selection.span.start == 3 * RATE
    assert shown.model.selection.span.stop / RATE == pytest.approx(6.3, abs=0.01)


def test_a_double_click_activates_the_clip(shown, qtbot):
    with qtbot.waitSignal(shown.clip_activated) as caught:
        QTest.mouseDClick(shown.canvas, LEFT, NONE, at(shown, 5.5, row=2))
    assert caught.args == ["b"]


def test_a_click_on_the_presence_strip_selects_the_region(shown, qtbot):
    height = shown.model.index.layout.rows[1].height
    with qtbot.waitSignal(shown.region_activated) as caught:
        QTest.mouseClick(shown.canvas, LEFT, NONE, at(shown, 3, row=1, y=height - 4))
    assert caught.args == ["l", span(2, 4)]
    assert shown.model.selection == Selection(span(2, 4), "c", ("t1",))


def test_setting_a_selection_is_not_told(shown, qtbot):
    with qtbot.assertNotEmitted(shown.selection_changed):
        shown.set_selection(Selection(span(3, 4)))


def test_an_owner_that_lags_does_not_take_a_drag_out_of_the_hand(shown):
    """The panel shows what it was told a moment ago; by then the mouse is elsewhere."""
    QTest.mousePress(shown.canvas, LEFT, NONE, at(shown, 3.3))
    _move(shown.canvas, at(shown, 4.0), CTRL)
    told = shown.model.selection
    _move(shown.canvas, at(shown, 4.4), CTRL)
    shown.set_selection(told)
    assert shown.model.selection.span.stop / RATE == pytest.approx(4.4, abs=0.01)
    QTest.mouseRelease(shown.canvas, LEFT, NONE, at(shown, 4.4))
    shown.set_selection(told)
    assert shown.model.selection == told


def test_the_ruler_seeks_and_selects_on_all_tracks(shown, qtbot):
    with qtbot.waitSignal(shown.seek_requested) as caught:
        QTest.mouseClick(shown.ruler, LEFT, NONE, QPoint(x_of(shown, 1.5), 30))
    assert caught.args[0] == pytest.approx(1.5, abs=0.01)
    QTest.mousePress(shown.ruler, LEFT, NONE, QPoint(x_of(shown, 3), 30))
    for seconds in (3.5, 4.0):
        _move(shown.ruler, QPoint(x_of(shown, seconds), 30), CTRL)
    QTest.mouseRelease(shown.ruler, LEFT, NONE, QPoint(x_of(shown, 4), 30))
    assert shown.model.selection.track_ids == ()
    assert shown.model.selection.span.stop / RATE == pytest.approx(4.0, abs=0.01)


def test_a_selection_is_moved_on_the_ruler(shown):
    shown.set_selection(Selection(span(3, 4)))
    QTest.mousePress(shown.ruler, LEFT, NONE, QPoint(x_of(shown, 3.5), 20))
    _move(shown.ruler, QPoint(x_of(shown, 5.5), 20), NONE)
    QTest.mouseRelease(shown.ruler, LEFT, NONE, QPoint(x_of(shown, 5.5), 20))
    assert shown.model.selection.span.start / RATE == pytest.approx(5, abs=0.02)
    assert shown.model.selection.span.frames == RATE


def test_a_region_marker_is_selected_by_a_double_click(shown):
    QTest.mouseDClick(shown.ruler, LEFT, NONE, QPoint(x_of(shown, 3), 6))
    assert shown.model.selection == Selection(span(2, 5))


def test_the_wheel_zooms_at_the_mouse(shown):
    place = at(shown, 3)
    before = shown.model.view
    turn(shown.canvas, place, 1)
    assert shown.model.view.frames_per_pixel < before.frames_per_pixel
    assert abs(shown.model.view.x_of(3 * RATE) - place.x()) <= 1.5


def test_wheel_with_keys_and_trackpads_scroll(shown):
    shown.resize(1000, 220)
    shown.model.set_view(shown.model.view.zoomed(4, 300))
    left, top = shown.model.view.left, shown.model.top
    turn(shown.canvas, at(shown, 3), -1, SHIFT)
    assert shown.model.view.left == left + 90
    turn(shown.canvas, at(shown, 3), pixels=QPoint(25, -11), phase=Qt.ScrollPhase.ScrollUpdate)
    assert (shown.model.view.left, shown.model.top) == (left + 65, top + 11)
    turn(shown.heads, QPoint(10, 10), -1)
    assert shown.model.top > top + 11


def test_control_shift_wheel_changes_the_height_of_rows(shown):
    before = shown.model.index.layout.height
    turn(shown.canvas, at(shown, 3), 2, SHIFT | CTRL)
    assert shown.model.index.layout.height > before


def test_rows_fill_the_height_until_they_are_set_by_hand(shown, wav):
    layout = shown.model.index.layout
    assert shown.canvas.height() - 20 <= layout.height <= shown.canvas.height()
    shown.resize(1000, 640)
    assert shown.model.index.layout.height > layout.height
    turn(shown.canvas, at(shown, 3), -2, SHIFT | CTRL)
    by_hand = shown.model.index.layout.height
    shown.resize(1000, 500)
    assert shown.model.index.layout.height == by_hand
    shown.run("fit_rows")
    assert shown.model.index.layout.height == layout.height


def test_a_context_menu_is_asked_for_with_what_lies_there(shown, qtbot):
    place = at(shown, 5.5, row=2)
    with qtbot.waitSignal(shown.context_requested) as caught:
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, shown.canvas.mapToGlobal(place))
        QApplication.sendEvent(shown.canvas, event)
    (request,) = caught.args
    assert isinstance(request, ContextRequest)
    assert (request.spot, request.track_id, request.clip_id) == ("clip", "t2", "b")
    assert shown.model.selection.clip_id == "b"


def test_files_that_are_dropped_are_told_with_place_and_track(shown, qtbot, wav):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(wav))])
    place = QPointF(shown.canvas.mapTo(shown, at(shown, 5, row=2)))
    event = QDropEvent(place, Qt.DropAction.CopyAction, mime, LEFT, NONE)
    with qtbot.waitSignal(shown.files_dropped) as caught:
        shown.dropEvent(event)
    (dropped,) = caught.args
    assert dropped == FileDrop((wav,), pytest.approx(5.0, abs=0.01), "t2")


# Lanes


def test_lane_controls_say_what_is_wanted_and_wait_for_the_scene(shown, qtbot):
    head = shown.heads.head("l")
    with qtbot.waitSignal(shown.lane_changed) as caught:
        head.solo.click()
    assert caught.args == ["l", LaneState(solo=True)]
    with qtbot.waitSignal(shown.lane_changed) as caught:
        head.gain.setValue(-6)
    assert caught.args[1].gain_db == -6


def test_a_lane_shows_its_state_without_saying_so(shown, wav, qtbot):
    with qtbot.assertNotEmitted(shown.lane_changed):
        shown.set_scene(scene_of(wav, (lane_of(wav, state=LaneState(True, True, -3.0)),)))
    head = shown.heads.head("l")
    assert (head.solo.isChecked(), head.mute.isChecked(), head.gain.value()) == (True, True, -3.0)


def test_a_lane_is_dragged_out_by_its_name(shown, qtbot):
    head = shown.heads.head("l")
    with qtbot.waitSignal(shown.lane_drag_started) as caught:
        QTest.mousePress(head, LEFT, NONE, QPoint(40, 8))
        _move(head, QPoint(80, 40), NONE)
    assert caught.args == ["l"]


def test_everything_has_an_accessible_name(shown):
    head = shown.heads.head("l")
    widgets = [shown, shown.canvas, shown.ruler, shown.heads, head, head.solo, head.mute, head.gain, shown.corner.ruler,
               shown.corner.spectrogram, shown.bars.along, shown.bars.down]  # fmt: skip
    assert all(widget.accessibleName() for widget in widgets)
    shown.set_selection(Selection(span(3, 4)))
    assert "0:03.000" in shown.canvas.accessibleDescription()


# The keys


def press(view, keys: str) -> None:
    view.canvas.setFocus()
    code = QKeySequence(keys)[0]
    QTest.keyClick(view.canvas, code.key(), code.keyboardModifiers())


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


def test_keys_move_the_playhead_and_extend_the_selection(shown, qtbot):
    shown.activateWindow()
    shown.set_playhead(2)
    with qtbot.waitSignal(shown.seek_requested):
        press(shown, "Ctrl+Right")
    assert shown.model.playhead == 3 * RATE
    press(shown, "Ctrl+Shift+Right")
    assert shown.model.selection.span == span(3, 4) or shown.model.selection.span == span(3, 5)
    press(shown, "Ctrl+Shift+Left")
    press(shown, "Ctrl+Shift+Left")
    assert shown.model.selection.span == span(2, 3)
    press(shown, "Esc")
    assert shown.model.selection is None


def test_keys_walk_through_rows_clips_and_regions(shown, qtbot):
    for _ in range(3):
        press(shown, "Down")
    assert shown.model.row_id == "t2"
    press(shown, "N")
    press(shown, "N")
    assert shown.model.selection.clip_id == "b"
    press(shown, "Shift+N")
    assert shown.model.selection.clip_id == "a"
    press(shown, "Up")
    assert shown.model.row_id == "l"
    shown.set_playhead(0)
    with qtbot.waitSignal(shown.region_activated):
        press(shown, "R")
    with qtbot.waitSignal(shown.lane_changed) as caught:
        press(shown, "M")
    assert caught.args == ["l", LaneState(mute=True)]


def test_zoom_to_selection_fills_the_view(shown):
    shown.set_selection(Selection(span(3, 4)))
    press(shown, "Z")
    assert shown.model.view.x_of(3 * RATE) == pytest.approx(12, abs=2)
    assert shown.model.view.x_of(4 * RATE) == pytest.approx(shown.canvas.width() - 12, abs=2)
    press(shown, "Shift+Z")
    assert shown.model.view == shown.model.view.fitted(0, SECONDS * RATE)


# Scenes that change


def test_a_changed_scene_keeps_zoom_and_selection(shown, wav):
    shown.set_selection(Selection(span(3, 4), "c", ("t1",)))
    shown.zoom_to_selection()
    before = shown.model.view
    shown.set_scene(scene_of(wav, (lane_of(wav), lane_of(None, "new"))))
    assert shown.model.view == before
    assert shown.model.selection is not None


def test_a_selection_goes_with_its_clip(shown, wav, qtbot):
    shown.set_selection(Selection(span(3, 4), "c", ("t1",)))
    with qtbot.waitSignal(shown.selection_changed) as caught:
        shown.set_scene(Scene("scene", RATE, SECONDS * RATE, scene_of(wav).tracks[1:]))
    assert caught.args == [None]


def test_a_file_that_changes_is_drawn_anew(shown, wav):
    assert wave_rows(shown, drawn(shown), 3.03) > 50
    write_burst(wav, 5, 6)
    os.utime(wav, ns=(1, 1))
    shown.set_scene(shown.model.scene)
    picture = drawn(shown)
    assert wave_rows(shown, picture, 3.03) <= 2
    assert wave_rows(shown, picture, 5.53) > 50


def test_rulers_and_pictures_are_told(shown, qtbot):
    with qtbot.waitSignal(shown.ruler_changed) as caught:
        shown.corner.ruler.activated.emit(2)
    assert caught.args == ["bars"]
    with qtbot.waitSignal(shown.spectrogram_changed):
        shown.corner.spectrogram.click()
    assert shown.model.spectrogram


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
