"""A first pass that was killed goes on where it was, and gives the bytes of an undisturbed one."""

import os
import signal
import subprocess
import sys
import time
import zlib
from contextlib import suppress
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from flowsep_plugin import AudioClip, Request
from flowsep_plugin.errors import Cancelled
from flowsep_plugin.files import FileRequest
from flowsep_plugin.jobs.run_job import run_job
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.jobs.store.cache import EstimateCache
from flowsep_plugin.media import write_clip
from flowsep_plugin.render_settings import RenderSettings
from flowsep_plugin.separate import FinishedWindows, Separator, windows

PLAN = {"windows": 9, "group": 2, "queries": 1}
LONG_SECONDS = int(os.environ.get("FLOWSEP_LONG_SECONDS", "300"))
PROGRAM = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_finished_windows import one_window_a_group, separate
one_window_a_group()
separate(Path(sys.argv[2]), slow=True)
"""
"""A process that separates as slowly as a busy machine would, to be killed."""


def one_window_a_group():
    windows._GROUP_BYTES = 1


def separate(folder, *, slow=False, mode="mask", seen=None):
    """Separate `clip.wav` of the folder with its cache; returns the stored estimate's bytes."""
    clip, request = folder / "clip.wav", Request(["a dog", "rain"], steps=2, render=RenderSettings(mode))
    spec = JobSpec(clip, request, FileRequest(folder / "out"))
    cache = EstimateCache(folder / "cache", 1 << 30)
    staging = next(folder / f"staging {number}" for number in count() if not (folder / f"staging {number}").exists())
    for path in (cache.folder, staging):
        path.mkdir(exist_ok=True)

    def report(progress):
        if seen is not None:
            seen.append(progress)
        time.sleep(0.05 if slow else 0)

    with Separator.open(Path(__file__).parent / "pocket" / "bundle", "cpu", threads=1) as separator:
        output = run_job(separator, spec, staging, report, cache=cache, key="key")
    return {name: (staging / name).read_bytes() for name in output["written"] if not name.endswith(".json")}, (
        cache.folder / "key.estimate"
    ).read_bytes()


@pytest.fixture
def folder(tmp_path, noise_clip, monkeypatch):
    monkeypatch.setattr(windows, "_GROUP_BYTES", 1)
    for name in ("killed", "undisturbed"):
        (tmp_path / name).mkdir()
        write_clip(tmp_path / name / "clip.wav", noise_clip(60, rate=16_000))
    return tmp_path


def test_a_killed_process_goes_on_from_its_windows_to_the_same_bytes(folder):
    partial = folder / "killed" / "cache" / "key.windows"
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(Path(__file__).parent), str(folder / "killed")])
    until = time.monotonic() + 120
    while not partial.exists() or partial.stat().st_size < 1_500_000:
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.01)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert partial.exists()
    seen = []
    resumed = separate(folder / "killed", seen=seen)
    assert seen[0].of_stage > 0.2
    assert resumed == separate(folder / "undisturbed")
    assert not partial.exists()


def test_vocoder_features_are_kept_too(folder):
    class Killed(BaseException):
        pass

    finished = FinishedWindows(folder / "windows", 1 << 30)
    request = Request(["a dog"], steps=1, render=RenderSettings("generated"))

    def stop(progress):
        if progress.of_stage > 0.5:
            raise Killed

    with Separator.open(Path(__file__).parent / "pocket" / "bundle", "cpu") as separator:
        from flowsep_plugin.media import read_clip

        clip = read_clip(str(folder / "killed" / "clip.wav"))
        with pytest.raises(Killed):
            separator.estimate(clip, 0, clip.span, request, stop, finished)
        with (
            separator.estimate(clip, 0, clip.span, request, finished=finished) as resumed,
            separator.estimate(clip, 0, clip.span, request) as whole,
        ):
            for one, other in ((resumed.mask_logits, whole.mask_logits), (resumed.generated, whole.generated)):
                np.testing.assert_array_equal(one.raw(0), other.raw(0))
            np.testing.assert_array_equal(resumed.energy, whole.energy)


def test_a_cancelled_job_leaves_no_windows_behind(folder):
    def cancel(progress):
        if progress.of_stage > 0.5:
            raise Cancelled

    cache = EstimateCache(folder, 1 << 30)
    spec = JobSpec(folder / "killed" / "clip.wav", Request("a dog", steps=1), FileRequest(folder / "out"))
    with (
        Separator.open(Path(__file__).parent / "pocket" / "bundle", "cpu") as separator,
        pytest.raises(Cancelled),
    ):
        run_job(separator, spec, folder / "out", cancel, cache=cache, key="key")
    assert not list(folder.glob("*.windows"))


def records(path, plan=PLAN):
    return [arrays["x"].tolist() for arrays in FinishedWindows(path, 1 << 20).resume(plan)]


@pytest.fixture
def stored(tmp_path):
    finished = FinishedWindows(tmp_path / "key.windows", 1 << 20)
    assert list(finished.resume(PLAN)) == []
    for number in range(3):
        finished.append({"x": np.full(4, number, np.float32)})
    return tmp_path / "key.windows"


def test_records_come_back_in_order(stored):
    assert records(stored) == [[0] * 4, [1] * 4, [2] * 4]


@pytest.mark.parametrize("cut", [1, 11, 13, 200])
def test_a_record_that_was_cut_off_is_dropped_and_the_next_one_takes_its_place(stored, cut):
    stored.write_bytes(stored.read_bytes()[:-cut])
    finished = FinishedWindows(stored, 1 << 20)
    assert len(list(finished.resume(PLAN))) == 2
    finished.append({"x": np.full(4, 9, np.float32)})
    assert records(stored) == [[0] * 4, [1] * 4, [9] * 4]


def test_a_damaged_record_ends_what_is_read(stored):
    content = bytearray(stored.read_bytes())
    content[len(content) // 2] ^= 1
    stored.write_bytes(content)
    assert len(records(stored)) < 3


def test_a_record_that_holds_no_arrays_ends_what_is_read_though_its_checksum_is_right(stored):
    for record in (b"junk", b"PK", b""):
        with stored.open("ab") as file:
            file.write(len(record).to_bytes(8, "big") + zlib.crc32(record).to_bytes(4, "big") + record)
    assert records(stored) == [[0] * 4, [1] * 4, [2] * 4]
    assert len(records(stored)) == 3


def test_windows_of_another_plan_or_version_are_not_used(stored, monkeypatch):
    assert records(stored, {**PLAN, "group": 4}) == []
    monkeypatch.setattr("flowsep_plugin.separate.finished_windows.__version__", "0.0")
    assert records(stored) == []


def ends_the_file(tmp_path):
    path = tmp_path / "key.windows"
    finished = FinishedWindows(path, 2_000)
    assert list(finished.resume(PLAN)) == []
    for size in (4, 4_000, 4):
        finished.append({"x": np.zeros(size, np.float32)})
    assert [len(record) for record in records(path)] == [4]
    assert path.stat().st_size <= 2_000


def test_a_disk_that_refuses_does_not_stop_the_work(tmp_path, caplog):
    finished = FinishedWindows(tmp_path / "nowhere" / "key.windows", 2_000)
    assert list(finished.resume(PLAN)) == []
    finished.append({"x": np.zeros(4, np.float32)})
    assert "windows that are done could not be stored" in caplog.text


def test_the_cache_counts_windows_and_deletes_the_oldest_files(tmp_path):
    cache = EstimateCache(tmp_path, 1 << 20)
    (tmp_path / "old.windows").write_bytes(bytes(100))
    (tmp_path / "new.estimate").write_bytes(bytes(50))
    assert cache.bytes == 150
    cache.clear()
    assert cache.bytes == 0


class Killed(BaseException):
    """The end of a process."""


def long_pass(folder, *, limit_bytes=1 << 30, stop_after=None):
    """Estimate a long file in which one second in ten sounds; returns the share that was done at the first progress.

    stop_after : end as a killed process does after this share.
    """
    tens = np.zeros((1, 160_000), np.float32)
    tens[:, :16_000] = np.random.default_rng(0).uniform(-0.3, 0.3, 16_000)
    clip, seen = AudioClip(np.tile(tens, LONG_SECONDS // 10), 16_000), []

    def report(progress):
        seen.append(progress.of_stage)
        if stop_after is not None and progress.of_stage > stop_after:
            raise Killed

    finished = EstimateCache(folder, limit_bytes).finished_windows("key")
    with Separator.open("echo") as separator, suppress(Killed):
        separator.estimate(clip, 0, clip.span, Request(["a dog", "rain"]), report, finished).close()
    return seen[0]


@pytest.fixture
def small_groups(monkeypatch):
    monkeypatch.setattr(windows, "_GROUP_BYTES", 1 << 22)


def test_a_long_pass_goes_on_where_it_was_killed(tmp_path, small_groups):
    long_pass(tmp_path, stop_after=0.6)
    assert 0.4 < long_pass(tmp_path) < 0.7


def test_a_long_pass_whose_windows_do_not_fit_the_cache_goes_on_from_those_that_do(tmp_path, small_groups):
    limit_bytes = LONG_SECONDS * 100 * 64 * 2 * 2  # of frames by bands by queries by float16: half of it is for windows
    long_pass(tmp_path, stop_after=0.9, limit_bytes=limit_bytes)
    assert (tmp_path / "key.windows").stat().st_size <= limit_bytes // 2
    assert 0.2 < long_pass(tmp_path, limit_bytes=limit_bytes) < 0.6


def test_a_cache_that_holds_no_group_loses_work_and_no_job(tmp_path, small_groups):
    long_pass(tmp_path, stop_after=0.6, limit_bytes=1000)
    assert long_pass(tmp_path, limit_bytes=1000) < 0.2
    assert (tmp_path / "key.windows").stat().st_size <= 1000
