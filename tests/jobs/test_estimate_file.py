"""A cached estimate that is damaged anywhere, its head included, is computed again."""

import json
import os
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowsep_plugin.engine.base import Grid
from flowsep_plugin.engine.card import PresenceRule
from flowsep_plugin.engine.estimate import Estimate, FrameStore
from flowsep_plugin.jobs.store.cache import EstimateCache

MAGIC, OLD_MAGIC = b"flowsep estimate 2", b"flowsep estimate 1"


@pytest.fixture
def cache(tmp_path: Path) -> EstimateCache:
    """A cache with one estimate under "key"."""
    store = FrameStore((2, 4))
    store.append(np.arange(240, dtype=np.float16).reshape(30, 2, 4))
    cache = EstimateCache(tmp_path, 1 << 20)
    with Estimate(
        queries=("a dog", "rain"), grid=Grid(16_000, 160, (100.0, 500.0, 2000.0, 7000.0)), first=-3, mask_logits=store,
        energy=np.ones((2, 30), np.float32), total=np.ones(30, np.float32), presence_rule=PresenceRule(),
    ) as estimate:  # fmt: skip
        cache.save("key", estimate)
    return cache


def rewritten(cache: EstimateCache, change: Any, *, magic: bytes = MAGIC) -> None:
    """Change the head of the cached estimate, with a checksum that is right."""
    _, line, rest = (cache.folder / "key.estimate").read_bytes().split(b"\n", 2)
    head = json.loads(line)
    change(head)
    line, body = json.dumps(head).encode() + b"\n", rest[:-4]
    total = zlib.crc32(body) if magic == OLD_MAGIC else zlib.crc32(line + body)
    (cache.folder / "key.estimate").write_bytes(magic + b"\n" + line + body + total.to_bytes(4, "big"))


@pytest.mark.parametrize("magic", [MAGIC, OLD_MAGIC])
def test_both_formats_are_loaded(cache: EstimateCache, magic: bytes) -> None:
    rewritten(cache, lambda head: None, magic=magic)
    estimate = cache.load("key")
    assert estimate is not None
    with estimate:
        assert (estimate.queries, estimate.first, estimate.frames) == (("a dog", "rain"), -3, 30)
        assert estimate.mask_logits.read(0, 30).sum() == 28_680


CHANGES: list[dict[str, Any]] = [
    {"frames": 10**400}, {"frames": 2.5}, {"frames": "30"}, {"frames": -1}, {"frames": 29}, {"frames": 10**12},
    {"stores": []}, {"stores": [["float16", [2, 10**12]]]}, {"stores": [["object", [2, 4]]]},
    {"stores": [["float16", 8]]},
    {"stores": [["float16", [2, 4]], ["float32", [-2, -4]]]}, {"energy": ["<f4", [10**9, 10**9]]}, {"energy": None},
    {"energy": ["O", [2, 30]]}, {"total": ["<f4", [2, 30]]}, {"total": 3}, {"grid": {}}, {"grid": {"rate": 0}},
    {"rule": {"threshold_db": "x"}}, {"rule": 1}, {"texts": "a dog"}, {"texts": []}, {"texts": [1, 2]}, {"first": 1.5},
]  # fmt: skip


@pytest.mark.parametrize("magic", [MAGIC, OLD_MAGIC])
@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_head_with_wrong_values_is_set_aside(cache: EstimateCache, change: dict[str, Any], magic: bytes) -> None:
    rewritten(cache, lambda head: head.update(change), magic=magic)
    assert cache.load("key") is None
    assert not (cache.folder / "key.estimate").exists()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_any_changed_byte_is_noticed(cache: EstimateCache, place: float, flip: int) -> None:
    path = cache.folder / "key.estimate"
    content = path.read_bytes()
    damaged = bytearray(content)
    damaged[int(place * len(damaged))] ^= flip
    path.write_bytes(bytes(damaged))
    assert cache.load("key") is None
    path.write_bytes(content)


def test_a_head_without_end_is_not_read_whole(cache: EstimateCache) -> None:
    with (cache.folder / "key.estimate").open("wb") as file:
        file.write(MAGIC + b"\n")
        file.truncate(1 << 32)
    assert cache.load("key") is None


def test_a_pipe_is_set_aside(cache: EstimateCache) -> None:
    (cache.folder / "key.estimate").unlink()
    os.mkfifo(cache.folder / "key.estimate")
    assert cache.load("key") is None
    assert not (cache.folder / "key.estimate").exists()
    os.mkfifo(cache.folder / "key.windows")
    assert list(cache.finished_windows("key").resume({})) == []
    assert (cache.folder / "key.windows").is_file()
