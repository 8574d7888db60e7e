from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from session_makers import tempo_maps

from flowsep_plugin.errors import UsageError
from flowsep_plugin.timeline import (
    Capabilities,
    Tempo,
    TempoMap,
    Timeline,
    TimeSignature,
    parse_position,
    parse_range,
    parse_rate,
)
from flowsep_plugin.timeline.position import bars_text, timecode_text

NANOSECOND = Fraction(1, 10**9)


@given(st.data(), st.fractions(0, 1000, max_denominator=192_000))
def test_quarters_and_seconds_are_exact_inverses_without_ramps(data: st.DataObject, place: Fraction) -> None:
    tempo = data.draw(tempo_maps(48_000, Capabilities()))
    assert tempo.quarters(tempo.seconds(place)) == place
    assert tempo.seconds(tempo.quarters(place)) == place


@given(st.data(), st.fractions(0, 400, max_denominator=48_000))
def test_quarters_and_seconds_in_ramps_are_inverses_to_a_nanosecond(data: st.DataObject, at: Fraction) -> None:
    tempo = data.draw(tempo_maps(48_000, Capabilities(ramps=True)))
    assert abs(tempo.seconds(tempo.quarters(at)) - at) < NANOSECOND


@given(st.data(), st.fractions(0, 1000, max_denominator=960))
def test_bars_and_beats_convert_back_to_their_quarters(data: st.DataObject, place: Fraction) -> None:
    tempo = data.draw(tempo_maps(48_000, Capabilities()))
    bar, beat, past = tempo.bar_beat(place)
    assert tempo.bar_beat_quarters(bar, beat, past) == place


def test_a_ramp_passes_the_mean_of_its_tempos() -> None:
    tempo = TempoMap((Tempo(Fraction(0), Fraction(60), ramp=True), Tempo(Fraction(10), Fraction(120))))
    assert tempo.quarters(Fraction(10)) == 15
    assert tempo.seconds(Fraction(15)) == 10


def test_a_time_signature_inside_a_bar_starts_a_new_bar() -> None:
    tempo = TempoMap(signatures=(TimeSignature(Fraction(0), 4, 4), TimeSignature(Fraction(6), 3, 4)))
    assert tempo.bar_beat(Fraction(6)) == (3, 1, 0)
    assert tempo.bar_start(4) == 9


@pytest.mark.parametrize(
    "tempos", [(), (Tempo(Fraction(1), Fraction(120)),), (Tempo(Fraction(0), Fraction(0)),),
               (Tempo(Fraction(0), Fraction(1)), Tempo(Fraction(0), Fraction(2)))],
)  # fmt: skip
def test_an_invalid_tempo_map_is_refused(tempos: tuple[Tempo, ...]) -> None:
    with pytest.raises(UsageError):
        TempoMap(tempos)


SONG = Timeline(
    "song", 48_000, tempo=TempoMap((Tempo(Fraction(0), Fraction(120)), Tempo(Fraction(4), Fraction(60)))),
    origin=3600 * 48_000, frame_rate=parse_rate("25"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ("48123", 48123),
        ("48123 samples", 48123),
        ("1.5s", 72_000),
        ("1.5", 72_000),
        ("1:02.25", 2_988_000),
        ("1:00:00", 172_800_000),
        ("01:00:01:05", 57_600),
        ("3|1", 192_000),
        ("3|2|480", 264_000),
        ("1|1", 0),
    ],
)
def test_a_position_can_be_written_in_many_ways(text: str, frame: int) -> None:
    assert parse_position(text, SONG) == frame


def test_a_frame_is_formatted_as_bars_and_timecode() -> None:
    assert bars_text(264_000, SONG) == "3|2|480"
    assert timecode_text(57_600, SONG) == "01:00:01:05"


@pytest.mark.parametrize("text", ["", "abc", "1|9", "1|0", "99:99:99:99", "1:2:3:4:5", "1e3"])
def test_text_other_than_a_position_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_position(text, SONG)


def test_a_timecode_needs_a_frame_rate() -> None:
    with pytest.raises(UsageError, match="needs a frame rate"):
        parse_position("01:00:00:00", Timeline("x", 48_000))


def test_a_range_ends_after_it_starts() -> None:
    assert parse_range("1s", "2s", SONG).frames == 48_000
    with pytest.raises(UsageError, match="not after"):
        parse_range("2s", "1s", SONG)
