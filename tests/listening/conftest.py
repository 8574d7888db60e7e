"""The listener of the built-in model, and a real recording with a dog, a car and birds."""

from pathlib import Path

import pytest

from flowsep_plugin.listening import Listener
from flowsep_plugin.media import read_clip

COURTYARD = Path(__file__).parents[2] / "examples" / "clips" / "courtyard.flac"


@pytest.fixture(scope="session")
def listener():
    with Listener.open("default", "cpu", threads=1) as listener:
        yield listener


@pytest.fixture(scope="session")
def courtyard():
    return read_clip(COURTYARD)
