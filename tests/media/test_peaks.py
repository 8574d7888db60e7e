"""Peaks: equal to a scan of the samples at every level, kept on disk, made again when anything changed."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_makers import noise, write_with_soundfile

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.errors import Cancelled, MediaError
from flowsep_plugin.media import peaks as peaks_module
from flowsep_plugin.media.peak_cache import PeakCache, file_key
from flowsep_plugin.media.peaks import BASE, BLOCK, STEP, columns_of, make_peaks, sketch_peaks

RMS = {"rtol": 1e-5, "atol": 1e-9}
"""Power is summed in float32, low and high are exact."""


def clip(channels: int, frames: int, seed: int = 0) -> AudioClip:
    return AudioClip(noise(channels, frames, seed), 48_000)


@pytest.fixture
def cache(tmp_path: Path) -> PeakCache:
    return PeakCache(tmp_path / "cache")


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    return write_with_soundfile(tmp_path / "a.wav", noise(2, 100_000), 48_000, "wav24")


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("frames", [1, 255, 256, 257, 70_001, BLOCK, BLOCK + 1, 2 * BLOCK + 12_345])
def test_every_level_equals_a_scan_of_the_samples(channels, frames):
    source = clip(channels, frames)
    peaks = make_peaks(source)
    assert [level.size for level in peaks.levels] == [BASE * STEP**n for n in range(7)]
    for level in peaks.levels:
        bins = [source.samples[:, at : at + level.size] for at in range(0, frames, level.size)]
        np.testing.assert_array_equal(level.low, np.stack([b.min(axis=1) for b in bins], axis=1))
        np.testing.assert_array_equal(level.high, np.stack([b.max(axis=1) for b in bins], axis=1))
        power = np.stack([np.square(b.astype(np.float64)).mean(axis=1) for b in bins], axis=1)
        np.testing.assert_allclose(level.power, power, **RMS)


@given(st.integers(300, 20_000), st.floats(256, 5000), st.floats(-3000, 15_000), st.integers(1, 80))
def test_columns_show_no_less_than_their_samples_and_no_more_than_their_bins(frames, width, first, count):
    source = clip(2, frames)
    peaks = make_peaks(source)
    edges = first + width * np.arange(count + 1)
    columns = peaks.columns(edges)
    size = peaks.level_for(width).size
    for n in range(count):
        if edges[n + 1] <= 0 or edges[n] >= frames:
            assert np.isnan(columns.high[:, n]).all()
            continue
        inner = source.samples[:, max(0, int(np.ceil(edges[n]))) : int(edges[n + 1])]
        outer = source.samples[:, max(0, int(edges[n] // size * size)) : int(-(-edges[n + 1] // size) * size)]
        if inner.shape[1]:
            assert (columns.high[:, n] >= inner.max(axis=1)).all()
            assert (columns.low[:, n] <= inner.min(axis=1)).all()
        assert (columns.high[:, n] <= outer.max(axis=1)).all()
        assert (columns.low[:, n] >= outer.min(axis=1)).all()


@given(st.floats(0.1, 300), st.floats(-500, 5000), st.integers(1, 50))
def test_columns_of_samples_equal_a_scan(width, first, count):
    samples = noise(2, 4000)
    edges = first + width * np.arange(count + 1)
    columns = columns_of(samples[:, 100:], 100, edges)
    for n in range(count):
        low, stop = int(np.floor(edges[n])), max(int(np.ceil(edges[n + 1])), int(np.floor(edges[n])) + 1)
        part = samples[:, max(100, low) : max(100, stop)]
        if part.shape[1]:
            np.testing.assert_array_equal(columns.high[:, n], part.max(axis=1))
            np.testing.assert_array_equal(columns.low[:, n], part.min(axis=1))
            np.testing.assert_allclose(columns.rms[:, n], np.sqrt(np.square(part).mean(axis=1)), rtol=1e-4)
        else:
            assert np.isnan(columns.high[:, n]).all()


def test_what_is_not_read_yet_is_not_known():
    reports = []
    make_peaks(clip(1, 2 * BLOCK), reports.append)
    assert [peaks.done for peaks in reports] == [BLOCK, 2 * BLOCK]
    half = reports[0].columns(np.linspace(0, 2 * BLOCK, 101))
    assert np.isfinite(half.high[0, :50]).all()
    assert np.isnan(half.high[0, 50:]).all()


def test_a_sketch_shows_loud_and_silent_parts():
    samples = np.zeros((1, 480_000), np.float32)
    samples[:, 240_000:] = 0.5
    level = sketch_peaks(AudioClip(samples, 48_000), parts=100).levels[0]
    np.testing.assert_array_equal(level.high[0], np.repeat([0.0, 0.5], 50).astype(np.float32))


def test_kept_peaks_equal_made_ones_and_are_not_made_twice(cache, wav, monkeypatch):
    peaks = cache.peaks(wav)
    monkeypatch.setattr(peaks_module, "_blocks", None)
    cached = cache.peaks(wav)
    assert (cached.rate, cached.channels, cached.frames, cached.is_whole) == (48_000, 2, 100_000, True)
    for a, b in zip(peaks.levels, cached.levels, strict=True):
        for name in ("low", "high", "power"):
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


def test_cancelling_leaves_nothing(cache, wav):
    def stop(_):
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        cache.peaks(wav, stop)
    assert not cache.folder.exists() or not list(cache.folder.iterdir())


@pytest.mark.parametrize("damage", ["cut", "flipped", "magic", "empty", "head", "long head", "deep head", "infinite"])
def test_a_damaged_cache_file_is_made_again(cache, wav, damage):
    cache.peaks(wav)
    (cached,) = cache.folder.iterdir()
    data = bytearray(cached.read_bytes())
    if damage == "flipped":
        data[-5] ^= 64
    if damage == "magic":
        data[0] ^= 1
    if damage == "head":
        data[12:20] = b"no json!"
    if damage == "long head":
        data[8:12] = b"\xff" * 4
    if damage == "deep head":
        data[8:] = (50_000).to_bytes(4, "little") + b"[" * 50_000
    if damage == "infinite":
        head = b'{"channels": 1, "frames": 1e400, "levels": 7, "rate": 1, "crc": 0}'
        data[8:] = len(head).to_bytes(4, "little") + head
    cached.write_bytes({"cut": data[:-400], "empty": b""}.get(damage, bytes(data)))
    again = cache.peaks(wav)
    np.testing.assert_array_equal(again.levels[0].high, make_peaks(AudioClip(read(wav), 48_000)).levels[0].high)
    assert cache.load(file_key(wav)) is not None


def read(path: Path) -> np.ndarray:
    from flowsep_plugin.media import read_clip

    return read_clip(path).samples


def test_a_changed_file_is_read_again(cache, wav):
    before = cache.peaks(wav)
    write_with_soundfile(wav, 0.5 * noise(2, 100_000, seed=1), 48_000, "wav24")
    os.utime(wav, ns=(1, 1))
    after = cache.peaks(wav)
    assert after.levels[-1].high.max() < before.levels[-1].high.max()


def test_a_file_that_changes_while_it_is_read_is_not_kept(cache, wav):
    cache.peaks(wav, lambda _: os.utime(wav, ns=(5, 5)))
    assert not cache.folder.exists() or not list(cache.folder.iterdir())


def test_a_renamed_file_keeps_its_peaks(cache, wav):
    cache.peaks(wav)
    moved = wav.rename(wav.with_name("b.wav"))
    assert cache.load(file_key(moved)) is not None


def test_the_cache_keeps_to_its_size_and_drops_the_oldest(tmp_path):
    small = PeakCache(tmp_path / "cache", most_bytes=25_000)
    paths = [write_with_soundfile(tmp_path / f"{n}.wav", noise(2, 100_000, n), 48_000, "wav16") for n in range(4)]
    for n, path in enumerate(paths):
        small.peaks(path)
        key = file_key(path)
        if (cached := small.folder / f"{key}.peaks").exists():
            os.utime(cached, (n, n))
    left = sorted(small.folder.iterdir())
    assert sum(path.stat().st_size for path in left) <= 25_000
    assert small.folder / f"{file_key(paths[-1])}.peaks" in left


def test_a_cache_that_cannot_be_written_still_gives_peaks(tmp_path, wav):
    (tmp_path / "file").write_text("in the way")
    assert PeakCache(tmp_path / "file" / "cache").peaks(wav).is_whole


def test_a_missing_file_is_named(cache, tmp_path):
    with pytest.raises(MediaError, match="gone"):
        cache.peaks(tmp_path / "gone.wav")


def test_long_files_are_looked_at_briefly_first(cache, tmp_path):
    path = write_with_soundfile(tmp_path / "long.wav", noise(1, 8_000 * 70), 8_000, "wav16")
    reports = []
    cache.peaks(path, lambda p: reports.append("part"), lambda p: reports.append("sketch"))
    assert reports[0] == "sketch"
    assert "part" in reports
