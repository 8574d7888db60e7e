"""`flowsep panel`: what it starts, and what it says where it cannot."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from flowsep_plugin.cli import main


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        main(["panel", *(str(argument) for argument in arguments)])
    return int(ended.value.code or 0), capsys.readouterr().err


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    commands: list[list[str]] = []

    def remember(command: list[str], check: bool) -> subprocess.CompletedProcess[bytes]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", remember)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    return commands


def test_the_panel_is_a_process_of_its_own(
    capsys: pytest.CaptureFixture[str], started: list[list[str]], tmp_path: Path
) -> None:
    clip = tmp_path / "-take.wav"
    clip.touch()
    assert run(capsys, "--theme", "light", clip)[0] == 0
    assert started == [[sys.executable, "-m", "flowsep_ui", "--theme", "light", "--", str(clip)]]


def test_what_is_missing_is_named_with_the_way_to_it(
    capsys: pytest.CaptureFixture[str], started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "PyQt6" else object())
    code, said = run(capsys)
    assert code == 2
    assert "pip install 'flowsep-plugin[gui]'" in said
    assert started == []


def test_a_file_that_is_not_there_is_refused_before_a_window_opens(
    capsys: pytest.CaptureFixture[str], started: list[list[str]]
) -> None:
    code, said = run(capsys, "gone.wav")
    assert (code, "gone.wav" in said) == (2, True)
    assert started == []
