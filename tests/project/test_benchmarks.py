"""Benchmarks are scripts: each runs here once, as short as possible, and prints its table."""

import subprocess
import sys
from pathlib import Path

import pytest

from flowsep_plugin.media import write_clip

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.mark.parametrize(
    ("script", "arguments", "message"),
    [
        ("stages.py", ["--seconds", "0.5", "--threads", "1"], "| 0.5 | 1 |"),
        ("memory.py", ["--minutes", "0.02", "0.05"], "longest over shortest"),
    ],
)
def test_a_benchmark_prints_its_table(pocket, script, arguments, message):
    command = [sys.executable, str(FOLDER / script), "--model", str(pocket), *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert message in ran.stdout


def test_the_benchmark_of_mask_edits_prints_its_table():
    command = [sys.executable, str(FOLDER / "mask_edits.py"), "--seconds", "10", "--queries", "1"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "| 10 | 1 |" in ran.stdout


def test_the_listening_benchmark_prints_its_table():
    command = [sys.executable, str(FOLDER / "listening.py"), "--minutes", "0.05", "0.1", "--threads", "1"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "| 0.05 |" in ran.stdout


def test_the_audition_benchmark_prints_its_table():
    pytest.importorskip("PyQt6", reason="needs: pip install 'flowsep-plugin[gui]'")
    arguments = ["--minutes", "0.05", "--tries", "2", "--stems", "1", "--tracks", "3", "--clips", "4"]
    command = [sys.executable, str(FOLDER / "panel_audition.py"), *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "| volume slider |" in ran.stdout
    assert "| 3 tracks of 4 clips | |" in ran.stdout


def test_the_panel_benchmark_prints_its_table():
    pytest.importorskip("PyQt6", reason="needs: pip install 'flowsep-plugin[gui]'")
    arguments = ["--minutes", "0.1", "--frames", "3", "--tracks", "3", "--clips", "4"]
    command = [sys.executable, str(FOLDER / "panel.py"), *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "first waveform" in ran.stdout
    assert "| spectrogram, scroll 24 px |" in ran.stdout
    assert "| 3 tracks of 4 clips, zoom 15 % |" in ran.stdout


def test_the_published_benchmark_prints_its_table():
    pytest.importorskip("torch", reason="needs: pip install 'flowsep-plugin[export]'")
    arguments = ["--toy", "--family", "flowsep", "--stage", "decode", "--rounds", "1"]
    command = [sys.executable, str(FOLDER / "published.py"), *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "| `decode` | 1 |" in ran.stdout
    assert "| all | 1 |" in ran.stdout


def test_the_presence_benchmark_prints_its_table(tmp_path, noise_clip):
    rows = ["path,label,caption,duration"]
    for name, seed in (("rain", 0), ("wind", 1)):
        write_clip(tmp_path / f"{name}.wav", noise_clip(1, seed=seed))
        rows.append(f"{name}.wav,{name},the {name},1.0")
    (tmp_path / "metadata.csv").write_text("\n".join(rows))
    command = [sys.executable, str(FOLDER / "presence.py"), str(tmp_path), "--count", "1", "--model", "echo"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert [line.split()[0] for line in ran.stdout.splitlines()] == ["F1", "possible", "present"]
