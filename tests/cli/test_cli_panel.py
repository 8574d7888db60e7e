"""`flowsep panel`: the process that it starts, and its errors."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from flowsep_plugin.cli import main


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    with pytest.raises(SystemExit) as exit_info:
        main(["panel", *(str(argument) for argument in arguments)])
    return int(exit_info.value.code or 0), capsys.readouterr().err


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    commands: list[list[str]] = []

    def remember(command: list[str], check: bool) -> subprocess.CompletedProcess[bytes]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", remember)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    return commands


def test_the_panel_runs_in_a_process_of_its_own(
    capsys: pytest.CaptureFixture[str], started: list[list[str]], tmp_path: Path
) -> None:
    clip = tmp_path / "-take.wav"
    clip.touch()
    assert run(capsys, "--theme", "light", clip)[0] == 0
    assert started == [[sys.executable, "-P", "-m", "flowsep_ui", "--theme", "light", "--", str(clip)]]


def test_a_missing_pyqt_names_the_extra(
    capsys: pytest.CaptureFixture[str], started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "PyQt6" else object())
    code, error = run(capsys)
    assert code == 2
    assert "pip install 'flowsep-plugin[gui]'" in error
    assert started == []


def test_a_missing_file_is_refused_before_a_window_opens(
    capsys: pytest.CaptureFixture[str], started: list[list[str]]
) -> None:
    code, error = run(capsys, "gone.wav")
    assert (code, "gone.wav" in error) == (2, True)
    assert started == []


def test_the_help_names_every_theme(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    themes = pytest.importorskip("flowsep_ui.theme").THEMES
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit):
        main(["panel", "--help"])
    assert "|".join(themes) in capsys.readouterr().out
