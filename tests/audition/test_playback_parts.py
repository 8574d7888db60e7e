"""The parts of playback that need no file."""

import time
from itertools import pairwise

import numpy as np
import pytest

from flowsep_plugin.audition import (
    Levels,
    Needle,
    SilentOutput,
    measure,
    open_output,
    outputs,
)
from flowsep_plugin.audition.channel_fold import fold
from flowsep_plugin.audition.levels import FALL_DB_A_SECOND, FLOOR_DB, HOLD_SECONDS
from flowsep_plugin.audition.loudness_match import LONGEST_SECONDS, ChoiceLoudness, matched_gains_db, measured_ranges
from flowsep_plugin.audition.read_ahead import CHUNK_FRAMES, ReadAhead


def test_a_needle_holds_its_peak_and_falls():
    needle = Needle().after(0.1, 0.5).after(1.0, 0.0)
    assert needle.held_db == pytest.approx(-6.02, abs=0.01)
    assert needle.bar_db == pytest.approx(-6.02 - FALL_DB_A_SECOND, abs=0.01)
    fallen = needle.after(HOLD_SECONDS, 0.0).after(3.0, 0.0)
    assert fallen.held_db == fallen.bar_db == FLOOR_DB


def test_a_clip_light_stays_until_it_is_reset():
    needle = Needle().after(0.1, 1.01).after(60.0, 0.0)
    assert needle.clipped
    assert not needle.reset().clipped


def test_full_scale_is_not_a_clip():
    assert not Levels((1.0, -1.0)).clips
    assert measure(np.full((2, 10), 0.5, np.float32)) == Levels((0.5, 0.5), (0.5, 0.5))


def test_matching_brings_all_to_the_clip_where_there_is_room():
    measured = {
        "original": ChoiceLoudness(-20.0, -6.0),
        "stem:a": ChoiceLoudness(-30.0, -16.0),
        "stem:b": ChoiceLoudness(None, -180.0),
    }
    assert matched_gains_db(measured) == {"original": 0.0, "stem:a": 10.0, "stem:b": 0.0}


def test_matching_lowers_all_where_one_has_no_room():
    gains = matched_gains_db({"original": ChoiceLoudness(-20.0, -3.0), "stem:a": ChoiceLoudness(-30.0, -4.0)})
    assert gains == {"original": -6.0, "stem:a": 4.0}


def test_reading_ahead_covers_the_loop_and_nothing_else():
    read_ahead = ReadAhead(4 * CHUNK_FRAMES)
    indices = list(
        dict.fromkeys(
            read_ahead._indices(10 * CHUNK_FRAMES, 100 * CHUNK_FRAMES, (9 * CHUNK_FRAMES, 11 * CHUNK_FRAMES), ())
        )
    )
    assert indices == [10, 9]
    assert list(read_ahead._indices(99 * CHUNK_FRAMES, 100 * CHUNK_FRAMES, None, ())) == [99]


def test_many_voices_are_read_less_far_ahead():
    read_ahead = ReadAhead()
    read_ahead.voices = dict.fromkeys(range(200))
    assert len(list(read_ahead._indices(0, 10_000_000, None, ()))) == 5


def test_a_long_range_is_measured_in_excerpts_from_its_start_to_its_end():
    blocks = list(measured_ranges((1_000, 3600 * 48_000), 48_000))
    assert blocks[0][0] == 1_000
    assert blocks[-1][1] == 3600 * 48_000
    assert sum(stop - start for start, stop in blocks) <= LONGEST_SECONDS * 48_000
    assert all(a[1] <= b[0] for a, b in pairwise(blocks))


def test_a_short_range_is_measured_whole():
    blocks = list(measured_ranges((5, 200_000), 48_000))
    assert sum(stop - start for start, stop in blocks) == 199_995


@pytest.mark.parametrize(("channels", "width"), [(1, 2), (2, 2), (3, 2), (6, 2), (8, 2), (2, 1), (2, 4)])
def test_folding_keeps_what_is_full_scale_within_it(channels, width):
    folded = fold(np.ones((channels, 16), np.float32), width)
    assert folded.shape == (width, 16)
    assert np.abs(folded).max() <= 1.0001


def test_silence_is_pulled_in_real_time():
    pulled = []
    output = SilentOutput(48_000)
    began = time.monotonic()
    output.start(lambda frames: pulled.append(frames), lambda why: None)
    time.sleep(0.3)
    output.stop()
    lasted = time.monotonic() - began
    assert 0 < sum(pulled) / 48_000 <= lasted + 0.02
    count = len(pulled)
    time.sleep(0.05)
    assert len(pulled) == count


class FakeSound:
    """sounddevice, as far as it is used."""

    class PortAudioError(Exception):
        pass

    class default:
        device = (-1, 1)

    def __init__(self, *names, rates=(44_100, 48_000)):
        self.names, self.rates, self.scans = names, rates, 0
        self.streams = []

    def query_hostapis(self, number):
        return {"name": "ALSA"}

    def query_devices(self):
        return [
            {"name": name, "hostapi": 0, "max_output_channels": 2, "default_samplerate": 44_100.0}
            for name in self.names
        ]

    def check_output_settings(self, *, device, channels, dtype, samplerate):
        if samplerate not in self.rates:
            raise self.PortAudioError("Invalid sample rate")

    def _terminate(self):
        self.scans += 1

    def _initialize(self):
        pass

    def OutputStream(self, **options):
        stream = FakeStream(options)
        self.streams.append(stream)
        return stream


class FakeStream:
    latency = 0.02

    def __init__(self, options):
        self.options, self.closed = options, False

    def start(self):
        pass

    def close(self, ignore_errors=True):
        self.closed = True
        self.options["finished_callback"]()


@pytest.fixture
def sound(monkeypatch):
    fake_sound = FakeSound("Built-in", "Interface")
    monkeypatch.setattr(outputs, "_library", lambda: fake_sound)
    return fake_sound


def test_the_systems_default_device_is_opened_at_the_clips_rate(sound):
    output = open_output(48_000)
    assert (output.name, output.rate, output.silent_reason) == ("Interface", 48_000, None)


def test_a_device_that_cannot_play_the_clips_rate_plays_at_its_own(sound):
    assert open_output(96_000, "Built-in").rate == 44_100


def test_a_device_plays_what_is_pulled(sound):
    output = open_output(48_000)
    output.start(lambda frames: np.full((2, frames), 0.25, np.float32), lambda why: None)
    out = np.zeros((64, 2), np.float32)
    sound.streams[0].options["callback"](out, 64, None, None)
    assert (out == 0.25).all()
    assert output.latency_seconds == 0.02
    output.stop()
    assert sound.streams[0].closed


def test_a_device_that_ends_by_itself_is_lost_and_one_that_is_stopped_is_not(sound):
    reasons = []
    output = open_output(48_000)
    output.start(lambda frames: np.zeros((2, frames), np.float32), reasons.append)
    output.stop()
    assert reasons == []
    output.start(lambda frames: np.zeros((2, frames), np.float32), reasons.append)
    sound.streams[1].options["finished_callback"]()
    assert reasons == ["Interface was disconnected"]


def test_a_device_that_is_not_there_is_looked_for_again_and_then_said(sound):
    output = open_output(48_000, "Headphones")
    assert "'Headphones' is not connected" in output.silent_reason
    assert sound.scans == 1


def test_no_device_and_no_library_are_silence_that_says_why(monkeypatch):
    empty = FakeSound()
    monkeypatch.setattr(outputs, "_library", lambda: empty)
    assert "no sound device was found" in open_output(48_000).silent_reason
    monkeypatch.setattr(outputs, "_library", lambda: "sound needs what is not installed: pip install …")
    assert "pip install" in open_output(48_000).silent_reason
