"""Ardour opens sessions that flowsep wrote: same positions, gain, fades and markers, an impulse at its sample."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from ardour_tools import MOST_WANDERING, RATE, ArdourTools

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.span import Span
from flowsep_plugin.media import write_clip
from flowsep_plugin.timeline import (
    ClipRef,
    Marker,
    StemPlacement,
    Timeline,
    Track,
    place_stem,
    read_session,
    save_session,
)
from flowsep_plugin.timeline.formats.ardour.sound import audio_folder
from flowsep_plugin.timeline.gain_curve import GainCurve
from flowsep_plugin.timeline.media import probe_media

pytestmark = pytest.mark.host

NAME = "Drums <&'\""


def impulses(path: Path, frames: int, *at: int) -> Path:
    samples = np.zeros((2, frames), np.float32)
    samples[:, list(at)] = 0.5
    write_clip(path, AudioClip(samples, RATE))
    return path


def test_ardour_opens_saves_and_renders_placed_stems(ardour: ArdourTools, tmp_path: Path) -> None:
    path = ardour.new_session(ardour.directory.folder / "song")
    audio = audio_folder(path)
    take, stem = impulses(audio / "take.wav", RATE, 1000), impulses(audio / "stem.wav", 2000, 500)

    session = read_session(path)
    clip = ClipRef(
        "c", "take", probe_media(take), Span(100, 2000, RATE), Span(48_123, 2000, RATE), gain=0.5, fade_out=300
    )
    track = Track("t", NAME, (clip,), 2, like="none")
    session = replace(session, tracks=(*session.tracks, track), markers=(Marker("here", Span(50_000, 0, RATE)),))
    save_session(session, path)
    (region,) = ardour.resave(path)  # Ardour 8 allows fewer signs in names
    assert region == [NAME if ardour.is_exact else "Drums _&'_", "take", "48123", "2000", "100"]

    again = read_session(path)
    source = again.tracks[0].clips[0]
    assert (source.place, source.cut, source.gain, source.fade_out) == (clip.place, clip.cut, 0.5, 300)
    assert again.markers == session.markers
    save_session(
        place_stem(again, StemPlacement(source.id, "piano", probe_media(stem), source.cut), mute_source=True), path
    )
    regions = ardour.resave(path)
    assert [line[2:] for line in regions] == [["48123", "2000", "100"], ["48123", "2000", "0"]]
    third = read_session(path)
    assert [t.name for t in third.tracks] == [region[0], f"{region[0]} [piano]"]
    assert [c.muted for _, c in third.clips()] == [True, False]

    mix = ardour.export(path, tmp_path / "mix.wav", seconds=2)
    (place,) = np.flatnonzero(np.abs(mix[0]) > 0.1)
    assert abs(place - (48_123 + 500)) <= (0 if ardour.is_exact else MOST_WANDERING)
    assert mix[0, place] == pytest.approx(0.25, abs=1e-6)


def test_ardour_opens_and_renders_a_session_that_flowsep_wrote_whole(ardour: ArdourTools, tmp_path: Path) -> None:
    path = ardour.directory.folder / "song" / "song.ardour"
    folder = audio_folder(path)
    folder.mkdir(parents=True)
    write_clip(folder / "take.wav", AudioClip(np.full((2, RATE), 0.5, np.float32), RATE))
    curve = GainCurve(((Fraction(0), 0.2), (Fraction(12_000), 1.0), (Fraction(12_000), 0.4), (Fraction(24_000), 0.6)))
    media = probe_media(folder / "take.wav")
    over = ClipRef("o", "over", media, Span(0, 100, RATE), Span(40_000, 100, RATE), gain=0.25)
    clip = ClipRef("c", "take", media, Span(0, 24_000, RATE), Span(30_000, 24_000, RATE), gain_curve=curve)
    save_session(Timeline("song", RATE, (Track("t", "T", (clip, over), 2),)), path)
    assert len(ardour.resave(path)) == 2
    expected = np.zeros((2, 2 * RATE))
    expected[:, 30_000:54_000] = 0.5 * curve.at(np.arange(24_000))
    expected[:, 40_000:40_100] += 0.125
    mix = ardour.aligned(ardour.export(path, tmp_path / "mix.wav", seconds=2), expected)
    near_jump = np.abs(np.arange(2 * RATE) - 42_000) < 3
    assert np.where(near_jump, expected, mix) == pytest.approx(expected, abs=2e-4)
    assert not mix[:, :30_000].any()
