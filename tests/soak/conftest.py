"""Sizes of the soak: short by default, long with `make soak` (FLOWSEP_SOAK_KILLS and FLOWSEP_SOAK_SEED)."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from soak_ground import SoakGround, living_in

SHORT_KILLS = 40


@pytest.fixture
def kills() -> int:
    """How many kills are tried."""
    return int(os.environ.get("FLOWSEP_SOAK_KILLS", SHORT_KILLS))


@pytest.fixture
def seed() -> int:
    """Seed of all random choices; moments depend on the machine too."""
    return int(os.environ.get("FLOWSEP_SOAK_SEED", 20))


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[SoakGround]:
    """A user of its own, whose worker is gone after the test."""
    ground = SoakGround(tmp_path / "user")
    with living_in(ground):
        yield ground
        ground.end()


@pytest.fixture
def small_disk(ground: SoakGround) -> Iterator[Callable[..., None]]:
    """`small_disk(folder, megabytes=…)`: mount a small disk there; skips, saying so, where that is not possible."""
    mounted: list[Path] = []

    def mount(folder: Path, *, megabytes: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
        if shutil.which("mount") is None or subprocess.run(command, check=False, capture_output=True).returncode:
            pytest.skip("FULL DISKS NOT TRIED: no tmpfs can be mounted here; it takes root, or `unshare -rm make soak`")
        mounted.append(folder)

    yield mount
    ground.end()
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)
