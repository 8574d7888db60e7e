"""What a user may set once."""

from pathlib import Path

import pytest

from flowsep_plugin.errors import UsageError
from flowsep_plugin.settings import WorkerSettings, worker_settings


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
        ('[worker]\ncache_mb = "big"', "'big' is not int"),
        ("[worker]\ncache_mb = true", "True is not int"),
        ("[worker]\nthreads = -1", "0 or more"),
        ("[worker", "cannot be read as TOML"),
    ],
)
def test_what_is_set_wrongly_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "s.toml").write_text(text)
    with pytest.raises(UsageError, match=message):
        worker_settings(tmp_path / "s.toml")
