"""Times of Ardour's sessions: superclocks between frames, ticks, tempo ramps, samples of version 6, fades."""

from fractions import Fraction
from pathlib import Path

import pytest
from ardour_makers import FRAME, RATE, SUPERCLOCKS, curve, only_clip, region, write_session, write_take

from flowsep_plugin.errors import SessionError
from flowsep_plugin.timeline import Tempo, read_session
from flowsep_plugin.timeline.formats.ardour.read import session_clock
from flowsep_plugin.timeline.formats.ardour.tempo import superclock_at, ticks_at
from flowsep_plugin.timeline.formats.xml_text import parse_xml
from flowsep_plugin.timeline.tempo import TimeSignature

RAMP = (
    '<Tempo npm="82" enpm="82" note-type="4" sclock="0" quarters="0:0" omega="0"/>'
    '<Tempo npm="82" enpm="66" note-type="4" sclock="3304273168" quarters="16:0" {omega}/>'
    '<Tempo npm="66" enpm="66" note-type="4" sclock="8818058900" quarters="40:0" omega="0"/>'
)
WITH_OMEGA = RAMP.format(omega='omega="-3.936759894313325e-11"')
WITHOUT_OMEGA = RAMP.format(omega='omega_beats="0"')  # as Ardour 7.5 writes it


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "song" / "song.ardour"
    write_take(path)
    return path


@pytest.mark.parametrize("past", [0, 1, FRAME // 2, FRAME - 1])
def test_what_lies_between_two_frames_is_rounded_down(path: Path, past: int) -> None:
    start, length, place = (frame * FRAME + past for frame in (5, 900, 77))
    clip = only_clip(write_session(path, region(10, f'start="a{start}" length="a{length}@a{place}"')))
    assert (clip.cut.start, clip.place.frames, clip.place.start) == (5, 900, 77)


def test_superclocks_are_counted_as_the_session_says(path: Path) -> None:
    text = write_session(path, region(10, 'start="a0" length="a9000@a18000"'))
    text.write_text(text.read_text().replace(f'per-second="{SUPERCLOCKS}"', f'per-second="{9 * RATE}"'))
    assert (only_clip(text).place.start, only_clip(text).place.frames) == (2000, 1000)


def test_places_and_lengths_in_ticks_follow_the_tempo(path: Path) -> None:
    clip = only_clip(write_session(path, region(10, 'start="b960" length="b100@b1920"')))
    assert (clip.cut.start, clip.place.start, clip.place.frames) == (12_000, 24_000, 1250)
    mixed = only_clip(write_session(path, region(10, f'start="a0" length="b1920@a{24_000 * FRAME + 3}"')))
    assert (mixed.place.start, mixed.place.frames) == (24_000, 23_999)  # from 3 superclocks late to the beat


@pytest.mark.parametrize("tempos", [WITH_OMEGA, WITHOUT_OMEGA])
@pytest.mark.parametrize(
    ("ticks", "frame"),
    [(16 * 1920, 561_951), (30 * 1920, 1_083_964), (40 * 1920, 1_499_669), (41 * 1920, 1_543_306)],
)
def test_positions_in_ticks_in_and_after_a_ramp_are_where_ardour_7_3_plays_them(
    path: Path, tempos: str, ticks: int, frame: int
) -> None:
    text = write_session(path, region(10, f'start="a0" length="a{FRAME}@b{ticks}"'), tempo=f"<Tempos>{tempos}</Tempos>")
    assert only_clip(text).place.start == frame


def test_a_ramp_becomes_steps_between_which_no_beat_moves(path: Path) -> None:
    text = write_session(path, tempo=f"<Tempos>{WITH_OMEGA}</Tempos>")
    tempo, clock = read_session(text).tempo, session_clock(parse_xml(text.read_bytes(), "Session"))
    for sixteenth in range(4 * 45):
        seconds = Fraction(superclock_at(clock.points, 480 * sixteenth), SUPERCLOCKS)
        assert tempo.quarters(seconds) == pytest.approx(sixteenth / 4, abs=1e-6)


def test_ticks_and_superclocks_are_inverse(path: Path) -> None:
    text = write_session(path, tempo=f"<Tempos>{WITH_OMEGA}</Tempos>")
    points = session_clock(parse_xml(text.read_bytes(), "Session")).points
    assert [ticks_at(points, superclock_at(points, ticks)) for ticks in range(0, 90_000, 777)] == [
        *range(0, 90_000, 777)
    ]


def test_a_tempo_of_0_is_refused(path: Path) -> None:
    text = write_session(path, tempo='<Tempos><Tempo npm="0" note-type="4" sclock="0" quarters="0:0"/></Tempos>')
    with pytest.raises(SessionError, match="a tempo is not above 0"):
        read_session(text)


def test_tempos_and_meters_of_version_6_are_read(path: Path) -> None:
    tempo = (
        '<Tempo pulse="0" frame="0" beats-per-minute="174" note-type="4" end-beats-per-minute="174" active="1"/>'
        '<Tempo pulse="4" frame="264828" beats-per-minute="60" note-type="8" end-beats-per-minute="60" active="1"/>'
        '<Tempo pulse="9" frame="999999" beats-per-minute="1" note-type="4" end-beats-per-minute="1" active="0"/>'
        '<Meter pulse="0" frame="0" bbt="1|1|0" beat="0" note-type="4" divisions-per-bar="3"/>'
        '<Meter pulse="3" frame="0" bbt="5|1|0" beat="12" note-type="8" divisions-per-bar="6"/>'
    )
    read = read_session(write_session(path, version="6000", tempo=tempo)).tempo
    assert [(point.bpm, point.ramp) for point in read.tempos] == [(174, False), (30, False)]
    assert read.tempos[1].at == Fraction(264_828, RATE)
    assert read.signatures == (TimeSignature(Fraction(0), 3, 4), TimeSignature(Fraction(12), 6, 8))


def test_a_session_without_a_tempo_map_counts_120_bpm(path: Path) -> None:
    assert read_session(write_session(path, tempo="")).tempo.tempos == (Tempo(Fraction(0), Fraction(120)),)


def test_places_of_version_6_are_samples(path: Path) -> None:
    span = 'start="7" length="800" position="48123"'
    clip = only_clip(write_session(path, region(10, span), version="6000"))
    assert (clip.cut.start, clip.place.start, clip.place.frames) == (7, 48_123, 800)


def test_a_region_of_tape_mode_ends_with_its_file(path: Path) -> None:
    endless = f'start="a{100 * FRAME}" length="a{10**18}@a0"'
    assert only_clip(write_session(path, region(10, endless))).place.frames == RATE - 100


@pytest.mark.parametrize(
    ("events", "frames"),
    [("0 0\n31.9 0.5\n64 1\n", 64), ("0 0\n1.9393939971923828 0.5\n480.7 1\n", 480), ("a0 0\na376320 1\n", 64),
     ("a0 0\na376321 1\n", 64), ("b0 0\nb960 1\n", 900), ("", 0)],
)  # fmt: skip
def test_a_fade_is_as_long_as_its_last_point_is_late(path: Path, events: str, frames: int) -> None:
    fades = curve("FadeIn", events) + curve("FadeOut", events)
    span = f'start="a0" length="a{900 * FRAME}@a0"'
    clip = only_clip(write_session(path, region(10, span, children=fades, fade_in_active=1, fade_out_active=1)))
    assert (clip.fade_in, clip.fade_out) == (frames, frames)


@pytest.mark.parametrize("children", ["", '<FadeIn default="yes"/>', '<FadeIn steepness="0"/>'])
def test_a_default_fade_lasts_64_frames(path: Path, children: str) -> None:
    assert only_clip(write_session(path, region(10, children=children, fade_in_active=1))).fade_in == 64


def test_fades_that_are_off_are_not_read(path: Path) -> None:
    fade = curve("FadeIn", "a0 0\na376320 1\n")
    assert only_clip(write_session(path, region(10, children=fade))).fade_in == 0
    off = '<Option name="use-region-fades" value="0"/>'
    assert only_clip(write_session(path, region(10, children=fade, fade_in_active=1), config=off)).fade_in == 0
