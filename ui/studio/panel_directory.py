"""The panel's folders: a cache of its own, and the workspace that outlives it. Two running panels share neither.

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

from .texts import translate

HOME_VARIABLE = "FLOWSEP_PANEL_HOME"
_MOST_PANELS = 20
_MOST_RENDERS = 2


@dataclass(frozen=True, slots=True)
class PanelFolders:
    """Folders for data and cache; the environment variable FLOWSEP_PANEL_HOME puts both into one folder."""

    data: Path
    cache: Path

    @classmethod
    def default(cls) -> "PanelFolders":
        """Return the user's folders for this platform."""
        folder = os.environ.get(HOME_VARIABLE)
        if folder:
            return cls(Path(folder), Path(folder) / "cache")
        return cls(
            Path(platformdirs.user_data_dir("flowsep", appauthor=False)) / "panel",
            Path(platformdirs.user_cache_dir("flowsep", appauthor=False)) / "panel",
        )


class PanelDirectory:
    """The locked folders of one running panel. The system releases the locks when the process ends in any way.

    Raises OSError where 20 panels are open already.
    """

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
        """Folder of all panels' drafts and re-renders, whose jobs are not listed."""
        return self._folders.cache.resolve()

    def stems(self, take: str, name: str) -> Path:
        """Return the panel's own folder for a render of a take; `name` stands for the render settings."""
        return self.scratch / take / name

    def own_example(self) -> Path | None:
        """Return a copy of the example in the panel's data, so that stems can be written next to it.

        None where the installation has no example.
        """
        bundled = example_clip()
        if bundled is None:
            return None
        own = self._folders.data / "example" / bundled.name
        if not own.is_file() or own.stat().st_size != bundled.stat().st_size:
            own.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(bundled, own)
        return own

    def tidy(self, take: str, newest: Path) -> None:
        """Remove the panel's own renders of a take except the newest two; `newest` always stays."""
        folders = [folder for folder in (self.scratch / take).glob("*") if folder.is_dir()]
        folders.sort(key=lambda folder: (folder.name == newest.name, folder.stat().st_mtime), reverse=True)
        for old in folders[_MOST_RENDERS:]:
            shutil.rmtree(old, ignore_errors=True)

    def close(self) -> None:
        """Release the locks and remove the panel's cache."""
        self._cache_lock.release()
        self._data_lock.release()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def _claim(self) -> tuple[Path, FileLock]:
        for number in range(1, _MOST_PANELS + 1):
            mark = "" if number == 1 else f"-{number}"
            lock = FileLock(self._folders.data / f"workspace{mark}.lock")
            if lock.acquire():
                return self._folders.data / f"workspace{mark}.json", lock
        raise OSError(translate("Studio", "{0} panels are open already; close one.").format(_MOST_PANELS))


def sweep(cache: Path) -> None:
    """Remove the folders of panels that no longer run from the cache."""
    with suppress(OSError):
        for folder in cache.iterdir():
            if folder.is_dir() and not is_locked(folder / "lock"):
                shutil.rmtree(folder, ignore_errors=True)


def example_clip() -> Path | None:
    """Return the example clip in the sources or the installed data; None where the installation has none."""
    for folder in (
        Path(__file__).parents[2] / "examples" / "clips",
        Path(sysconfig.get_path("data")) / "share" / "flowsep" / "examples",
    ):
        if (clip := folder / "courtyard.flac").is_file():
            return clip
    return None
