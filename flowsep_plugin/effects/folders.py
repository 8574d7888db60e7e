"""Folders in which VST3 and Audio Units are on each system. Listing the plug-ins in them loads none."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

SUFFIXES: Final = (".vst3", ".component")
"""Suffixes of a VST3 (a file or a folder) and of an Audio Unit (a folder, macOS)."""

_DEEPEST: Final = 4


def standard_folders() -> tuple[Path, ...]:
    """Return the folders in which this system keeps plug-ins, those that exist or not (Steinberg's VST3 locations)."""
    user = Path.home()
    if sys.platform == "darwin":
        roots = (user / "Library/Audio/Plug-Ins", Path("/Library/Audio/Plug-Ins"))
        return tuple(root / kind for root in roots for kind in ("VST3", "Components"))
    if sys.platform == "win32":
        common = os.environ.get("COMMONPROGRAMFILES", r"C:\Program Files\Common Files")
        local = os.environ.get("LOCALAPPDATA", str(user / "AppData/Local"))
        return (Path(local) / "Programs/Common/VST3", Path(common) / "VST3")
    return (user / ".vst3", Path("/usr/lib/vst3"), Path("/usr/local/lib/vst3"))


def find_plugins(folders: Sequence[str | Path] | None = None) -> tuple[Path, ...]:
    """Return the plug-ins in `folders` (those of the system where None), sorted by name; missing folders have none."""
    roots = standard_folders() if folders is None else [Path(folder) for folder in folders]
    plugins = {path.absolute() for root in roots for path in _plugins_in(root, _DEEPEST)}
    return tuple(sorted(plugins, key=lambda path: (path.name.casefold(), str(path))))


def _plugins_in(folder: Path, depth: int) -> Iterator[Path]:
    """Yield plug-ins under `folder`; a bundle is one plug-in, what is inside it is none."""
    if is_plugin(folder):
        yield folder
        return
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        if is_plugin(entry):
            yield entry
        elif depth and entry.is_dir() and not entry.is_symlink():
            yield from _plugins_in(entry, depth - 1)


def is_plugin(path: Path) -> bool:
    """Return whether the name of `path` is that of a plug-in on this system."""
    suffix = path.suffix.lower()
    return suffix in SUFFIXES and (suffix == ".vst3" or sys.platform == "darwin")
