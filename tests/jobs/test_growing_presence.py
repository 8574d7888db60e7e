"""The presence of a job while its estimate grows, and estimates that are made in parts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given
from hypothesis import strategies as st
from job_makers import POCKET, spec

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.engine.base import Request
from flowsep_plugin.jobs import presence_summary
from flowsep_plugin.jobs.run_job import run_job
from flowsep_plugin.separate import Separator
from flowsep_plugin.separate.windows import window_parts

SECONDS = 40


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Noise with a silent middle, of more windows than the engine computes at once."""
    samples = np.random.default_rng(0).uniform(-0.3, 0.3, (SECONDS * 16_000, 2)).astype(np.float32)
    samples[10 * 16_000 : 19 * 16_000] = 0
    sf.write(tmp_path / "a.wav", samples, 16_000, subtype="FLOAT")
    return tmp_path / "a.wav"


@pytest.fixture(scope="module")
def separator() -> Iterator[Separator]:
    with Separator.open(POCKET, "cpu", threads=1) as opened:
        yield opened


def events(separator: Separator, clip: Path, folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    folder.mkdir()
    run_job(separator, spec(clip, folder, steps=2), folder, on_presence=found.append)
    return found


def test_it_is_reported_as_it_grows_and_ends_as_the_whole(
    separator: Separator, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence_summary, "_EVERY_SECONDS", 3600.0)
    [only] = events(separator, clip, tmp_path / "quick")
    for name, value in (("_EVERY_SECONDS", 0.0), ("_MOST_SHARE", 1e9), ("_GROWTH", 0.0)):
        monkeypatch.setattr(presence_summary, name, value)
    *growing, last = events(separator, clip, tmp_path / "out")
    assert last == only
    assert "until_seconds" not in last
    untils = [event["until_seconds"] for event in growing]
    assert len(untils) > 2
    assert untils == sorted(set(untils))
    assert 0 < untils[0] < untils[-1] < SECONDS
    for event in growing:
        [row] = event["values"]
        assert (event["step_seconds"], len(row)) == (last["step_seconds"], len(last["values"][0]))
        known = int(event["until_seconds"] / event["step_seconds"])
        assert not any(row[known + 1 :])
        settled = max(0, known - round(1.5 / event["step_seconds"]))  # the next window changes the last second
        np.testing.assert_allclose(row[:settled], last["values"][0][:settled], atol=0.011)


def test_reports_are_few_however_long_a_job_takes() -> None:
    seconds = [0.0]
    reports: list[dict[str, Any]] = []
    with Separator.open("echo") as echo:
        clip = AudioClip(np.full((1, 16_000), 0.1, np.float32), 16_000)
        with echo.estimate(clip, 0, clip.span, Request(["dog"])) as estimate:
            growing = presence_summary.GrowingPresence(reports.append, clip.span, 1, {}, lambda: seconds[0])
            for _ in range(72_000):
                seconds[0] += 0.5
                growing(lambda: estimate)
    assert 100 < len(reports) < 1000


def test_parts_give_the_bits_of_the_whole(separator: Separator, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from flowsep_plugin.media import read_clip

    audio, request = read_clip(str(clip)), Request(["dog", "rain", "a voice"], steps=2)
    sizes = []
    with separator.estimate(
        audio, 0, audio.span, request, on_growth=lambda so_far: sizes.append(so_far().frames)
    ) as parts:
        monkeypatch.setattr(type(separator.engine), "windows_at_once", None)
        with separator.estimate(audio, 0, audio.span, request, on_growth=sizes.append) as whole:  # type: ignore[arg-type]
            np.testing.assert_array_equal(parts.mask_logits.raw(0), whole.mask_logits.raw(0))
            np.testing.assert_array_equal(parts.energy, whole.energy)
            np.testing.assert_array_equal(parts.total, whole.total)
    assert len(sizes) > 2
    assert sizes == sorted(sizes)


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.sampled_from([None, 1, 3, 4, 100]))
def test_parts_cover_a_group_and_hold_as_many_windows_as_a_batch(silent: list[bool], size: int | None) -> None:
    class Engine:
        windows_at_once = size

    flags = np.asarray(silent)
    parts = list(window_parts(flags, Engine()))  # type: ignore[arg-type]
    assert [row for part in parts for row in part] == list(range(len(silent)))
    audible = [int((~flags[part.start : part.stop]).sum()) for part in parts]
    assert all(count == (size or len(silent)) for count in audible[:-1])
    assert audible[-1] <= (size or len(silent))
