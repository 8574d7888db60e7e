"""The panel's folders: its own cache, and the workspace that outlives it. Two panels do not share either.

<data>/panel/workspace.json, workspace.lock        <cache>/panel/<random>/…, lock
"""

import os
import secrets
import shutil
import sysconfig
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from flowsep_plugin.file_lock import FileLock, is_locked

HOME_VARIABLE = "FLOWSEP_PANEL_HOME"
_MOST_PANELS = 20
_MOST_RENDERS = 2


@dataclass(frozen=True, slots=True)
class PanelFolders:
    """Where the panel keeps things; FLOWSEP_PANEL_HOME puts both under one roof."""

    data: Path
    cache: Path

    @classmethod
    def default(cls) -> "PanelFolders":
        """The user's own."""
        named = os.environ.get(HOME_VARIABLE)
        if named:
            return cls(Path(named), Path(named) / "cache")
        return cls(
            Path(platformdirs.user_data_dir("flowsep", appauthor=False)) / "panel",
            Path(platformdirs.user_cache_dir("flowsep", appauthor=False)) / "panel",
        )


class PanelDirectory:
    """One panel's hold on its folders, for as long as it runs. The locks end with the process, whatever ends it."""

    def __init__(self, folders: PanelFolders | None = None) -> None:
        self._folders = folders or PanelFolders.default()
        self._folders.data.mkdir(parents=True, exist_ok=True)
        sweep(self._folders.cache)
        self.workspace_file, self._data_lock = self._claim()
        self.scratch = self._folders.cache / secrets.token_hex(6)
        self.scratch.mkdir(parents=True)
        self._cache_lock = FileLock(self.scratch / "lock")
        self._cache_lock.acquire()

    @property
    def hidden(self) -> Path:
        """What is written below it is nobody's business but the panels'."""
        return self._folders.cache.resolve()

    def stems(self, take: str, name: str) -> Path:
        """The folder for stems of a take that nobody but the panel sees."""
        return self.scratch / take / name

    def own_example(self) -> Path | None:
        """The example where stems may lie beside it: a copy in the panel's data. None where it was left out."""
        bundled = example_clip()
        if bundled is None:
            return None
        own = self._folders.data / "example" / bundled.name
        if not own.is_file() or own.stat().st_size != bundled.stat().st_size:
            own.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(bundled, own)
        return own

    def tidy(self, take: str, newest: Path) -> None:
        """Keep the newest two renders of a take, of those that nobody but the panel sees."""
        folders = [folder for folder in (self.scratch / take).glob("*") if folder.is_dir()]
        folders.sort(key=lambda folder: (folder.name == newest.name, folder.stat().st_mtime), reverse=True)
        for old in folders[_MOST_RENDERS:]:
            shutil.rmtree(old, ignore_errors=True)

    def close(self) -> None:
        """Let go, and leave nothing in the cache."""
        self._cache_lock.release()
        self._data_lock.release()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def _claim(self) -> tuple[Path, FileLock]:
        for number in range(1, _MOST_PANELS + 1):
            mark = "" if number == 1 else f"-{number}"
            lock = FileLock(self._folders.data / f"workspace{mark}.lock")
            if lock.acquire():
                return self._folders.data / f"workspace{mark}.json", lock
        raise OSError(f"{_MOST_PANELS} panels are open; close one")


def sweep(cache: Path) -> None:
    """Remove what panels that are gone have left in the cache."""
    with suppress(OSError):
        for folder in cache.iterdir():
            if folder.is_dir() and not is_locked(folder / "lock"):
                shutil.rmtree(folder, ignore_errors=True)


def example_clip() -> Path | None:
    """The clip that comes with flowsep: beside the sources, or in the installed data; None where it was left out."""
    for folder in (
        Path(__file__).parents[2] / "examples" / "clips",
        Path(sysconfig.get_path("data")) / "share" / "flowsep" / "examples",
    ):
        if (clip := folder / "courtyard.flac").is_file():
            return clip
    return None
