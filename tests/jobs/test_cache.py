"""What is kept so that asking again costs less."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from job_makers import POCKET, tone

from flowsep_plugin.engine.base import Request
from flowsep_plugin.engine.encoding_cache import EncodingCache
from flowsep_plugin.jobs.store.cache import EstimateCache
from flowsep_plugin.media import read_clip
from flowsep_plugin.separate import Separator


@pytest.fixture(scope="module")
def separator() -> Separator:
    return Separator.open(str(POCKET), "cpu", threads=1)


def test_a_kept_estimate_is_the_same_bit_for_bit(separator: Separator, tmp_path: Path) -> None:
    clip = read_clip(tone(tmp_path / "a.wav", 3.0, rate=44_100))
    request = Request(["a dog", "rain"], ["speech"])
    estimate = separator.estimate(clip, 0, clip.span, request)
    cache = EstimateCache(tmp_path, 1 << 30)
    cache.save("key", estimate)
    cached = cache.load("key")
    assert cached is not None
    fresh = separator.render(clip, estimate, request)
    again = separator.render(clip, cached, request)
    for one, two in zip((*fresh.stems, fresh.residual), (*again.stems, again.residual), strict=True):
        np.testing.assert_array_equal(one.samples, two.samples)
    np.testing.assert_array_equal(fresh.presence, again.presence)
    estimate.close()
    cached.close()


def test_the_least_recently_used_make_room(separator: Separator, tmp_path: Path) -> None:
    clip = read_clip(tone(tmp_path / "a.wav", 1.0, rate=44_100))
    with separator.estimate(clip, 0, clip.span, Request(["a dog"])) as estimate:
        EstimateCache(tmp_path, 1 << 30).save("size", estimate)
        size = (tmp_path / "size.estimate").stat().st_size
        cache = EstimateCache(tmp_path / "small", 2 * size)
        cache.folder.mkdir()
        for name in ("one", "two"):
            cache.save(name, estimate)
        cached = cache.load("one")
        assert cached is not None
        cached.close()
        cache.save("three", estimate)
        assert sorted(path.stem for path in cache.folder.iterdir()) == ["one", "three"]
        assert cache.bytes <= 2 * size
        EstimateCache(cache.folder, size - 1).save("large", estimate)
        assert not (cache.folder / "large.estimate").exists()


def test_a_second_query_on_the_same_clip_skips_encoding(
    separator: Separator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = read_clip(tone(tmp_path / "a.wav", 3.0, rate=44_100, seed=7))
    graphs: Any = separator.engine.graphs  # type: ignore[attr-defined]
    ran: list[str] = []
    run = graphs.run
    monkeypatch.setattr(graphs, "run", lambda name, inputs: ran.append(name) or run(name, inputs))
    separator.separate(clip, Request(["a dog"]))
    assert "encode" in ran
    ran.clear()
    second = separator.separate(clip, Request(["rain"]))
    assert "encode" not in ran
    alone = Separator.open(str(POCKET), "cpu", threads=1).separate(clip, Request(["rain"]))
    np.testing.assert_array_equal(second["rain"].samples, alone["rain"].samples)


def test_kept_latents_stay_within_their_room() -> None:
    latents, encoded = EncodingCache(100), []

    def encode(mel: np.ndarray) -> np.ndarray:
        encoded.append(float(mel[0]))
        return np.zeros(10, np.float32)

    for value in (1, 2, 1, 3, 1, 2):  # 40 bytes each: two fit
        latents.get_or_compute(np.array([value], np.float32), encode)
    assert encoded == [1, 2, 3, 2]


def test_windows_of_a_process_that_was_killed_after_it_stored_the_estimate_go(
    separator: Separator, tmp_path: Path
) -> None:
    """Found by the kill soak: nothing would read them again."""
    clip = read_clip(tone(tmp_path / "a.wav", 1.0, rate=44_100))
    cache = EstimateCache(tmp_path / "cache", 1 << 30)
    cache.folder.mkdir()
    with separator.estimate(clip, 0, clip.span, Request(["a dog"])) as estimate:
        cache.save("key", estimate)
    (cache.folder / "key.windows").write_bytes(b"flowsep windows 1\n")
    cached = cache.load("key")
    assert cached is not None
    cached.close()
    assert [path.name for path in cache.folder.iterdir()] == ["key.estimate"]
