"""Every test of a real host has a home of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from real_hosts import Home


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    folder = tmp_path / "home"
    folder.mkdir()
    made = Home(folder)
    try:
        yield made
    finally:
        made.close()
