"""Markers that the user sets in the panel."""

from dataclasses import replace
from pathlib import Path

from flowsep_ui.studio.autosave import load, save
from flowsep_ui.studio.markers import (
    front_markers,
    new_marker_name,
    with_marker,
    with_moved_marker,
    with_renamed_marker,
    without_marker,
)
from flowsep_ui.studio.workspace import Document, Workspace

from flowsep_plugin import Span
from flowsep_plugin.timeline import Marker

LATE, EARLY = Marker("late", Span(900, 0, 100)), Marker("early", Span(100, 50, 100))
OPEN = Workspace(documents=(Document("d", "files", (Path("a.wav"),)),), front_id="d")
SET = with_marker(with_marker(OPEN, LATE), EARLY)


def test_markers_of_a_document_are_in_order_of_time():
    assert front_markers(SET) == (EARLY, LATE)
    assert front_markers(replace(SET, front_id="other")) == ()


def test_nothing_is_set_where_no_document_is_open():
    assert with_marker(Workspace(), LATE) == Workspace()


def test_a_marker_at_the_same_place_replaces_the_one_before():
    again = with_marker(SET, Marker("again", LATE.span))
    assert [marker.name for marker in front_markers(again)] == ["early", "again"]


def test_a_marker_is_renamed_moved_and_removed():
    renamed = with_renamed_marker(SET, LATE, "  the   dog ")
    assert front_markers(renamed)[1] == Marker("the dog", LATE.span)
    moved = with_moved_marker(SET, EARLY, -7)
    assert front_markers(moved)[0] == Marker("early", Span(0, 50, 100))
    assert without_marker(without_marker(SET, LATE), EARLY) == OPEN


def test_an_empty_name_and_an_unknown_marker_change_nothing():
    assert with_renamed_marker(SET, LATE, " ") == SET
    assert with_moved_marker(SET, Marker("unknown", LATE.span), 3) == SET


def test_new_markers_are_numbered():
    assert new_marker_name(()) == "Marker 1"
    assert new_marker_name([Marker("Marker 1", LATE.span), Marker("Marker 3", LATE.span)]) == "Marker 2"


def test_markers_are_saved_with_the_workspace(tmp_path: Path):
    save(tmp_path / "workspace.json", SET, {})
    saved = load(tmp_path / "workspace.json")
    assert saved is not None
    assert saved.workspace == SET
