"""Processes that the program starts import nothing from the folder in which it was started."""

import re
from pathlib import Path

import pytest

import flowsep_plugin
from flowsep_plugin.effects.child import EffectProcess

_SOURCES = Path(flowsep_plugin.__file__).parent


def test_the_process_of_effects_runs_no_module_of_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = tmp_path / "numpy.py"
    trap.write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nraise SystemExit(9)\n")
    monkeypatch.chdir(tmp_path)
    process = EffectProcess()
    try:
        process.call({"do": "close", "stream": 0}, limit_s=60)
    finally:
        process.close()
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("folder", [_SOURCES, _SOURCES.parent / "ui"], ids=["core", "panel"])
def test_every_process_is_started_without_the_current_folder(folder: Path) -> None:
    commands = [path.name for path in folder.rglob("*.py") if re.search(r'executable, "-m"', path.read_text("utf-8"))]
    assert commands == []
