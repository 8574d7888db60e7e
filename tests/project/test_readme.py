"""The README is tested: its links exist, its Python runs, its command lines are valid."""

import re
import shlex
from pathlib import Path

import pytest

from flowsep_plugin.cli import main
from flowsep_plugin.media import write_clip

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
LINKS = sorted({link for link in re.findall(r"\]\(([^)#]+)\)", TEXT) if "://" not in link})
PYTHON = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
COMMANDS = re.findall(r"^\.venv/bin/flowsep (separate .*)$", TEXT, re.MULTILINE)


@pytest.mark.parametrize("link", LINKS)
def test_what_the_readme_points_to_is_there(link):
    assert (ROOT / link).exists()


def test_the_readmes_python_runs(tmp_path, noise_clip, monkeypatch):
    monkeypatch.chdir(tmp_path)
    clip = noise_clip(1)
    write_clip(Path("clip.wav"), clip)
    names = {"audio": clip.samples, "sample_rate": clip.rate}
    for block in PYTHON:
        exec(compile(block, "README.md", "exec"), names)
    assert Path("dog.wav").is_file()
    assert names["stem"].shape == clip.samples.shape


@pytest.mark.parametrize("line", COMMANDS)
def test_the_readmes_command_lines_work(line, tmp_path, noise_clip, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = shlex.split(line)
    monkeypatch.setattr("sys.argv", ["flowsep", *words, "--model", "echo", "--quiet"])
    seconds = 1 if "--start" not in words else 761
    clip = noise_clip(seconds, 8_000, 1)
    write_clip(Path(words[1]), clip)
    with pytest.raises(SystemExit) as left:
        raise SystemExit(main())
    assert left.value.code in (0, None)
    assert any(path.name.endswith("[rest].wav") for path in tmp_path.iterdir())
