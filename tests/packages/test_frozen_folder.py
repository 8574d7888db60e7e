"""The folder that PyInstaller makes, built once and used as people do: in the shell, and as a window on a screen.

FLOWSEP_FROZEN names a folder that is already built, such as dist/flowsep; without it one is built, which takes a minute
or two.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest
import soundfile
from x_screen import needs_xvfb, wait_until, x_screen

ROOT = Path(__file__).parents[2]
CLIP = ROOT / "examples" / "clips" / "courtyard.flac"
SESSION = ROOT / "tests" / "golden" / "v0_1" / "session.otio"
MOST_MEGABYTES = 520

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="on Windows and macOS the release workflow runs the program"),
]


@pytest.fixture(scope="session")
def frozen(tmp_path_factory) -> Path:
    """Return the frozen program."""
    if folder := os.environ.get("FLOWSEP_FROZEN"):
        return Path(folder) / "flowsep"
    pytest.importorskip("PyInstaller", reason="needs: bash scripts/install.sh PYTHON freeze")
    pytest.importorskip("PyQt6", reason="needs: pip install 'flowsep-plugin[gui]'")
    folder = tmp_path_factory.mktemp("frozen")
    subprocess.run(
        [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level=ERROR", "--workpath", folder / "work",
         "--distpath", folder, ROOT / "packaging" / "flowsep.spec"],
        check=True, cwd=folder,
    )  # fmt: skip
    shutil.rmtree(folder / "work")
    return folder / "flowsep" / "flowsep"


@pytest.fixture
def run(frozen, tmp_path):
    """Return a function that runs the program in an empty home, without this Python's variables."""

    def run(*words, **variables):
        return subprocess.run(
            [str(frozen), *map(str, words)], env=environment(tmp_path, **variables), cwd=tmp_path,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    return run


def environment(home: Path, **variables: str) -> dict[str, str]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "QT_", "XDG_", "LD_", "VIRTUAL_ENV", "DISPLAY"))
    }
    return inherited | {"HOME": str(home), "FLOWSEP_WORKER_HOME": str(home / "worker"), **variables}


def test_it_knows_its_version(run):
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert run("--version").stdout == f"flowsep {version[1]}\n"


def test_its_doctor_finds_all_that_a_separation_and_the_panel_need(run):
    result = run("doctor", "--json")
    findings = {finding["name"]: finding["state"] for finding in json.loads(result.stdout)["findings"]}
    assert result.returncode == 0, result.stdout
    for name in ("audio files", "ONNX Runtime", "model default", "pedalboard", "tokenizers", "PyQt6"):
        assert findings[name] == "good", result.stdout


def test_stems_of_the_bundled_clip_and_the_rest_sum_to_it(run, tmp_path):
    result = run("separate", CLIP, "-q", "a dog barking", "--out", tmp_path / "out")
    assert result.returncode == 0, result.stderr
    clip, _ = soundfile.read(CLIP, dtype="int32")
    parts = [soundfile.read(path)[0] for path in (tmp_path / "out").glob("*.wav")]
    assert len(parts) == 2
    np.testing.assert_array_equal(sum(parts), clip / 2**31)


def test_a_session_is_read_by_a_child_of_the_same_program(run):
    """Readers of foreign files run isolated; OpenTimelineIO is one of the extras in the folder."""
    result = run("session", SESSION, "list")
    assert result.returncode == 0, result.stderr
    assert "'bark'" in result.stdout


def test_a_film_is_read(run, tmp_path):
    """PyAV and its libraries are in the folder."""
    pytest.importorskip("flowsep_plugin.media.container", reason="films are not read yet")
    film = tmp_path / "film.mp4"
    write_film(film)
    result = run("separate", film, "-q", "dog", "--model", "echo", "--out", tmp_path / "out")
    assert result.returncode == 0, result.stderr
    assert len(list((tmp_path / "out").glob("*.wav"))) == 2


def write_film(path: Path) -> None:
    """Write a second of noise as AAC, without a picture."""
    av = pytest.importorskip("av", reason="needs: pip install 'flowsep-plugin[video]'")
    noise = np.random.default_rng(0).standard_normal((1, 48_000)).astype(np.float32) * 0.1
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(noise, format="fltp", layout="mono")
        frame.sample_rate = 48_000
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)


def test_effects_run_in_their_own_process(run, tmp_path):
    chain = tmp_path / "chain.json"
    printed = run("effects", "show", "Gain")
    assert printed.returncode == 0, printed.stderr
    chain.write_text(printed.stdout[printed.stdout.index("{") : printed.stdout.rindex("}") + 1], encoding="utf-8")
    result = run("separate", CLIP, "-q", "dog", "--model", "echo", "--post", chain, "--out", tmp_path / "out")
    assert result.returncode == 0, result.stderr
    assert list((tmp_path / "out").glob("*[[]fx].wav"))


def test_scripts_for_a_daw_call_the_program_and_bring_its_client(run, frozen, tmp_path):
    assert run("hosts", "install", "reaper", "--python", "--resources", tmp_path).returncode == 0
    folder = tmp_path / "Scripts" / "FlowSep"
    assert str(frozen) in (folder / "FlowSep.py").read_text(encoding="utf-8")
    client = ROOT / "flowsep_plugin" / "jobs" / "client" / "stdlib_client.py"
    assert (folder / "flowsep_bare.py").read_text(encoding="utf-8") == client.read_text(encoding="utf-8")


def test_it_holds_no_torch_no_tests_and_two_thirds_of_what_it_was(frozen):
    files = [path for path in frozen.parent.rglob("*") if path.is_file() and not path.is_symlink()]
    names = {path.relative_to(frozen.parent / "_internal").parts[0] for path in files if path != frozen}
    assert not names & {"torch", "pytest", "matplotlib", "ray", "mkdocs", "onnx"}
    assert {"av", "flowsep_plugin", "flowsep_ui", "onnxruntime", "PyQt6"} <= names
    assert sum(path.stat().st_size for path in files) / 1e6 < MOST_MEGABYTES


def test_no_path_of_the_machine_that_built_it_is_in_its_metadata(frozen):
    metadata = [path for path in frozen.parent.rglob("*.dist-info/*") if path.name in ("direct_url.json", "RECORD")]
    assert not [path for path in metadata if str(ROOT) in path.read_text(encoding="utf-8")]


def test_an_appdir_of_it_starts_and_is_what_a_desktop_expects(frozen, tmp_path):
    result = subprocess.run(
        ["bash", ROOT / "packaging" / "appimage" / "build.sh", frozen.parent, tmp_path / "out"],
        env=os.environ | {"PYTHON": sys.executable, "APPIMAGETOOL": ""}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    appdir = tmp_path / "out" / "FlowSep.AppDir"
    printed = subprocess.run(
        [appdir / "AppRun", "--version"], env=environment(tmp_path), capture_output=True, text=True, check=False
    )
    assert printed.stdout.startswith("flowsep "), printed.stderr
    for tool, *words in (
        ("desktop-file-validate", "flowsep.desktop"),
        ("appstreamcli", "validate-tree", "--no-net", "."),
    ):
        if shutil.which(tool):
            check = subprocess.run([tool, *words], cwd=appdir, capture_output=True, text=True, check=False)
            assert check.returncode == 0, check.stdout
    shutil.rmtree(appdir)


@needs_xvfb()
def test_the_panel_draws_the_clip_in_a_window_and_starts_a_worker_of_the_same_program(frozen, tmp_path):
    with x_screen(tmp_path) as screen:
        variables = environment(tmp_path, DISPLAY=screen.display, QT_QPA_PLATFORM="xcb", XDG_RUNTIME_DIR=str(tmp_path))
        panel = subprocess.Popen(
            [str(frozen), "-P", "-m", "flowsep_ui", str(CLIP)], env=variables, stdin=subprocess.DEVNULL
        )
        worker = None
        try:
            worker = wait_until(lambda: _worker(tmp_path), 60, "a worker comes up")
            assert worker.exe() == str(frozen)
            pixels = wait_until(lambda: _spectrogram(screen.pixels()), 60, "the clip is drawn")
            assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 256
        finally:
            panel.terminate()
            panel.wait(30)
            if worker is not None:
                worker.terminate()
                worker.wait(30)
    assert panel.returncode in (0, -15)


def _worker(home: Path) -> psutil.Process | None:
    """Return the worker of this home once it listens."""
    try:
        return psutil.Process(json.loads((home / "worker" / "address.json").read_text(encoding="utf-8"))["pid"])
    except (OSError, ValueError, psutil.NoSuchProcess):
        return None


def _spectrogram(pixels: np.ndarray) -> np.ndarray | None:
    """Return the picture once a spectrogram is in it: warm colours over a good part of the screen."""
    red, blue = pixels[..., 0].astype(int), pixels[..., 2].astype(int)
    return pixels if ((red > 150) & (red > blue + 60)).mean() > 0.02 else None
