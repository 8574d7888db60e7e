"""A clip of half-steps that 24 bits hold exactly, parted into two stems and a rest."""

from pathlib import Path

import numpy as np
import pytest
from fake_output import FakeOutput, settle

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audition import ORIGINAL, Transport, clip_program
from flowsep_plugin.media import write_clip

RATE = 48_000


@pytest.fixture
def parts():
    """Samples of stem:dog, stem:rain, rest: (2, 96000) each, multiples of 2^-15."""
    rng = np.random.default_rng(3)
    draw = [np.round(rng.standard_normal((2, 2 * RATE)) * level * 2**15) / 2**15 for level in (0.05, 0.1, 0.02)]
    return dict(zip(("stem:dog", "stem:rain", "rest"), (part.astype(np.float32) for part in draw), strict=True))


@pytest.fixture
def sources(parts, tmp_path) -> dict[str, Path]:
    whole = {"clip": sum(parts.values()), **parts}
    paths = {name: tmp_path / f"{name.replace(':', ' ')}.wav" for name in whole}
    for name, samples in whole.items():
        write_clip(paths[name], AudioClip(samples, RATE), "wav32f")
    return paths


@pytest.fixture
def output() -> FakeOutput:
    return FakeOutput()


@pytest.fixture
def transport(sources, output):
    """Loaded, worked by hand, on the fake output."""
    loaded = Transport(output.open, clock=output.clock, threaded=False)
    loaded.load(clip_program(sources))
    loaded.listen(ORIGINAL)
    settle(loaded)
    yield loaded
    loaded.close()
