from fractions import Fraction
from pathlib import Path

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsep_plugin.errors import SessionError, UsageError
from flowsep_plugin.hosts.midi_learn import ACTIONS, MidiMap, load_map
from flowsep_plugin.hosts.midi_time import Playhead, PlayheadFollower
from flowsep_plugin.timeline import Tempo, TempoMap, Timeline, format_timecode, parse_rate, parse_timecode

RATES = {0: parse_rate("24"), 1: parse_rate("25"), 2: parse_rate("29.97df"), 3: parse_rate("30")}


def quarter_frames(text: str, kind: int) -> list[mido.Message]:
    hour, minute, second, frame = (int(text[at : at + 2]) for at in (0, 3, 6, 9))
    pieces = [
        frame & 15,
        frame >> 4,
        second & 15,
        second >> 4,
        minute & 15,
        minute >> 4,
        hour & 15,
        hour >> 4 | kind << 1,
    ]
    return [mido.Message("quarter_frame", frame_type=n, frame_value=value) for n, value in enumerate(pieces)]


@given(st.sampled_from(sorted(RATES)), st.integers(0, 2_000_000))
def test_eight_quarter_frames_are_the_time_two_frames_ago(kind: int, frame: int) -> None:
    follower = PlayheadFollower()
    for message in quarter_frames(format_timecode(frame, RATES[kind]), kind):
        follower.receive(message, 0.0)
    assert follower.head.seconds == (frame + 2) / RATES[kind].fps
    assert follower.head.is_running
    assert follower.head.rate == RATES[kind]


def test_pieces_that_got_lost_say_nothing() -> None:
    follower = PlayheadFollower()
    for message in quarter_frames("01:00:00:00", 1)[1:]:
        follower.receive(message, 0.0)
    assert follower.head.seconds is None


def test_a_full_frame_and_a_locate_move_the_playhead() -> None:
    follower = PlayheadFollower()
    follower.receive(mido.Message("sysex", data=[0x7F, 0x7F, 0x01, 0x01, 1 << 5 | 1, 0, 10, 5]), 0.0)
    assert follower.head.seconds == Fraction(parse_timecode("01:00:10:05", RATES[1]), 25)
    follower.receive(mido.Message("sysex", data=[0x7F, 0x7F, 0x06, 0x44, 0x06, 0x01, 1 << 5, 1, 2, 3, 0]), 0.0)
    assert follower.head.seconds == Fraction(parse_timecode("00:01:02:03", RATES[1]), 25)


def test_machine_control_and_clock_start_and_stop() -> None:
    follower = PlayheadFollower()
    assert follower.receive(mido.Message("sysex", data=[0x7F, 0x7F, 0x06, 0x02]), 0.0)
    assert follower.head.is_running
    follower.receive(mido.Message("stop"), 0.0)
    assert not follower.head.is_running


@pytest.mark.parametrize("bpm", [60, 93.5, 174])
def test_the_clock_tells_the_tempo(bpm: float) -> None:
    follower = PlayheadFollower()
    for tick in range(100):
        follower.receive(mido.Message("clock"), tick * 60 / bpm / 24)
    assert follower.head.bpm == pytest.approx(bpm, abs=0.01)


@given(st.lists(st.lists(st.integers(0, 127), max_size=12), max_size=5))
def test_foreign_messages_are_passed_over(data: list[list[int]]) -> None:
    follower = PlayheadFollower()
    for part in data:
        follower.receive(mido.Message("sysex", data=part), 0.0)


def test_an_action_is_learnt_by_touching_a_control(tmp_path: Path) -> None:
    controls = MidiMap()
    press = mido.Message("note_on", channel=9, note=40, velocity=90)
    assert controls.receive(press) is None
    controls.learn("separate")
    assert controls.receive(press) is None
    assert controls.receive(press) == "separate"
    assert controls.receive(mido.Message("note_on", channel=9, note=40, velocity=0)) is None
    controls.save(tmp_path / "map.json")
    assert load_map(tmp_path / "map.json").actions == controls.actions


def test_a_knob_acts_once_when_it_passes_its_middle() -> None:
    controls = MidiMap({("control_change", 0, 20): "compare"})
    turned = [controls.receive(mido.Message("control_change", control=20, value=v)) for v in (10, 70, 80, 127, 20, 90)]
    assert turned == [None, "compare", None, None, None, "compare"]


def test_an_action_has_one_control() -> None:
    controls = MidiMap({("note_on", 0, 1): "cancel"})
    controls.learn("cancel")
    controls.receive(mido.Message("program_change", program=5))
    assert controls.actions == {("program_change", 0, 5): "cancel"}


def test_actions_and_maps_that_are_not_known_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=ACTIONS[0]):
        MidiMap().learn("dance")
    assert load_map(tmp_path / "none.json").actions == {}
    for text in ("{", '[{"control": [1], "action": "separate"}]', '[{"control": ["note_on", 0, 1], "action": "x"}]',
                 "[" * 100_000):  # fmt: skip
        (tmp_path / "map.json").write_text(text)
        with pytest.raises(SessionError, match="learn again"):
            load_map(tmp_path / "map.json")


def test_song_position_and_clock_move_the_playhead_by_the_beat() -> None:
    follower = PlayheadFollower()
    follower.receive(mido.Message("songpos", pos=18), 0.0)
    assert follower.head.quarters == Fraction(9, 2)
    follower.receive(mido.Message("clock"), 0.0)
    assert follower.head.quarters == Fraction(9, 2)
    follower.receive(mido.Message("continue"), 0.0)
    for tick in range(24):
        follower.receive(mido.Message("clock"), tick / 48)
    assert follower.head.quarters == Fraction(11, 2)
    follower.receive(mido.Message("start"), 1.0)
    assert follower.head.quarters == 0


def test_a_time_code_that_ends_has_stopped() -> None:
    follower = PlayheadFollower()
    for message in quarter_frames("01:00:00:00", 1):
        follower.receive(message, 10.0)
    assert not follower.tick(10.2)
    assert follower.head.is_running
    assert follower.tick(11.0)
    assert not follower.head.is_running
    assert not follower.tick(12.0)


def test_a_playhead_lies_on_a_sample_of_a_session() -> None:
    tempo = TempoMap((Tempo(Fraction(0), Fraction(120)), Tempo(Fraction(4), Fraction(60))))
    song = Timeline("song", 48_000, tempo=tempo, origin=3600 * 48_000)
    assert Playhead().frame(song) is None
    assert Playhead(quarters=Fraction(9)).frame(song) == 5 * 48_000
    assert Playhead(seconds=Fraction(3601), quarters=Fraction(9)).frame(song) == 48_000
