"""What every test of `flowsep_plugin.media` runs under."""

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def _quick_disk() -> Iterator[None]:
    """Leave out the waiting for the disk, which a busy machine makes minutes; one test looks for the calls."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield
