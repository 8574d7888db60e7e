"""Progress output for a terminal, a log and a program."""

import io
from pathlib import Path

import pytest

from flowsep_plugin.cli import reporters
from flowsep_plugin.cli.reporters import BarReporter, EventReporter, LineReporter, QuietReporter, choose_reporter, clock
from flowsep_plugin.progress import Progress


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (9.94, "9.9 s"), (42, "42 s"), (187, "3:07"), (3723, "1:02:03")]
)
def test_durations_are_formatted_like_a_clock(seconds, text):
    assert clock(seconds) == text


def test_a_terminal_gets_a_bar(monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert isinstance(choose_reporter(as_json=False, quiet=False), BarReporter)


def test_a_log_gets_lines(monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: False, raising=False)
    assert type(choose_reporter(as_json=False, quiet=False)) is LineReporter


def test_json_wins_over_quiet():
    assert isinstance(choose_reporter(as_json=True, quiet=True), EventReporter)


def test_quiet_chooses_the_quiet_reporter():
    assert type(choose_reporter(as_json=False, quiet=True)) is QuietReporter


def test_lines_do_not_flood_a_log(capsys):
    lines = LineReporter()
    lines.begin(Path("song.wav"), 1, 1)
    for done in range(1000):
        lines.progress(Progress("separate", done, 1000, 1.0))
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_the_bar_shows_name_stage_share_and_time_left(monkeypatch):
    from rich.console import Console

    screen = io.StringIO()
    monkeypatch.setattr("rich.console.Console", lambda **options: Console(file=screen, force_terminal=True, width=100))
    with reporters.BarReporter() as bar:
        bar.begin(Path("song [take].wav"), 1, 1)
        bar.progress(Progress("separate", 1, 4, 75.0))
        bar._bars.refresh()
    for part in ("song [take].wav: listening", "25%", "1:15 left"):
        assert part in screen.getvalue()
