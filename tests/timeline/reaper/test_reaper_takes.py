"""Takes of REAPER items: their volume, pan, envelopes, channels, effects; undefined numbers."""

import math
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import rpp
from hypothesis import given
from hypothesis import strategies as st
from reaper_makers import WAVE, item, placed, read_project, track, write_project

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import SessionError
from flowsep_plugin.timeline import ClipRef, StemPlacement, place_takes, read_session, save_session
from flowsep_plugin.timeline.formats.reaper.channel_mode import channel_mode, channels_of
from flowsep_plugin.timeline.formats.reaper.segment import (
    fader_gain,
    fader_position,
    is_near_gain,
    segment,
    straightened,
)
from flowsep_plugin.timeline.media import probe_media

RATE = 48_000


def clip_of(folder: Path, *lines: str, **settings: str) -> ClipRef:
    return read_project(folder, track("t", item("a", *lines, **settings))).tracks[0].clips[0]  # type: ignore[arg-type]


def envelope(name: str, *points: str, act: str = "1 -1", more: tuple[str, ...] = ()) -> str:
    lines = "\n        ".join([f"ACT {act}", *more, *(f"PT {point}" for point in points)])
    return f"{WAVE}\n      <{name}\n        {lines}\n      >"


SECOND = f'{WAVE}\n      TAKE SEL\n      NAME "second"\n      %s\n      SOFFS 0.5\n      {WAVE}'


@pytest.mark.parametrize(
    ("first", "second", "gain", "pan"),
    [
        ("VOLPAN 1 0 1 -1", "TAKEVOLPAN 0.25 0.5 -1", 0.5, "0.25 1 -1"),
        ("VOLPAN 0.5 0.7 0.1 -1", "TAKEVOLPAN -1 -0.5 1", -0.25, "-1 -1 1"),
        ("VOLPAN 0.5 0.7 0.1 2", "CHANMODE 0", 0.5, "0 1 -1"),
    ],
    ids=["pan", "polarity and law", "no line"],
)
def test_volume_and_pan_of_a_later_take_are_read_and_copied(
    tmp_path: Path, first: str, second: str, gain: float, pan: str
) -> None:
    path = write_project(tmp_path, track("t", item("a", first, source=SECOND % second)))
    clip = read_session(path).tracks[0].clips[0]
    assert (clip.name, clip.gain, clip.cut.start) == ("second", gain, RATE // 2)
    text = placed(path, "second")
    assert f"VOLPAN {abs(gain)} {pan}\n" in text


def test_the_first_take_keeps_its_pan_law(tmp_path: Path) -> None:
    assert "VOLPAN 1 0.1 -1 0.5\n" in placed(
        write_project(tmp_path, track("t", item("a", "VOLPAN 0.5 0.1 -2 0.5"))), "a"
    )


UNDEFINED = ["-1.#IND00", "1.#QNAN0", "-1.#J", "1.#INF00", "nan", "-nan", "-nan(ind)", "inf"]


@pytest.mark.parametrize("word", UNDEFINED)
def test_undefined_numbers_are_read_as_what_changes_nothing_and_kept(tmp_path: Path, word: str) -> None:
    lines = [f"FADEIN 1 {word} {word} 1 0 {word} 0", f"VOLPAN {word} {word} {word} {word}", f"SOFFS {word}",
             f"PLAYRATE {word} 1 {word} -1", f"FADEOUT 1 0.5 {word}", f"SNAPOFFS {word}"]  # fmt: skip
    path = write_project(tmp_path, track("t", f"PLAYOFFS {word} 1", f"NCHAN {word}", item("a", *lines)))
    clip = read_session(path).tracks[0].clips[0]
    assert (clip.gain, clip.fade_in, clip.fade_out, clip.play_rate, clip.cut.start) == (1, 0, RATE // 2, 1, 0)
    assert clip.why_not() is None
    stem = placed(path, "a")
    for line in lines:
        assert f"      {line}\n" in path.read_text()
    assert word not in stem.partition("<ITEM")[2].split()


def test_other_words_in_place_of_numbers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="loud"):
        clip_of(tmp_path, "VOLPAN loud 0 1 -1")


def test_an_item_of_negative_length_is_empty(tmp_path: Path) -> None:
    assert clip_of(tmp_path, length="-1").why_not() == "is empty"


FADES = [
    ("FADEIN 1 0.010000 0.000000", 480),
    ("FADEIN 1 0.01 0.25 1 0 0", 12_000),
    ("FADEIN 5 0.2 0 5 0 0.5 0", 9600),
    ("FADEIN 1 -0.5 0", 0),
]


@pytest.mark.parametrize(("line", "frames"), FADES)
def test_fades_of_all_versions_are_read(tmp_path: Path, line: str, frames: int) -> None:
    clip = clip_of(tmp_path, line, "FADEFLAG 1")
    assert (clip.fade_in, clip.fade_out) == (frames, 0)


def test_snap_offset_and_time_base_are_copied(tmp_path: Path) -> None:
    text = placed(write_project(tmp_path, track("t", item("a", "SNAPOFFS 0.25", "BEAT 2", "LOCK 1"))), "a")
    assert "SNAPOFFS 0.25\n" in text
    assert "BEAT 2\n" in text
    assert "LOCK" not in text
    assert "SNAPOFFS" not in placed(tmp_path / "song.rpp", "a", Span(2 * RATE, RATE, RATE))


@pytest.mark.parametrize(
    ("mode", "channels"),
    [(0, None), (1, (1, 0)), (3, (0,)), (66, (63,)), (67, (0, 1)), (130, (63, 64)), (131, (64,)), (194, (127,)),
     (195, (64, 65))],
)  # fmt: skip
def test_channel_modes_are_read_and_written(mode: int, channels: tuple[int, ...] | None) -> None:
    assert channels_of(mode) == channels
    assert channel_mode(channels) == mode


def test_items_that_play_all_takes_are_named(tmp_path: Path) -> None:
    assert clip_of(tmp_path, "ALLTAKES 1").why_not() is None
    clip = clip_of(tmp_path, "ALLTAKES 1", source=SECOND % "CHANMODE 0")
    assert clip.why_not() == "plays all its takes; switch that off first"


def test_video_is_read_and_its_audio_may_be_off(tmp_path: Path) -> None:
    video = WAVE.replace("WAVE", "VIDEO")
    assert clip_of(tmp_path, source=video).why_not() is None
    off = clip_of(tmp_path, source=video.replace("FILE", "AUDIO 0\n        FILE"))
    assert off.silence_reason == "has the audio of its video switched off"


def test_pictures_and_files_without_audio_are_named(tmp_path: Path) -> None:
    (tmp_path / "picture.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    clip = clip_of(tmp_path, source=WAVE.replace("WAVE", "VIDEO").replace("media/take.wav", "picture.jpg"))
    assert clip.why_not() == "plays picture.jpg, which has no audio that can be read; convert it to WAV or FLAC"


def test_a_take_that_is_set_offline_is_silent(tmp_path: Path) -> None:
    clip = clip_of(tmp_path, source=WAVE.replace("WAVE", "_OFFLINE_WAVE"))
    assert (clip.why_not(), clip.silence_reason) == (None, "is set offline in REAPER")


EFFECTS = f"""{WAVE}
      <TAKEFX
        SHOW 0
        BYPASS %d 0 0
        <JS loser/volume ""
          -6 - -
        >
      >"""


def test_effects_and_edits_of_the_take_are_named(tmp_path: Path) -> None:
    on = clip_of(tmp_path, "SAMPLEEDITS 1 1 44100", "SPECTRAL_EDIT 0 1 1 0 0 1 100 200", source=EFFECTS % 0)
    assert [str(d) for d in on.differences] == [
        "plug-in 'loser/volume'", "effect 'sample edits'", "effect 'spectral edits'"
    ]  # fmt: skip
    assert not clip_of(tmp_path, "SAMPLEEDITS 0 1 44100", source=EFFECTS % 1).differences


def test_effects_of_takes_that_do_not_play_are_no_differences(tmp_path: Path) -> None:
    later = f'{EFFECTS % 0}\n      TAKE SEL\n      NAME "second"\n      {WAVE}'
    assert not clip_of(tmp_path, "SAMPLEEDITS 1 1 44100", source=later).differences


# envelopes


def gains(clip: ClipRef, *seconds: float) -> list[float]:
    assert clip.gain_curve is not None
    return [round(float(gain), 4) for gain in clip.gain_curve.at(np.array(seconds) * RATE)]


def test_a_volume_envelope_is_a_gain_curve(tmp_path: Path) -> None:
    clip = clip_of(tmp_path, source=envelope("VOLENV", "0 1 0", "1 0.5 1", "1.5 0.25 0"))
    assert gains(clip, 0, 0.5, 1, 1.25, 1.4999, 1.5, 2) == [1, 0.75, 0.5, 0.5, 0.5, 0.25, 0.25]


def test_points_are_in_the_takes_own_time(tmp_path: Path) -> None:
    """A take at double speed passes through its envelope in half of the time."""
    clip = clip_of(tmp_path, "PLAYRATE 2 1 0 -1", source=envelope("VOLENV", "0 0 0", "2 1 0"))
    assert gains(clip, 0.25, 0.5, 1) == [0.25, 0.5, 1]


@pytest.mark.parametrize(
    "source",
    [
        envelope("VOLENV", "0 1 0", "1 0 0", act="0 -1"),
        envelope("VOLENV"),
        envelope("VOLENV", "0 1 0"),
        envelope("VOLENV", "0 1 0", "1 1 5 0 0 0 0.5"),
        envelope("MUTEENV", "0 1 1", "1 1 1"),
        envelope("PANENV", "0 1 0", "1 -1 0"),
    ],
    ids=["off", "no points", "neutral", "neutral curve", "never muted", "pan"],
)
def test_envelopes_that_do_not_move_the_gain_are_no_gain_curve(tmp_path: Path, source: str) -> None:
    assert clip_of(tmp_path, source=source).gain_curve is None


@pytest.mark.parametrize(
    ("shape", "way"),
    [
        ("2", lambda f: f * f * (3 - 2 * f)),
        ("3", lambda f: 1 - (1 - f) ** 3),
        ("4", lambda f: f**3),
        ("0", lambda f: f),
        ("-1", lambda f: f**3),
        ("", lambda f: f**3),
    ],
    ids=["slow start and end", "fast start", "fast end", "straight", "usual shape", "no shape"],
)
def test_every_shape_is_followed_within_a_twentieth_of_a_decibel(tmp_path: Path, shape: str, way: object) -> None:
    clip = clip_of(tmp_path, source=envelope("VOLENV", f"0 1 {shape}", "1 0.01 0", more=("DEFSHAPE 4 -1 -1",)))
    assert clip.gain_curve is not None
    assert callable(way)
    for share in np.linspace(0, 1, 97):
        (gain,) = clip.gain_curve.at(np.array([share * RATE]))
        assert abs(20 * math.log10(gain / (1 + (0.01 - 1) * way(share)))) < 0.05


@given(st.floats(-1, 1), st.booleans())
def test_bezier_curves_rise_from_first_to_last_value(tension: float, fader: bool) -> None:
    curve = segment(0.1, 1.0, 5, tension, fader=fader)
    values = [curve(share) for share in np.linspace(0, 1, 21)]
    assert values[0] == pytest.approx(0.1)
    assert values[-1] == pytest.approx(1.0)
    assert all(b >= a - 1e-9 for a, b in pairwise(values))
    mirrored = segment(0.0, 1.0, 5, -tension)
    assert [1 - segment(0.0, 1.0, 5, tension)(1 - share) for share in (0.2, 0.7)] == pytest.approx(
        [mirrored(0.2), mirrored(0.7)], abs=1e-9
    )


FADER = [(0.025, -90.14), (0.1, -54.01), (0.25, -30.01), (0.5, -11.06), (0.71621785031, 0.0), (0.75, 1.54),
         (0.852774454407, 6.0206), (1.0, 12.0)]  # fmt: skip
"""Positions of REAPER's fader and their decibels, measured by others in REAPER itself."""


@pytest.mark.parametrize(("position", "decibels"), FADER)
def test_the_fader_scale_is_reapers(position: float, decibels: float) -> None:
    assert 20 * math.log10(fader_gain(position)) == pytest.approx(decibels, abs=0.006)
    assert fader_position(fader_gain(position)) == pytest.approx(position, abs=1e-9)


def test_envelopes_on_the_fader_scale_are_straight_there(tmp_path: Path) -> None:
    clip = clip_of(tmp_path, source=envelope("VOLENV", "0 1 0", "1 0 0", more=("VOLTYPE 1",)))
    assert clip.gain_curve is not None
    for share in np.linspace(0, 0.97, 60):
        (gain,) = clip.gain_curve.at(np.array([share * RATE]))
        true = fader_gain(fader_position(1.0) * (1 - share))
        assert abs(20 * math.log10(gain / true)) < 0.05
    assert gains(clip, 1, 2) == [0, 0]
    assert len(clip.gain_curve.points) < 200


@given(st.floats(0, 4), st.floats(0, 4), st.integers(2, 5), st.floats(-1, 1), st.booleans())
def test_straight_lines_follow_a_segment(first: float, last: float, shape: int, tension: float, fader: bool) -> None:
    curve = segment(first, last, shape, tension, fader=fader)
    points = [(0.0, curve(0.0)), *straightened(curve, is_near_gain), (1.0, curve(1.0))]
    shares = np.linspace(0, 1, 301)
    lines = np.interp(shares, [share for share, _ in points], [value for _, value in points])
    for share, line in zip(shares, lines, strict=True):
        assert abs(curve(share) - line) <= 10 ** (0.05 / 20) * max(curve(share), 1e-5) - max(curve(share), 1e-5)


def test_a_mute_envelope_silences_its_part(tmp_path: Path) -> None:
    source = envelope("MUTEENV", "0 1 1", "0.5 0 1", "1 1 1") + envelope("VOLENV", "0 0.8 0", "2 0.4 0")[len(WAVE) :]
    assert gains(clip_of(tmp_path, source=source), 0.25, 0.4999, 0.5, 0.9999, 1, 1.5) == [0.75, 0.7, 0, 0, 0.6, 0.5]


VOLUME = ("VOLENV", "0 1 0", "1 0.5 5 0 0 0 0.3", "2 0.25 0")


def test_a_whole_stem_copies_the_envelopes_as_they_are(tmp_path: Path) -> None:
    source = envelope(*VOLUME, more=("EGUID {AAAAAAAA-0000-0000-0000-000000000000}", "VOLTYPE 1"))
    source += envelope("PITCHENV", "0 0 0", "1 2.5 0")[len(WAVE) :]
    path = write_project(tmp_path, track("t", item("a", source=source)))
    old = read_session(path).tracks[0].clips[0]
    text = placed(path, "a")
    for line in ("PT 1 0.5 5 0 0 0 0.3", "VOLTYPE 1", "<PITCHENV", "PT 1 2.5 0"):
        assert f"{line}\n" in text
    assert "AAAAAAAA-0000" not in text
    assert read_session(path).tracks[1].clips[0].gain_curve == old.gain_curve


@pytest.mark.parametrize("play_rate", ["1", "0.5", "1.25"])
def test_a_part_of_a_stem_has_its_part_of_the_envelopes(tmp_path: Path, play_rate: str) -> None:
    source = envelope(*VOLUME)
    source += envelope("PANENV", "0 -1 2", "2 1 0")[len(WAVE) :]
    path = write_project(tmp_path, track("t", item("a", f"PLAYRATE {play_rate} 1 0 -1", source=source)))
    old = read_session(path).tracks[0].clips[0]
    placed(path, "a", Span(RATE + 12_345, 24_001, RATE))
    part = read_session(path).tracks[1].clips[0]
    assert part.place == Span(RATE + 12_345, 24_001, RATE)
    assert old.gain_curve is not None
    assert part.gain_curve is not None
    frames = np.linspace(0, 24_000, 50)
    assert part.gain_curve.at(frames) == pytest.approx(old.gain_curve.at(frames + 12_345), rel=1e-6)
    theirs = rpp.loads(path.read_text()).findall("TRACK")[1]
    pans = [(float(p[1]), float(p[2])) for p in theirs.find("ITEM").find("PANENV").findall("PT")]
    for seconds, pan in pans:
        share = min(1.0, (seconds + 12_345 / RATE * float(Fraction(play_rate))) / 2)
        assert pan == pytest.approx(-1 + 2 * share * share * (3 - 2 * share), abs=0.003)
    assert pans[-1][0] == pytest.approx(24_001 / RATE * float(Fraction(play_rate)))


def test_an_envelope_that_is_off_does_not_come_back_in_a_part(tmp_path: Path) -> None:
    source = envelope("PANENV", "0 -1 0", "2 1 0", act="0 -1")
    path = write_project(tmp_path, track("t", item("a", source=source)))
    assert "PANENV" not in placed(path, "a", Span(RATE, 24_000, RATE))


def test_a_stem_as_take_has_the_envelopes_of_its_source(tmp_path: Path) -> None:
    path = write_project(tmp_path, track("t", item("a", "VOLPAN 1 0.2 -0.5 -1", source=envelope(*VOLUME))))
    song = read_session(path)
    (clip,) = song.tracks[0].clips
    media = probe_media(tmp_path / "FlowSep" / "stem.wav")
    save_session(place_takes(song, [StemPlacement(clip.id, "dog", media, clip.cut)]), path)
    text = path.read_text()
    assert text.count("PT 1 0.5 5 0 0 0 0.3") == 2
    assert "TAKEVOLPAN 0.2 -0.5 -1\n" in text
    path.write_text(text.replace("      TAKE\n", "      TAKE SEL\n"))
    again = read_session(path).tracks[0].clips[0]
    assert (again.name, again.gain, again.gain_curve) == ("dog", clip.gain, clip.gain_curve)
