"""Stems and rest of 16- and 24-bit files sum to the clip exactly, in every format and with any number of queries."""

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given, settings
from hypothesis import strategies as st

from flowsep_plugin.engine.base import Request
from flowsep_plugin.files import FileRequest, FileSeparation, separate_file
from flowsep_plugin.media import Format
from flowsep_plugin.separate import Separator

SUBTYPES = {16: "PCM_16", 24: "PCM_24"}
QUERIES = [f"sound {number}" for number in range(16)]


@pytest.fixture(scope="module")
def separator(request: pytest.FixtureRequest) -> Separator:
    return Separator.open(request.path.parent / "pocket" / "bundle", "cpu", threads=1)


def integer_file(path: Path, *, bits: int, channels: int, frames: int, level: float, seed: int = 0) -> Path:
    """Write noise and a tone of that peak to a file of integers; at a level of 1 with both ends of the range in it."""
    generator = np.random.default_rng(seed)
    samples = 0.4 * level * generator.uniform(-1, 1, (frames, channels))
    samples += 0.5 * level * np.sin(0.05 * np.arange(frames))[:, None]
    if level == 1.0:
        samples[0], samples[-1] = -1.0, 1.0
    sf.write(path, samples, 48_000, subtype=SUBTYPES[bits])
    return path


def sums(separation: FileSeparation) -> dict[str, np.ndarray]:
    """Return the sums of the files as a user makes them: in float32 and float64, first to last and last to first."""
    files = (*separation.stems, separation.residual)
    totals = {}
    for dtype in ("float32", "float64"):
        parts = [sf.read(path, dtype=dtype, always_2d=True)[0] for path in files]
        for name, order in (("first to last", parts), ("last to first", parts[::-1])):
            total = np.zeros_like(parts[0])
            for part in order:
                total = total + part
            totals[f"{dtype}, {name}"] = total
    return totals


@pytest.mark.parametrize(("bits", "format"), [(16, "wav32f"), (24, "wav32f"), (24, "wav24"), (16, "flac24")])
def test_sixteen_stems_of_an_integer_file_null_exactly_in_every_format(
    separator: Separator, tmp_path: Path, bits: int, format: Format
) -> None:
    path = integer_file(tmp_path / "a.wav", bits=bits, channels=2, frames=9_601, level=0.5)
    separation = separate_file(separator, path, Request(QUERIES), FileRequest(tmp_path, format))
    assert separation.null_db == -200
    clip, _ = sf.read(path, dtype="float64", always_2d=True)
    for name, total in sums(separation).items():
        np.testing.assert_array_equal(total, clip, err_msg=name)


@settings(max_examples=4)
@given(
    st.sampled_from([16, 24]), st.integers(1, 6), st.integers(1, 16), st.sampled_from([1, 4_799, 9_600]),
    st.sampled_from([1.0, 0.1, 1e-4]),
)  # fmt: skip
def test_integer_files_null_exactly_at_any_level_length_and_channel_count(
    separator: Separator, tmp_path_factory: pytest.TempPathFactory, bits: int, channels: int, count: int, frames: int,
    level: float,
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("null")
    path = integer_file(folder / "a.wav", bits=bits, channels=channels, frames=frames, level=level)
    separation = separate_file(separator, path, Request(QUERIES[:count]), FileRequest(folder, "wav32f"))
    clip, _ = sf.read(path, dtype="float64", always_2d=True)
    totals = sums(separation)
    np.testing.assert_array_equal(totals["float64, first to last"], clip)
    np.testing.assert_array_equal(totals["float32, first to last"], clip)
