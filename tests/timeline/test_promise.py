"""Round trips of every session format: any session is read back exactly, and foreign content is kept.

Random sessions at 44.1 to 192 kHz, hundreds of clips in some; offsets, gains, fades, play rates, tempo maps and markers
as far as the format can hold them; names that break quoting. Foreign content is injected at random places; then stems
are placed, a source is muted, a marker is added, and the session is written back.
"""

import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from foreign import assert_kept, inject
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from session_makers import a_marker, clip_essence, crowd, essence, media_pool, sessions
from test_formats import MOST_CLIPS, a_stem

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline import (
    SESSION_FORMATS,
    Media,
    SessionFormat,
    Timeline,
    by_suffix,
    place_stems,
    read_session,
    save_session,
    session_suffixes,
)

EXAMPLES = {"AAF": 3}
"""Examples of slow formats (pyaaf2 takes seconds); others get 8. Shrinking is off, as it would take minutes."""

CROWDS = {"AAF": [0, 120]}
"""Numbers of clips to add to the session, one for each example in turn."""


@pytest.mark.parametrize("form", SESSION_FORMATS, ids=lambda form: form.name)
def test_any_session_is_read_back_exactly_and_keeps_foreign_content(form: SessionFormat, tmp_path: Path) -> None:
    pool = media_pool(tmp_path / "interchange" / "song" / "audiofiles")
    crowds = CROWDS.get(form.name, [0, 0, 0, 400])
    sizes = round_trip(form, form.suffixes[0], tmp_path, pool, crowds, EXAMPLES.get(form.name, 8))
    assert max(sizes) >= 100


@pytest.mark.parametrize("suffix", session_suffixes(embedding=True))
def test_sessions_with_embedded_sounds_are_read_back_exactly(suffix: str, tmp_path: Path) -> None:
    form = by_suffix(tmp_path / f"x{suffix}")
    pool = media_pool(tmp_path / "media", 0.02)
    assert max(round_trip(form, suffix, tmp_path, pool, [0, 40], EXAMPLES.get(form.name, 6), embed=True)) >= 40


def round_trip(
    form: SessionFormat, suffix: str, folder: Path, pool: dict[int, Media], crowds: list[int], examples: int, *,
    embed: bool = False,
) -> list[int]:  # fmt: skip
    """Run random sessions through a file; returns how many clips each had."""
    path, injected = folder / f"song{suffix}", folder / f"injected{suffix}"
    able, stored = form.capabilities, form.stored_name
    sizes: list[int] = []

    def comparable_essence(timeline: Timeline) -> dict[str, object]:
        """Return the content to compare; embedded sounds have no path of their own."""
        return essence(without_media(timeline) if embed else timeline, stored)

    @settings(max_examples=examples, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.data(), st.integers(0, 2**32))
    def check(data: st.DataObject, seed: int) -> None:
        rng = random.Random(seed)
        song = data.draw(sessions(pool, able, MOST_CLIPS.get(form.name, 12)))
        song = crowd(song, pool, able, crowds[len(sizes) % len(crowds)], rng)
        sizes.append(sum(len(track.clips) for track in song.tracks))
        path.unlink(missing_ok=True)
        save_session(song, path, embed=embed)
        assert not differences(comparable_essence(read_session(path)), comparable_essence(song))

        inject(path, rng)
        shutil.copyfile(path, injected)
        before = read_session(path)
        assert not differences(comparable_essence(before), comparable_essence(song))

        after = with_changes(before, form, pool, rng)
        saved = save_session(after, path, embed=embed)
        assert_kept(injected, path)
        assert (saved.backup is None) == (after == before)
        if saved.backup is not None:
            assert saved.backup.read_bytes() == injected.read_bytes()
            saved.backup.unlink()
        assert_equal(read_session(path), after, form)

    check()
    return sizes


def without_media(timeline: Timeline) -> Timeline:
    """Return the timeline with clips without media."""
    tracks = (replace(t, clips=tuple(replace(c, media=None) for c in t.clips)) for t in timeline.tracks)
    return replace(timeline, tracks=tuple(tracks))


def differences(actual: object, expected: object, where: str = "") -> list[str]:
    """Return where two essences differ, one line of at most 400 characters each."""
    if isinstance(actual, dict) and isinstance(expected, dict):
        return [text for name in expected for text in differences(actual[name], expected[name], f"{where}/{name}")]
    pair = isinstance(actual, list | tuple) and isinstance(expected, list | tuple) and len(actual) == len(expected)  # type: ignore[arg-type]
    if pair:
        return [
            text
            for n, (a, b) in enumerate(zip(actual, expected, strict=True))
            for text in differences(a, b, f"{where}/{n}")
        ]  # type: ignore[call-overload]
    return [] if actual == expected else [f"{where}: {actual!r} is not {expected!r}"[:400]]


def with_changes(before: Timeline, form: SessionFormat, pool: dict[int, object], rng: random.Random) -> Timeline:
    """Return `before` with a few stems, muted sources and a marker, as far as the format can hold them."""
    able = form.capabilities
    clips = [clip for _, clip in before.clips()]
    sources = rng.sample(clips, min(len(clips), rng.randint(0, 3)))
    stems = [replace(a_stem(before, clip.id, pool), name=title) for clip in sources for title in ("piano \"'`", "rest")]  # type: ignore[arg-type]
    after = place_stems(before, stems, mute_source=able.mute and rng.random() < 0.5)
    if able.markers:
        mark = Span(rng.randint(0, 10**6), rng.randint(0, 9000) if able.regions else 0, after.rate)
        after = replace(after, markers=(*after.markers, a_marker(after, able, "here [x] 笛", mark)))
    return after


def assert_equal(actual: Timeline, expected: Timeline, form: SessionFormat) -> None:
    """Assert that a session was read back as written; AAF's new slots come last, Ardour may rename new tracks."""
    stored = form.stored_name
    old, new = ([t for t in expected.tracks if bool(t.like) == is_new] for is_new in (False, True))
    tracks, ordered = actual.tracks, expected.tracks if form.capabilities.inserts_tracks else (*old, *new)
    assert len(tracks) == len(ordered)
    for track, expected_track in zip(tracks, ordered, strict=True):
        assert (track.muted, len(track.clips)) == (expected_track.muted, len(expected_track.clips))
        inside = slice(2, None) if expected_track.like else slice(None)  # the stem may be embedded in the file
        assert [clip_essence(c, stored)[inside] for c in track.clips] == [
            clip_essence(c, stored)[inside] for c in expected_track.clips
        ]
    a, b = essence(actual, stored), essence(expected, stored)
    for name in ("rate", "origin", "frame rate", "tempos", "meters", "markers"):
        assert a[name] == b[name], name
