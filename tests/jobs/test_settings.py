"""What a user may set once."""

import os
from pathlib import Path

import pytest

from flowsep_plugin.errors import UsageError
from flowsep_plugin.settings import WorkerSettings, panel_settings, worker_settings


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    assert worker_settings(tmp_path / "none.toml") == WorkerSettings()


def test_what_is_set_is_taken(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text('[worker]\nidle_seconds = 5\ncache_mb = 10\nroots = ["/projects"]\n[ui]\nx = 1\n')
    settings = worker_settings(tmp_path / "s.toml")
    assert (settings.idle_seconds, settings.cache_mb, settings.roots) == (5, 10, (Path("/projects"),))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[worker]\nidle = 3", "unknown setting worker.idle"),
        ('[worker]\ncache_mb = "big"', "worker.cache_mb is 'big', must be a whole number"),
        ("[worker]\ncache_mb = true", "worker.cache_mb is True, must be a whole number"),
        ("[worker]\nthreads = -1", "worker.threads is -1, must be 0 to 4096"),
        ("[worker", "cannot be read as TOML"),
        ("[worker]\nidle_seconds = nan", "worker.idle_seconds is nan, must be 0 to 1000000000"),
        ("[worker]\nidle_seconds = 1e400", "worker.idle_seconds is inf, must be 0 to 1000000000"),
        ("[worker]\nthreads = 0x" + "f" * 5000, "worker.threads is a number of 20000 bits, must be 0 to 4096"),
        ("[worker]\nthreads = " + "9" * 5000, "4300 digits"),
        ("[worker]\nroots = [3]", r"worker.roots\[0\] is 3, must be a path"),
        ('[worker]\nroots = ["\\u0000"]', r"worker.roots\[0\] is .*, must be a path that a file can have"),
        ("[worker]\nroots = {a = 1}", "worker.roots is {'a': 1}, must be a list"),
        ("a = " + "[" * 5000, "cannot be read as TOML"),
    ],
)
def test_what_is_set_wrongly_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "s.toml").write_text(text)
    with pytest.raises(UsageError, match=message):
        worker_settings(tmp_path / "s.toml")


def test_a_pipe_is_no_settings_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "s.toml")
    with pytest.raises(UsageError, match="is a pipe or a device"):
        worker_settings(tmp_path / "s.toml")


def test_a_folder_of_a_user_who_does_not_exist_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text('[worker]\nroots = ["~nobody-here/x"]\n[panel]\noutput_folder = "~nobody-here"\n')
    assert worker_settings(tmp_path / "s.toml").roots == (Path("~nobody-here/x"),)
    assert panel_settings(tmp_path / "s.toml").folder == Path("~nobody-here")
