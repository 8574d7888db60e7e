"""Sessions that others made: listed or rightly refused, read as other readers do, and kept when they are written back.

The files are not in the repository; without their folder these tests are skipped.
"""

import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from foreign import assert_kept
from lxml import etree
from other_readers import OURS, READERS, Reader, Unreadable
from session_files import FOLDER, MISSING, facts, files, plain_name, refusals, session_file, unpack
from session_makers import sparse_wave

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import FlowsepError
from flowsep_plugin.timeline import (
    ClipRef,
    Marker,
    Media,
    StemPlacement,
    Timeline,
    by_suffix,
    place_stem,
    read_session,
    save_session,
    session_suffixes,
)
from flowsep_plugin.timeline.exports.midi_import import read_midi_tempo

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=MISSING)
ALL = files()
SESSIONS = [path for path in ALL if Path(plain_name(path)).suffix.lower() in session_suffixes()]
REFUSED = refusals()
MOST_STEMS = 2


def of_each(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("packed", paths, ids=[f"{path.parent.name}/{plain_name(path)}" for path in paths])


def read(path: Path) -> object:
    """Read a session, or the tempos of a MIDI file."""
    return read_midi_tempo(path) if path.suffix.lower() in (".mid", ".midi") else read_session(path)


def is_too_old(path: Path) -> bool:
    """Return whether an Ardour session is of a version whose positions flowsep does not read."""
    version = re.search(rb'<Session [^>]*version="(\d+)', path.read_bytes()) if path.suffix == ".ardour" else None
    return version is not None and int(version[1]) < 6000


def has_clips(path: Path) -> bool:
    """Return whether a session of Ardour has regions of sound in its playlists."""
    playlists = etree.fromstring(path.read_bytes(), etree.XMLParser(huge_tree=True)).iter("Playlist")
    return any(region.get("type", "audio") == "audio" for one in playlists for region in one.iter("Region"))


def session_of(packed: Path, folder: Path) -> tuple[Path, Timeline]:
    """Return path and timeline of a session; skips the test where it is rightly refused."""
    path = unpack(packed, folder)
    if path.name in REFUSED or (is_too_old(path) and has_clips(path)):
        pytest.skip("is rightly refused")
    return path, read_session(path)


@of_each(ALL)
def test_every_session_is_listed_or_rightly_refused(packed: Path, tmp_path: Path) -> None:
    path = unpack(packed, tmp_path)
    part = REFUSED.get(path.name, r"Ardour \d" if is_too_old(path) and has_clips(path) else None)
    if part is None:
        read(path)
        return
    with pytest.raises(FlowsepError, match=part or None):
        read(path)


@pytest.mark.parametrize("name", sorted({name for name, _, _ in facts()}))
def test_other_readers_agree(name: str, tmp_path: Path) -> None:
    path = unpack(session_file(name), tmp_path)
    if is_too_old(path):
        pytest.skip("is rightly refused")
    song = read_session(path)
    wrong = [
        f"{kind} {values}: {trouble}"
        for other, kind, values in facts()
        if other == name and (trouble := FACTS[kind](song, values))
    ]
    assert not wrong


def wrong_cut(song: Timeline, values: list[str]) -> str | None:
    """Return how a clip's cut differs from `id, start, frames`; None where it does not."""
    clip = song.find(values[0])[1]
    cut = [str(clip.cut.start), str(clip.cut.frames)]
    return None if cut == values[1:] else f"is {cut}"


def wrong_gain(song: Timeline, values: list[str]) -> str | None:
    """Return how a clip's gain differs from `id, gain`; a gain after `~` is one that it must not have."""
    clip = next((clip for _, clip in song.clips() if clip.id == values[0]), None)
    if clip is None:
        return "there is no such clip"
    gain = float(values[1].removeprefix("~"))
    is_same = math.isclose(clip.gain, gain, rel_tol=1e-6, abs_tol=1e-9)
    is_fine = not is_same if values[1].startswith("~") else is_same
    return None if is_fine or clip.obstacle is not None else f"is {clip.gain}"


def wrong_count(song: Timeline, values: list[str]) -> str | None:
    """Return how many clips the tracks have; None where all, or the most of a track, are the number of the fact."""
    counts = [len(track.clips) for track in song.tracks]
    return None if int(values[0]) in (max(counts, default=0), sum(counts)) else f"tracks have {counts}"


FACTS: dict[str, Callable[[Timeline, list[str]], str | None]] = {
    "cut": wrong_cut,
    "gain": wrong_gain,
    "clips": wrong_count,
}


@of_each(SESSIONS)
def test_a_session_saved_without_changes_keeps_every_byte(packed: Path, tmp_path: Path) -> None:
    path, song = session_of(packed, tmp_path)
    before = path.read_bytes()
    copy = tmp_path / f"copy{path.suffix}"
    save_session(song, copy)
    save_session(song, path)
    assert path.read_bytes() == before
    assert_kept_by(path.with_name(path.name), copy)


@of_each(SESSIONS)
def test_a_marker_and_stems_change_nothing_else(packed: Path, tmp_path: Path) -> None:
    path, song = session_of(packed, tmp_path / "song")
    form, before = by_suffix(path), path.with_name(f"before{path.suffix}")
    before.write_bytes(path.read_bytes())
    if form.capabilities.markers:
        song = replace(song, markers=(*song.markers, Marker("here", Span(song.rate, 0, song.rate))))
    placed = {}
    for track, clip in some_clips(song, by_suffix(path).capabilities.gain_curves):
        stem = a_stem(clip, track.channels, form.media_folder(path) / f"{OURS}{len(placed)}.wav")
        placed[stem.media.path.name] = clip
        song = place_stem(song, stem)
    save_session(song, path)
    assert_kept_by(before, path)
    assert_reopens(path, before, placed, song.rate)
    again = read_session(path)
    for name, source in placed.items():
        (stem,) = [clip for _, clip in again.clips() if clip.media is not None and plays(clip.media, name)]
        assert (stem.place, stem.obstacle) == (source.place, None)
        assert stem.gain == pytest.approx(source.gain, rel=1e-6)
        assert (stem.fade_in, stem.fade_out, stem.cut.frames) == (source.fade_in, source.fade_out, source.cut.frames)


def plays(media: Media, name: str) -> bool:
    """Return whether a clip's media is the file of that name, or its copy inside the session."""
    return name in (media.path.name, Path(media.member or "").name)


def some_clips(song: Timeline, with_gain_curves: bool) -> list[tuple[object, ClipRef]]:
    """Return a few clips that can be separated once their media are there, spread over the session."""
    able = [
        (track, clip)
        for track, clip in song.clips()
        if clip.obstacle is None and clip.media is not None and clip.cut.frames > 0 and clip.place.frames > 0
        if with_gain_curves or clip.gain_curve is None
    ]
    return able[:: max(1, len(able) // MOST_STEMS)][:MOST_STEMS]


def a_stem(clip: ClipRef, track_channels: int | None, path: Path) -> StemPlacement:
    """Return a placement of a silent file with the clip's cut, and as many channels as its source has."""
    path.parent.mkdir(parents=True, exist_ok=True)
    needed = max(clip.channels or (0,)) + 1
    channels = (clip.media.channels if clip.media else None) or max(needed, track_channels or 2)
    return StemPlacement(clip.id, "piano", sparse_wave(path, clip.cut.rate, clip.cut.frames, channels), clip.cut)


def assert_kept_by(old: Path, new: Path) -> None:
    """Assert that `new` has all of `old`, by the rules of its format."""
    lower = [path.rename(path.with_suffix(path.suffix.lower())) for path in (old, new)]
    assert_kept(*lower)
    for path, original in zip(lower, (old, new), strict=True):
        path.rename(original)


def assert_reopens(path: Path, before: Path, placed: dict[str, ClipRef], rate: int) -> None:
    """Assert that every other reader that can read the old session sees each stem at its source's place."""
    for reader in READERS[path.suffix.lower()]:
        try:
            seen = list(reader(path))
        except Unreadable:
            assert not can_read(reader, before)
            continue
        for name, clip in placed.items():
            places = {(round(at * rate), round((at + length) * rate)) for file, (at, length) in seen if file == name}
            assert places == {(clip.place.start, clip.place.stop)}, f"{reader.__name__}: {clip.name}"


def can_read(reader: Reader, path: Path) -> bool:
    """Return whether a reader's library can read a session."""
    try:
        list(reader(path))
    except Unreadable:
        return False
    return True
