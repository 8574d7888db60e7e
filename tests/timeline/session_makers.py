"""Random sessions: everything that a format can hold, names that break quoting, and sparse media files."""

import math
import random
import struct
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline import (
    Capabilities,
    ClipRef,
    FrameRate,
    Marker,
    Media,
    Tempo,
    TempoMap,
    Timeline,
    TimeSignature,
    Track,
)
from flowsep_plugin.timeline.clip import media_frames
from flowsep_plugin.timeline.gain_curve import GainCurve
from flowsep_plugin.timeline.names import clean

RATES = (44_100, 48_000, 88_200, 96_000, 176_400, 192_000)
SECONDS = 20
NIGHTMARES = (
    '"', "'", "`", "\"'", "'\"`", "<TRACK", ">", "a|b", "\\", "&amp;<x/>", "]]>", "Müsik", "笛子", "🎹", "%s", "a\nb",
    "\x00x", "\ud800", "\udcff", "é" * 40, "", "-", "{0}", "#", "a\u2028b\u2029c", "\x0b\x0c\x85", "a\r\nb\tc", "-->",
    "<!--", "שלום \u202eعربى", "👩‍👩‍👧‍👦", "e\u0301", "\ufeffx", "\uffff", "<![CDATA[", "&#0;", "${HOME}", "/a/../b",
    "C:\\x", "x" * 2000,
)  # fmt: skip


def sparse_wave(path: Path, rate: int, frames: int, channels: int = 2) -> Media:
    """Write a silent 24-bit WAV file that takes one block of disk."""
    size = frames * channels * 3
    head = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, 1, channels, rate,
                       rate * channels * 3, channels * 3, 24)  # fmt: skip
    with path.open("wb") as file:
        file.write(head + struct.pack("<4sI", b"data", size))
        file.truncate(44 + size)
    return Media(path, rate, channels, frames)


def media_pool(folder: Path, seconds: float = SECONDS) -> dict[int, Media]:
    """Write one file for each rate, with difficult names; returns them by rate."""
    folder.mkdir(parents=True, exist_ok=True)
    return {rate: sparse_wave(folder / f"täke 'one' & \"two\" {rate}.wav", rate, int(rate * seconds)) for rate in RATES}


names = st.one_of(
    st.sampled_from(NIGHTMARES), st.text(max_size=12), st.sampled_from(NIGHTMARES).map(lambda n: f"x {n} y")
)


@st.composite
def clips(draw: st.DrawFn, rate: int, pool: dict[int, Media], able: Capabilities, first: int = 0) -> ClipRef:
    media = pool[draw(st.sampled_from(sorted(pool))) if able.mixed_rates else rate]
    assert media.rate is not None
    assert media.frames is not None
    play_rate = Fraction(draw(st.sampled_from(["1", "0.5", "1.25", "2"]))) if able.stretch else Fraction(1)
    start = draw(st.integers(0, media.frames - 10))
    longest = int((media.frames - start) * rate / media.rate / play_rate)
    length = draw(st.integers(1, max(1, longest)))
    cut = Span(start, media_frames(length, rate, media.rate, play_rate), media.rate)
    fade_in = draw(st.integers(0, length // 2)) if able.fades else 0
    gain = draw(st.floats(0.001, 8.0)) if able.gain else 1.0
    return ClipRef(
        "",
        draw(names),
        media,
        cut,
        Span(first + draw(st.integers(0, 3600 * rate)), length, rate),
        gain=-gain if able.negative_gain and draw(st.booleans()) else gain,
        fade_in=fade_in,
        fade_out=draw(st.integers(0, length - fade_in)) if able.fades else 0,
        play_rate=play_rate,
        reverse=able.reverse and draw(st.booleans()),
        channels=draw(st.sampled_from([None, None, (0,), (1,), (1, 0)])) if able.channels else None,
        muted=able.mute and draw(st.booleans()),
        gain_curve=draw(st.none() | gain_curves(length)) if able.gain_curves else None,
    )


@st.composite
def gain_curves(draw: st.DrawFn, length: int) -> GainCurve:
    frames = sorted(draw(st.sets(st.integers(0, length), min_size=2, max_size=6)) | {0})
    gains = draw(st.lists(st.floats(0.01, 2.0), min_size=len(frames), max_size=len(frames)))
    return GainCurve(tuple((Fraction(frame), gain) for frame, gain in zip(frames, gains, strict=True)))


@st.composite
def tempo_maps(draw: st.DrawFn, rate: int, able: Capabilities) -> TempoMap:
    bpms = st.integers(40_000, 240_000).map(lambda n: Fraction(n, 1000))
    first = Tempo(Fraction(0), draw(bpms))
    if not able.tempo:
        return TempoMap()
    tempos, at = [first], 0
    for gap in draw(st.lists(st.integers(rate // 10, 60 * rate), max_size=5)):
        at += gap
        bpm = draw(bpms)
        if bpm != tempos[-1].bpm:
            tempos.append(Tempo(Fraction(at, rate), bpm, able.ramps and draw(st.booleans())))
    steady = TempoMap(tuple(replace(tempo, ramp=False) for tempo in tempos))
    if any(tempo.ramp for tempo in tempos):
        return TempoMap(tuple(tempos), (TimeSignature(Fraction(0), draw(st.integers(1, 13)), 8),))
    signatures, place = (
        [TimeSignature(Fraction(0), draw(st.integers(1, 13)), draw(st.sampled_from([2, 4, 8, 16])))],
        Fraction(0),
    )
    for bars in draw(st.lists(st.integers(1, 20), max_size=3)):
        place += bars * Fraction(4 * signatures[-1].beats, signatures[-1].unit)
        signatures.append(TimeSignature(place, draw(st.integers(1, 13)), draw(st.sampled_from([2, 4, 8, 16]))))
    return TempoMap(steady.tempos, tuple(signatures))


@st.composite
def sessions(
    draw: st.DrawFn, pool: dict[int, Media], able: Capabilities, most_clips: int = 12, name: str = "song"
) -> Timeline:
    rate = draw(st.sampled_from(sorted(pool)))
    tracks = []
    for number in range(draw(st.integers(1, 4))):
        items, first = [], 0
        for index in range(draw(st.integers(0, most_clips))):
            clip = draw(clips(rate, pool, able, first))
            first = clip.place.start if able.overlaps else clip.place.stop
            items.append(replace(clip, id=f"clip {number}.{index}"))
        items.sort(key=lambda clip: clip.place.start)
        muted = able.mute and draw(st.booleans())
        track_name = draw(names) if able.any_track_name else f"{number} {draw(names).replace('/', '')}"
        tracks.append(Track(f"track {number}", track_name, tuple(items), 2, muted=muted))
    marks = []
    if able.markers:
        for start, length in draw(st.lists(st.tuples(st.integers(0, 3600 * rate), st.integers(0, rate)), max_size=5)):
            marks.append(Marker(draw(names), Span(start, length if able.regions else 0, rate)))
    fps = draw(st.sampled_from([None, FrameRate(Fraction(25)), FrameRate(Fraction(30000, 1001), True),
                                FrameRate(Fraction(24000, 1001))])) if able.frame_rate else None  # fmt: skip
    origin = draw(st.sampled_from([0, 3600 * rate])) if able.origin else 0
    tempo = draw(tempo_maps(rate, able))
    song = Timeline(name, rate, tuple(tracks), tuple(marks), tempo=tempo, origin=origin, frame_rate=fps)
    return fitted(song, able)


def fitted(song: Timeline, able: Capabilities) -> Timeline:
    """Return `song` with all places, cuts and the origin on whole picture frames, where its format needs that."""
    if not able.frame_places:
        return song
    rate = song.frame_rate or FrameRate(Fraction(25))
    origin = on_frame(song.origin, song.rate, rate)

    def place_of(span: Span, earliest: int) -> Span:
        start = max(on_frame(origin + span.start, song.rate, rate) - origin, earliest)
        if not span.frames:
            return Span(start, 0, song.rate)
        shortest = on_frame(origin + start, song.rate, rate, 1)
        stop = max(shortest, on_frame(origin + start + span.frames, song.rate, rate)) - origin
        return Span(start, stop - start, song.rate)

    tracks = []
    for track in song.tracks:
        clips: list[ClipRef] = []
        for clip in track.clips:
            place = place_of(clip.place, clips[-1].place.stop if clips and not able.overlaps else -origin)
            start = on_frame(clip.cut.start, clip.cut.rate, rate)
            cut = Span(start, media_frames(place.frames, song.rate, clip.cut.rate), clip.cut.rate)
            clips.append(replace(clip, place=place, cut=cut))
        tracks.append(replace(track, clips=tuple(clips)))
    markers = tuple(replace(mark, span=place_of(mark.span, -origin)) for mark in song.markers)
    return replace(song, tracks=tuple(tracks), markers=markers, origin=origin, frame_rate=rate)


def a_marker(song: Timeline, able: Capabilities, name: str, span: Span) -> Marker:
    """Return a new marker for `song`, on a whole picture frame where its format needs that."""
    return fitted(replace(song, tracks=(), markers=(Marker(name, span),)), able).markers[0]


def on_frame(sample: int, rate: int, frame_rate: FrameRate, more: int = 0) -> int:
    """Return the sample of the picture frame nearest to `sample`, or of one that is `more` frames later."""
    frame = round(Fraction(sample, rate) * frame_rate.fps) + more
    return math.floor(frame / frame_rate.fps * rate + Fraction(1, 2))


def essence(timeline: Timeline, stored_name: object = None) -> dict[str, object]:
    """Return the content that a format has to keep: no ids, names as stored, gains to 9 digits."""
    stored = stored_name if callable(stored_name) else clean
    return {
        "rate": timeline.rate,
        "origin": timeline.origin,
        "frame rate": timeline.frame_rate,
        "tempos": [(t.at, round(float(t.bpm), 6), t.ramp) for t in timeline.tempo.tempos],
        "meters": timeline.tempo.signatures,
        "markers": [(stored(m.name), m.span) for m in timeline.markers],
        "tracks": [
            (stored(t.name), t.muted, [clip_essence(c, stored) for c in t.clips]) for t in timeline.tracks
        ],
    }  # fmt: skip


def clip_essence(clip: ClipRef, stored_name: object = None) -> tuple[object, ...]:
    stored = stored_name if callable(stored_name) else clean
    media = clip.media
    return (
        stored(clip.name), media.path if media and media.member is None else None, clip.cut, clip.place,
        steady_gain(clip), clip.fade_in, clip.fade_out, clip.play_rate, clip.reverse, clip.channels, clip.muted,
        curve_essence(clip),
    )  # fmt: skip


def steady_gain(clip: ClipRef) -> float | None:
    """Return a clip's gain to 9 digits; None where it moves, as formats multiply gain and curve."""
    curve = clip.gain_curve
    if curve is not None and not curve.is_steady:
        return None
    return float(f"{clip.gain * (1 if curve is None else curve.points[0][1]):.9g}")


def curve_essence(clip: ClipRef) -> list[float] | None:
    """Return a clip's gain over time, sampled at nine places to 6 digits; None where it does not move."""
    curve = clip.gain_curve
    if curve is None or curve.is_steady:
        return None
    return [float(f"{clip.gain * gain:.6g}") for gain in curve.at(np.linspace(0, clip.place.frames, 9))]


def crowd(song: Timeline, pool: dict[int, Media], able: Capabilities, count: int, rng: random.Random) -> Timeline:
    """Return `song` plus a track of `count` clips with everything that its format can hold."""
    media_of = [pool[rate] for rate in pool if able.mixed_rates or rate == song.rate]
    items, at = [], 0
    for number in range(count):
        media = rng.choice(media_of)
        assert media.rate is not None
        assert media.frames is not None
        speed = Fraction(rng.choice(["1", "0.5", "0.917", "2"])) if able.stretch else Fraction(1)
        start = rng.randint(0, media.frames - 10)
        length = rng.randint(
            1, max(1, min(3 * song.rate, int((media.frames - start) * song.rate / media.rate / speed)))
        )
        at += rng.choice([0, 1, rng.randint(0, 60 * song.rate)])
        fade = rng.randint(0, length // 2) if able.fades else 0
        gain = rng.uniform(0.001, 8) * (-1 if able.negative_gain and rng.random() < 0.3 else 1)
        items.append(
            ClipRef(
                id=f"crowd {number}",
                name=f"{rng.choice(NIGHTMARES)} {number}",
                media=media,
                cut=Span(start, media_frames(length, song.rate, media.rate, speed), media.rate),
                place=Span(at, length, song.rate),
                gain=gain if able.gain else 1.0,
                fade_in=fade,
                fade_out=rng.randint(0, length - fade) if able.fades else 0,
                play_rate=speed,
                reverse=able.reverse and rng.random() < 0.3,
                channels=rng.choice([None, (0,), (1, 0)]) if able.channels else None,
                muted=able.mute and rng.random() < 0.2,
            )
        )
        at += 0 if able.overlaps else length
    return fitted(replace(song, tracks=(*song.tracks, Track("crowd", "Crowd", tuple(items), 2))), able)


def large_session(rate: int, media: Media, count: int = 400) -> Timeline:
    """Return a session of five hours, with `count` clips on eight tracks."""
    tracks = []
    for number in range(8):
        items = []
        for index in range(count // 8):
            place = Span(index * 361 * rate + 37 * number + index, 7 * rate + index, rate)
            items.append(
                ClipRef(
                    f"clip {number}.{index}", f"Clip {number} {index}", media, Span(index, place.frames, rate), place
                )
            )
        tracks.append(Track(f"track {number}", f"Track {number}", tuple(items), 2))
    return Timeline("large", rate, tuple(tracks))
