"""Gain envelopes of Ardour's regions: every shape as Ardour plays it, copied, trimmed and written."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from ardour_makers import FRAME, RATE, by_id, curve, only_clip, region, write_session, write_take

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline import StemPlacement, Timeline, Track, place_stem, read_session, save_session
from flowsep_plugin.timeline.gain_curve import GainCurve
from flowsep_plugin.timeline.media import probe_media

EVENTS = "a0 0.5\na70560000 1.8\na141120000 0.25\na211680000 0.3\na282240000 1\n"
SECOND = f'start="a0" length="a{RATE * FRAME}@a0"'
PLAYED = {  # gains at 5, 20, 45, 60 and 90 % of the second, from Ardour 7.3's export
    "Linear": (0.76, 1.54, 0.56, 0.27, 0.72),
    "Discrete": (0.5, 0.5, 1.8, 0.25, 0.3),
    "Logarithmic": (0.645997, 1.393195, 0.371027, 0.268913, 0.617801),
    "Exponential": (0.675808, 1.447111, 0.415658, 0.269275, 0.652409),
    "Curved": (0.884541, 1.726835, 0.411310, 0.258686, 0.618425),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "song" / "song.ardour"
    write_take(path)
    return path


def with_envelope(path: Path, style: str = "Linear", events: str = EVENTS, **options: str) -> Path:
    envelope = curve("Envelope", events, style)
    return write_session(path, region(10, SECOND, children=envelope, envelope_active=1), **options)


def with_stem(path: Path, within: Span | None = None) -> Timeline:
    """Return the session of one clip with a stem of it, saved and read again."""
    song = read_session(path)
    ((_, clip),) = song.clips()
    stem = StemPlacement(clip.id, "dog", probe_media(write_take(path, "dog.wav")), clip.cut, within)
    save_session(place_stem(song, stem), path)
    return read_session(path)


@pytest.mark.parametrize("style", PLAYED)
def test_an_envelope_is_read_as_ardour_plays_it(path: Path, style: str) -> None:
    gain_curve = only_clip(with_envelope(path, style)).gain_curve
    assert gain_curve is not None
    gains = gain_curve.at(np.array([0.05, 0.2, 0.45, 0.6, 0.9]) * RATE)
    assert 20 * np.log10(gains / PLAYED[style]) == pytest.approx(0, abs=0.02)


def test_times_of_version_6_are_samples_with_decimals(path: Path) -> None:
    envelope = curve("Envelope", "0 1\n100.5 0.5\n", "Linear")
    span = 'start="0" length="900" position="0"'
    clip = only_clip(write_session(path, region(10, span, children=envelope, envelope_active=1), version="6000"))
    assert clip.gain_curve == GainCurve(((Fraction(0), 1.0), (Fraction(201, 2), 0.5)))


def test_gains_above_2_are_clipped_as_ardour_does(path: Path) -> None:
    gain_curve = only_clip(with_envelope(path, events="a0 5\na141120000 1\n")).gain_curve
    assert gain_curve is not None
    assert gain_curve.points[0][1] == 2


@pytest.mark.parametrize(
    "text",
    [region(10, SECOND, children=curve("Envelope", EVENTS), envelope_active=0),
     region(10, SECOND, children='<Envelope default="yes"/>', envelope_active=1),
     region(10, SECOND, children=curve("Envelope", "a0 1\na282240000 1\n"), envelope_active=1)],
)  # fmt: skip
def test_an_envelope_that_does_nothing_is_none(path: Path, text: str) -> None:
    assert only_clip(write_session(path, text)).gain_curve is None


def test_a_stem_has_the_envelope_of_its_source_unchanged(path: Path) -> None:
    source, stem = (clip for _, clip in with_stem(with_envelope(path, "Exponential")).clips())
    assert source.gain_curve == stem.gain_curve
    assert path.read_text().count(f'interpolation-style="Exponential"><events>{EVENTS}') == 2
    assert path.read_text().count('id="77"') == 1


@pytest.mark.parametrize("version", ["7002", "6000"])
def test_a_stem_of_a_part_has_that_part_of_the_envelope(path: Path, version: str) -> None:
    if version == "6000":
        old = region(10, f'start="0" length="{RATE}" position="0"', envelope_active=1,
                     children=curve("Envelope", "0 0.5\n12000 1.8\n48000 0.2\n", "Exponential"))  # fmt: skip
        write_session(path, old, version=version)
    else:
        with_envelope(path, "Curved")
    source, stem = (clip for _, clip in with_stem(path, Span(5_000, 20_000, RATE)).clips())
    assert source.gain_curve is not None
    assert stem.gain_curve is not None
    places = np.arange(0, 20_000, 500)
    assert stem.gain_curve.at(places) == pytest.approx(source.gain_curve.at(places + 5_000), rel=1e-3)


def test_gains_above_2_are_written_into_the_gain_of_the_region(path: Path, tmp_path: Path) -> None:
    clip = only_clip(with_envelope(path))
    loud = GainCurve(((Fraction(0), 8.0), (Fraction(100), 1.0), (Fraction(100), 3.0)))
    other = tmp_path / "new" / "new.ardour"
    write_take(other)
    media = probe_media(other.parent / "interchange" / "new" / "audiofiles" / "take.wav")
    clip = replace(clip, media=media, gain=0.5, gain_curve=loud)
    save_session(Timeline("new", RATE, (Track("t", "T", (clip,), 1),)), other)
    written = by_id(read_session(other)).popitem()[1]
    assert written.gain_curve is not None
    places = np.array([0, 50, 99, 101, 500])
    assert written.gain * written.gain_curve.at(places) == pytest.approx(0.5 * loud.at(places), rel=1e-9)
