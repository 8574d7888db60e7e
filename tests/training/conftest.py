"""A tiny data folder: three labels that differ plainly, three recordings each, half a second to two seconds long."""

import csv
from pathlib import Path

import numpy as np
import pytest
import soundfile
from flowsep_training.data.prepare import LibraryConfig, prepare
from flowsep_training.data.sources import RATE, Library

COLUMNS = (
    "path", "label", "caption", "domain", "kind", "midi", "recording_id", "source", "license", "author", "source_url",
)  # fmt: skip


def sound(label: str, number: int) -> np.ndarray:
    rng = np.random.default_rng([number, *label.encode()])
    frames = int(RATE * rng.uniform(0.8, 2.0))
    time = np.arange(frames) / RATE
    if label == "whistling":
        return 0.3 * np.sin(2 * np.pi * rng.uniform(900, 1400) * time)
    if label == "rain":
        return 0.1 * rng.standard_normal(frames)
    return 0.4 * np.sin(2 * np.pi * rng.uniform(70, 110) * time) * (time % 0.25 < 0.1)


def write_data(folder: Path) -> Path:
    rows = []
    for label in ("engine", "rain", "whistling"):
        for number in range(4):
            path = Path(label) / f"{number}.wav"
            (folder / label).mkdir(parents=True, exist_ok=True)
            soundfile.write(folder / path, sound(label, number).astype(np.float32), RATE)
            licence = "CC-BY-NC-4.0" if number == 3 else "CC0-1.0"
            rows.append([str(path), label, f"the {label}", "environment", "clip", "", f"{label}-{number}", "made here",
                         licence, "a test", "https://example.org"])  # fmt: skip
    with (folder / "metadata.csv").open("w", newline="", encoding="utf-8") as table:
        csv.writer(table).writerows([COLUMNS, *rows])
    return folder


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def shards(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shards")
    prepare(LibraryConfig((data,), seed=1, noise_recordings=3), folder)
    return folder


@pytest.fixture(scope="session")
def library(shards: Path) -> Library:
    return Library.open(shards)
