"""Spectrograms and plots: their content, and a cost that does not depend on the length."""

from types import SimpleNamespace

import numpy as np
import pytest

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import MediaError, UsageError
from flowsep_plugin.files import FileRequest, separate_file
from flowsep_plugin.media import write_clip
from flowsep_plugin.plot import plot_files
from flowsep_plugin.separate import Separator
from flowsep_plugin.spectrogram import FLOOR_DB, spectrogram

SCALLOPING_DB = 2.0
"""A Hann window reads a tone between two bins 1.4 dB low, and a row may be between two bins."""


@pytest.fixture(scope="module")
def echo():
    return Separator.open("echo")


def size_of(path):
    """Return width and height from a PNG's header."""
    head = path.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")


@pytest.mark.parametrize("hertz", [60, 440, 1000, 5000, 15_000])
def test_a_tone_peaks_at_its_row(tone, hertz):
    look = spectrogram(tone(hertz), 0, 144_000, columns=9)
    row = int(look.decibels[:, 4].argmax())
    peak_hz = look.low_hz * (look.high_hz / look.low_hz) ** (row / (len(look.decibels) - 1))
    assert peak_hz == pytest.approx(hertz, rel=0.05)


@pytest.mark.parametrize("hertz", [60, 440, 1000, 5000, 15_000])
def test_a_tone_has_its_level(tone, hertz):
    look = spectrogram(tone(hertz), 0, 144_000, columns=9)
    assert look.decibels[:, 4].max() == pytest.approx(-12.04, abs=SCALLOPING_DB)


def test_silence_is_at_the_floor():
    look = spectrogram(AudioClip(np.zeros((2, 4800), np.float32), 48_000), 0, 4800, columns=5)
    assert look.decibels.max() == pytest.approx(FLOOR_DB)


def test_a_click_anywhere_in_a_clip_of_a_few_seconds_is_visible():
    samples = np.zeros((1, 8 * 48_000), np.float32)
    samples[0, 123_456] = 1.0
    look = spectrogram(AudioClip(samples, 48_000), 0, samples.shape[1])
    assert look.decibels.max() > -80


@pytest.mark.parametrize("rate", [8000, 22_050, 192_000])
def test_the_top_frequency_is_half_the_rate_up_to_20_khz(tone, rate):
    assert spectrogram(tone(100, rate=rate), 0, rate, columns=2).high_hz == min(20_000, rate / 2)


def test_an_hour_costs_as_many_reads_as_a_minute():
    def reads(seconds):
        read_lengths = []
        frames = seconds * 8000
        source = SimpleNamespace(
            rate=8000, channels=1, frames=frames,
            read=lambda a, b: read_lengths.append(b - a) or np.zeros((1, b - a), np.float32),
        )  # fmt: skip
        spectrogram(source, 0, frames, columns=20)
        return sum(read_lengths)

    assert reads(3600) == reads(60)


def test_a_single_frame_has_a_spectrogram():
    assert spectrogram(AudioClip(np.ones((1, 1), np.float32), 44_100), 0, 1).decibels.shape[1] == 1


def test_a_separation_in_memory_is_drawn(echo, noise_clip, tmp_path):
    clip = noise_clip(0.5)
    echo.separate(clip, Request(["rain", "nothing"])).plot(tmp_path / "x.png")
    assert size_of(tmp_path / "x.png")[0] == 1440


def test_more_stems_make_a_taller_picture(echo, noise_clip, tmp_path):
    clip = noise_clip(0.2)
    for name, queries in (("one", ["rain"]), ("two", ["rain", "wind"])):
        echo.separate(clip, Request(queries)).plot(tmp_path / f"{name}.png")
    assert size_of(tmp_path / "two.png")[1] > size_of(tmp_path / "one.png")[1]


@pytest.mark.parametrize("query", ["犬が吠える", "$x_{2}$ and 50% \\alpha", "a " + "very " * 60 + "long one"])
def test_any_query_can_be_a_title(echo, noise_clip, tmp_path, query):
    clip = noise_clip(0.1)
    echo.separate(clip, Request([query])).plot(tmp_path / "x.png")
    assert (tmp_path / "x.png").exists()


def test_written_files_are_drawn(echo, noise_clip, tmp_path):
    write_clip(tmp_path / "song.wav", noise_clip(0.5))
    separation = separate_file(echo, tmp_path / "song.wav", Request(["rain"]), FileRequest(tmp_path))
    plot_files(tmp_path / "song.wav", separation, tmp_path / "song.png")
    assert size_of(tmp_path / "song.png")[0] == 1440


def test_files_without_a_residual_are_drawn(echo, noise_clip, tmp_path):
    write_clip(tmp_path / "song.wav", noise_clip(0.5))
    separation = separate_file(echo, tmp_path / "song.wav", Request(["rain"]), FileRequest(tmp_path, residual=False))
    plot_files(tmp_path / "song.wav", separation, tmp_path / "song.png")
    assert (tmp_path / "song.png").exists()


def test_a_suffix_other_than_png_is_refused(echo, noise_clip, tmp_path):
    clip = noise_clip(0.1)
    with pytest.raises(UsageError, match=r"ends in \.png"):
        echo.separate(clip, Request(["rain"])).plot(tmp_path / "x.svg")


def test_a_missing_matplotlib_names_the_extra(echo, noise_clip, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    clip = noise_clip(0.1)
    with pytest.raises(UsageError, match=r"flowsep-plugin\[plot\]"):
        echo.separate(clip, Request(["rain"])).plot(tmp_path / "x.png")


def test_a_plot_that_cannot_be_written_is_a_media_error(echo, noise_clip, tmp_path):
    (tmp_path / "file").write_text("")
    clip = noise_clip(0.1)
    with pytest.raises(MediaError):
        echo.separate(clip, Request(["rain"])).plot(tmp_path / "file" / "x.png")
