"""Clips, specs and workers that the tests of `flowsep_plugin.jobs` are made from."""

from pathlib import Path

import numpy as np
import soundfile as sf

from flowsep_plugin.engine.base import RenderSettings, Request
from flowsep_plugin.files import FileRequest
from flowsep_plugin.jobs.spec import JobSpec

POCKET = Path(__file__).parents[1] / "pocket" / "bundle"


def tone(path: Path, seconds: float = 0.5, *, rate: int = 16_000, seed: int = 0) -> Path:
    """A short noisy tone that no other seed has."""
    rng = np.random.default_rng(seed)
    frames = int(seconds * rate)
    samples = 0.3 * np.sin(2 * np.pi * 440 * np.arange(frames) / rate) + 0.05 * rng.standard_normal(frames)
    path.parent.mkdir(parents=True, exist_ok=True)
    sf.write(path, samples.astype(np.float32), rate, subtype="PCM_16")
    return path


def spec(
    clip: Path, out: Path, query: str = "a dog barking", *, model: str = "echo", seed: int = 0, steps: int | None = None,
    strength: float = 1.0, skip_absent: bool = False, overwrite: bool = False, device: str = "auto",
) -> JobSpec:  # fmt: skip
    request = Request([query], seed=seed, steps=steps, render=RenderSettings(strength=strength))
    files = FileRequest(out, overwrite=overwrite)
    return JobSpec(clip, request, files, model=model, device=device, skip_absent=skip_absent)
