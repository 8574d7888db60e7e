"""Plug-ins for tests: one of Debian's, and some that are compiled here to fail on purpose; a cache of their own."""

import platform
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from left_over import shared

from flowsep_plugin.effects import EffectHost
from flowsep_plugin.effects.scans import ScanCache

HERE = Path(__file__).parent
DRAGONFLY = Path("/usr/lib/vst3/DragonflyRoomReverb.vst3")
DPF = Path("/usr/share/dpf/distrho")


@pytest.fixture(scope="session", autouse=True)
def _needs_pedalboard() -> None:
    pytest.importorskip("pedalboard")


@pytest.fixture(autouse=True)
def scan_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ScanCache:
    cache = ScanCache(tmp_path / "scans")
    monkeypatch.setattr(ScanCache, "default", classmethod(lambda cls: cache))
    return cache


@pytest.fixture(scope="session")
def host() -> Iterator[EffectHost]:
    with EffectHost() as host, shared(lambda: host.pid, "effects-log", "effects-watchdog"):
        yield host


@pytest.fixture(scope="session")
def noise() -> np.ndarray:
    """Six channels of 5 s of low-passed noise at 48 kHz, float32."""
    white = np.random.default_rng(7).standard_normal((6, 240_000))
    return (np.cumsum(white, axis=1) * 0.002 + white * 0.02).clip(-0.5, 0.5).astype(np.float32)


@pytest.fixture(scope="session")
def dragonfly() -> Path:
    """Dragonfly Room Reverb, a VST3 of Debian."""
    if not DRAGONFLY.exists():
        pytest.skip("the VST3 of Debian's dragonfly-reverb-vst3 is missing; run scripts/system.sh test")
    return DRAGONFLY


@pytest.fixture(scope="session")
def trouble(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A VST3 made with DPF that reports 300 frames of latency, and crashes, hangs or returns NaN on demand."""
    if not DPF.is_dir() or shutil.which("g++") is None:
        pytest.skip("g++ or Debian's dpf-source is missing; run scripts/system.sh test")
    bundle = _bundle(tmp_path_factory.mktemp("trouble"), "Trouble")
    sources = [HERE / "plugins/trouble.cpp", DPF / "DistrhoPluginMain.cpp"]
    includes = ["-I", DPF, "-I", HERE / "plugins"]
    compile_shared("g++", *sources, *includes, "-std=c++11", "-w", "-DDISTRHO_PLUGIN_TARGET_VST3", output=bundle)
    return bundle.parents[2]


@pytest.fixture
def crashing(tmp_path: Path) -> Path:
    """A .vst3 that calls abort() as it is loaded."""
    return failing(tmp_path, "Crash", 0)


@pytest.fixture
def hanging(tmp_path: Path) -> Path:
    """A .vst3 that sleeps for an hour as it is loaded."""
    return failing(tmp_path, "Hang", 3600)


def failing(folder: Path, name: str, seconds: int) -> Path:
    if platform.system() != "Linux" or shutil.which("cc") is None:
        pytest.skip("plug-ins that fail are built with cc, on Linux")
    library = _bundle(folder, name)
    compile_shared("cc", HERE / "plugins/crash.c", f"-DSECONDS={seconds}", output=library)
    return library.parents[2]


def compile_shared(compiler: str, *arguments: object, output: Path) -> None:
    command = [compiler, "-shared", "-fPIC", "-O1", *map(str, arguments), "-o", str(output)]
    subprocess.run(command, check=True, capture_output=True)


def _bundle(folder: Path, name: str) -> Path:
    """Return the library's path in a new bundle."""
    inner = folder / f"{name}.vst3/Contents/{platform.machine()}-linux"
    inner.mkdir(parents=True)
    return inner / f"{name}.so"
