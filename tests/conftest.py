"""Fixtures for every test: clips, the pocket bundles, repeatable runs, and no thread or process that is left behind."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from left_over import Processes, Threads, mark_environment, wait_for_none

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.untrusted.isolated import end_helpers

settings.register_profile(
    "flowsep", deadline=None, max_examples=40, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("flowsep")
mark_environment()

POCKET = Path(__file__).parent / "pocket" / "bundle"
"""A bundle that computes target and complement in one call, with a vocoder."""

SINGLE = Path(__file__).parent / "pocket" / "single"
"""A bundle with one generation per call, a query for the complement, and no vocoder."""


@pytest.fixture(scope="session", autouse=True)
def no_process_outlives_the_session() -> Iterator[None]:
    """Fail where a fixture of a module or of the session leaves a process running."""
    processes = Processes()
    yield
    end_helpers()
    left = wait_for_none(processes.left)
    assert not left, f"the session left processes running: {', '.join(left)}"


@pytest.fixture(autouse=True)
def nothing_is_left_running() -> Iterator[None]:
    """Fail a test that leaves a thread or a process running, its own or one that a program it started has started."""
    threads, processes = Threads(), Processes()
    yield
    left = wait_for_none(lambda: threads.left() + processes.left())
    assert not left, f"the test left running: {', '.join(left)}"


@pytest.fixture
def pocket() -> Path:
    return POCKET


@pytest.fixture
def single() -> Path:
    return SINGLE


@pytest.fixture
def noise_clip() -> Callable[..., AudioClip]:
    """`noise_clip(seconds, rate=48_000, channels=2, seed=0, start=0)`: coloured noise at -20 dBFS."""

    def make(seconds: float, rate: int = 48_000, channels: int = 2, seed: int = 0, start: int = 0) -> AudioClip:
        frames = max(1, round(seconds * rate))
        white = np.random.default_rng(seed).standard_normal((channels, frames)).astype(np.float32)
        brown = np.cumsum(white, axis=1) * 0.02
        return AudioClip((0.1 * white + brown - brown.mean(axis=1, keepdims=True)).clip(-1, 1) * 0.7, rate, start)

    return make


@pytest.fixture
def tone() -> Callable[..., AudioClip]:
    """`tone(hertz, seconds=3, rate=48_000, channels=1)`: a sine at -12 dBFS."""

    def make(hertz: float, seconds: float = 3.0, rate: int = 48_000, channels: int = 1) -> AudioClip:
        time = np.arange(round(seconds * rate)) / rate
        return AudioClip(np.tile(0.25 * np.sin(2 * np.pi * hertz * time), (channels, 1)).astype(np.float32), rate)

    return make
