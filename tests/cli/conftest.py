"""Fixtures that run the command line in this process and return its output and exit code."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from flowsep_plugin import models
from flowsep_plugin.cli import main
from flowsep_plugin.media import write_clip


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def events(self):
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def flowsep(capsys) -> Callable[..., Outcome]:
    """`flowsep("separate", path, "-q", "rain")` runs a command; its arguments are converted to text."""

    def run(*arguments) -> Outcome:
        capsys.readouterr()
        with pytest.raises(SystemExit) as exit_info:
            main([str(argument) for argument in arguments])
        output = capsys.readouterr()
        return Outcome(int(exit_info.value.code or 0), output.out, output.err)

    return run


@pytest.fixture
def song(tmp_path, noise_clip):
    """Two seconds of stereo noise at 48 kHz in a folder of its own."""
    folder = tmp_path / "songs"
    folder.mkdir()
    path = folder / "song.wav"
    write_clip(path, noise_clip(2.0), format="wav24")
    return path


@pytest.fixture
def own_models(tmp_path, monkeypatch):
    """Redirect the user's models to a folder that does not exist yet; returns it."""
    folder = tmp_path / "models"
    monkeypatch.setattr(models, "models_folder", lambda: folder)
    monkeypatch.setattr("flowsep_plugin.library.models_folder", lambda: folder)
    return folder
