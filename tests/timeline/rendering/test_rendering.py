"""Stems and rest sound as their sources do, sample by sample: both sessions are rendered without any code of flowsep.

Each clip's sound is split into a random stem and the rest, both are placed, and the session is saved. Rendered by
another parser, it is the same as before where the sources are muted, and twice as loud where they cannot be.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import aaf_reader
import ardour_reader
import dawproject_reader
import edl_reader
import fcpxml_reader
import list_reader
import numpy as np
import otio_reader
import pytest
import reaper_reader
import renderer
import soundfile
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from renderer import PlayedClip, mix
from session_features import add_features
from session_makers import clips, fitted, names

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline import (
    SESSION_FORMATS,
    Capabilities,
    ClipRef,
    Media,
    SessionFormat,
    StemPlacement,
    Timeline,
    Track,
    place_stems,
    read_session,
    save_session,
)
from flowsep_plugin.timeline.place import with_handles

READERS: dict[str, Callable[[Path], Iterator[PlayedClip]]] = {
    "REAPER": reaper_reader.played,
    "Ardour": ardour_reader.played,
    "DAWproject": dawproject_reader.played,
    "AAF": aaf_reader.played,
    "OTIO": otio_reader.played,
    "EDL": edl_reader.played,
    "FCPXML": fcpxml_reader.played,
    "stem list": list_reader.played,
}
RATES = (32_000, 44_100, 48_000)
SECONDS = 0.2
MOST_CLIPS = 4
EXAMPLES = {"AAF": 3}
"""Examples of slow formats; others get 16."""

every_format = pytest.mark.parametrize("form", SESSION_FORMATS, ids=lambda form: form.name)
TOLERANCE = 1e-6


def for_random_data(form: SessionFormat, check: Callable[[st.DataObject], None]) -> None:
    examples = EXAMPLES.get(form.name, 16)
    phases = [Phase.explicit, Phase.generate]  # shrinking takes minutes
    settings(max_examples=examples, phases=phases, suppress_health_check=list(HealthCheck))(given(st.data())(check))()


@pytest.fixture
def pool(tmp_path: Path) -> dict[int, Media]:
    """Write a file of noise for each rate where Ardour needs it."""
    folder = tmp_path / "interchange" / "song" / "audiofiles"
    folder.mkdir(parents=True)
    return {rate: noise(folder / f"täke {rate}.wav", rate, round(SECONDS * rate)) for rate in RATES}


def noise(path: Path, rate: int, frames: int, channels: int = 2) -> Media:
    samples = np.random.default_rng(rate).uniform(-0.5, 0.5, (frames, channels))
    soundfile.write(path, samples.astype(np.float32), rate, "FLOAT")
    return Media(path, rate, channels, frames)


@st.composite
def short_sessions(draw: st.DrawFn, pool: dict[int, Media], able: Capabilities, within: Span | None = None) -> Timeline:
    """Draw a session of clips that follow one another closely; fades do not reach over the edges of `within`."""
    rate = within.rate if within is not None else draw(st.sampled_from(RATES))
    tracks = []
    for number in range(draw(st.integers(1, 3))):
        at, items = draw(st.integers(0, rate // 4)), []
        for index in range(draw(st.integers(2, MOST_CLIPS))):
            clip = draw(clips(rate, pool, able))
            clip = replace(clip, id=f"clip {number}.{index}", place=replace(clip.place, start=at))
            clip = replace(clip, muted=clip.muted and draw(st.booleans()))
            items.append(clip if within is None else with_short_fades(clip, within))
            at += clip.place.frames + draw(st.integers(0, rate // 20))
        name = f"{number} {draw(names).replace('/', '')}"
        muted = able.mute and draw(st.integers(0, 4)) == 0
        tracks.append(Track(f"track {number}", name, tuple(items), 2, muted=muted))
    return fitted(Timeline("song", rate, tuple(tracks)), able)


def with_short_fades(clip: ClipRef, within: Span) -> ClipRef:
    """Return the clip with fades that end where the edges of a range cut it."""
    cuts = [at for at in (within.start, within.stop) if clip.place.start < at < clip.place.stop]
    fade_in = min([clip.fade_in, *(at - clip.place.start for at in cuts)])
    fade_out = min([clip.fade_out, *(clip.place.stop - at for at in cuts)])
    return replace(clip, fade_in=fade_in, fade_out=fade_out)


def split(
    song: Timeline, path: Path, form: SessionFormat, rng: random.Random, within: Span | None = None
) -> Iterator[StemPlacement]:
    """Yield a random stem and the rest of every clip that is heard, in files of their own, with random handles."""
    for number, (track, clip) in enumerate(song.clips()):
        part = clip if within is None else clip.trimmed(within)
        if track.why_silent(clip) is None and part.why_not() is None:
            handles = 0 if form.capabilities.frame_places else rng.choice([1, 7, 300])
            covers = with_handles(part.cut, handles, clip.media.frames if clip.media else None)
            sound = source_sound(clip, path, form, covers)
            stem = (sound * np.random.default_rng(number).uniform(-1, 1, sound.shape)).astype(np.float32)
            for name, samples in (("piano", stem), ("rest", (sound - stem).astype(np.float32))):
                file = form.media_folder(path) / f"{number} {name}.wav"
                file.parent.mkdir(exist_ok=True)
                soundfile.write(file, samples.T, covers.rate, "FLOAT")
                yield StemPlacement(
                    clip.id, name, Media(file, covers.rate, len(samples), covers.frames), covers, within
                )


def source_sound(clip: ClipRef, path: Path, form: SessionFormat, covers: Span) -> np.ndarray:
    """Return the sound of a clip's media at `covers`, (channels, frames), as a separation reads it."""
    assert clip.media is not None
    file = clip.media.path
    if clip.media.member is not None:
        assert form.extract is not None
        folder = path.parent / "extracted"
        folder.mkdir(exist_ok=True)
        file = form.extract(path, clip.media, folder)
    whole = soundfile.read(file, dtype="float64", always_2d=True)[0].T
    sound = np.zeros((len(whole), covers.frames))
    first, stop = max(0, covers.start), min(covers.stop, whole.shape[1])
    sound[:, first - covers.start : stop - covers.start] = whole[:, first:stop]
    return sound


def new_song(
    data: st.DataObject, form: SessionFormat, path: Path, pool: dict[int, Media], within: Span | None = None
) -> Timeline:
    """Write a random session to `path`, with features that only other programs write; returns it as it is read."""
    renderer.sound.cache_clear()
    path.unlink(missing_ok=True)
    able = form.capabilities
    if within is not None:  # elsewhere a range can begin between two frames of a file
        able = replace(able, stretch=False, mixed_rates=False)
    save_session(data.draw(short_sessions(pool, able, within)), path)
    add_features(path, random.Random(data.draw(st.integers(0, 2**32))), delays=within is None)
    return read_session(path)


@every_format
def test_stems_and_rest_sound_as_their_sources_did(form: SessionFormat, pool: dict[int, Media], tmp_path: Path) -> None:
    path, played, counts = tmp_path / f"song{form.suffixes[0]}", READERS[form.name], []

    def check(data: st.DataObject) -> None:
        song = new_song(data, form, path, pool)
        frames = 2 * song.rate + max(clip.place.stop for _, clip in song.clips())
        before = mix(played(path), song.rate, frames)
        stems = list(split(song, path, form, random.Random(data.draw(st.integers(0, 2**32)))))
        counts.append(len(stems))
        save_session(place_stems(song, stems, mute_source=form.capabilities.mute), path)
        after = mix(played(path), song.rate, frames)
        assert np.abs(after - before * (1 if form.capabilities.mute else 2)).max() <= TOLERANCE

    for_random_data(form, check)
    assert sum(counts) >= 2 * len(counts)  # a clip with two stems a session


@every_format
def test_stems_of_a_range_sound_as_their_sources_do_in_it(
    form: SessionFormat, pool: dict[int, Media], tmp_path: Path
) -> None:
    path, played = tmp_path / f"song{form.suffixes[0]}", READERS[form.name]

    def check(data: st.DataObject) -> None:
        rate = data.draw(st.sampled_from(RATES))
        step = rate // 25 if form.capabilities.frame_places else 1
        start, length = (step * data.draw(st.integers(least, rate // step)) for least in (0, 1))
        within = Span(start, length, rate)
        song = new_song(data, form, path, pool, within)
        frames = 2 * rate + max(within.stop, *(clip.place.stop for _, clip in song.clips()))
        before = mix(played(path), rate, frames)
        stems = split(song, path, form, random.Random(data.draw(st.integers(0, 2**32))), within)
        save_session(place_stems(song, list(stems)), path)
        before[:, within.start : within.stop] *= 2
        assert np.abs(mix(played(path), rate, frames) - before).max() <= TOLERANCE

    for_random_data(form, check)
