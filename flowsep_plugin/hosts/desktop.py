"""Menu entry and icon of the panel, in the user's folders as freedesktop.org specifies them.

Sources: Desktop Entry Specification 1.5, Icon Theme Specification.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from flowsep_plugin.errors import SessionError, UsageError
from flowsep_plugin.version import install_command

from .command import flowsep_command

NAME: Final = "flowsep"
_TYPES: Final = (
    "audio/x-wav", "audio/vnd.wave", "audio/flac", "audio/x-flac", "audio/x-aiff", "audio/aiff", "audio/mpeg",
    "audio/ogg", "audio/x-vorbis+ogg",
)  # fmt: skip
_ENTRY: Final = """[Desktop Entry]
Type=Application
Version=1.0
Name=FlowSep
GenericName=Sound Separation
GenericName[de]=Klangtrennung
Comment=Type a sound, get it as a stem that nulls
Comment[de]=Einen Klang beschreiben und ihn als Spur bekommen
Exec={command} panel %F
Icon=flowsep
Terminal=false
StartupNotify=true
StartupWMClass=flowsep
Categories=AudioVideo;Audio;AudioVideoEditing;
Keywords=audio;separation;stem;sound;remix;
MimeType={types};
"""


def install(data: Path | None = None, command: Sequence[str] | None = None) -> tuple[Path, Path]:
    """Write the menu entry and its icon into the user's data folder; returns both paths.

    data : None means XDG_DATA_HOME.     command : how to call flowsep; None means the one next to this Python.
    Raises UsageError on Windows and macOS, SessionError where the folder is not writable or the panel is not installed.
    """
    if data is None and sys.platform in ("win32", "darwin"):
        raise UsageError("desktop entries exist on Linux and BSD only; create a shortcut to `flowsep panel` instead")
    data = data or Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    entry = data / "applications" / f"{NAME}.desktop"
    icon = data / "icons" / "hicolor" / "scalable" / "apps" / f"{NAME}.svg"
    drawing = _icon()
    try:
        for path, text in ((icon, drawing), (entry, entry_text(command or [flowsep_command()]))):
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            part.write_text(text, "utf-8")
            os.replace(part, path)
    except OSError as error:
        raise SessionError(f"{data} cannot be written ({error.strerror}); check its permissions") from error
    _update_desktop(entry.parent)
    return entry, icon


def remove(data: Path | None = None) -> list[Path]:
    """Delete the menu entry and the icon; returns the paths of the deleted files."""
    data = data or Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    existing = [
        path
        for path in (
            data / "applications" / f"{NAME}.desktop",
            data / "icons" / "hicolor" / "scalable" / "apps" / f"{NAME}.svg",
        )
        if path.exists()
    ]
    for path in existing:
        path.unlink()
    _update_desktop(data / "applications")
    return existing


def entry_text(command: Sequence[str]) -> str:
    """Return the text of a desktop entry that calls `command`."""
    return _ENTRY.format(command=" ".join(map(_quoted, command)), types=";".join(_TYPES))


def _quoted(argument: str) -> str:
    """Quote `argument` for Exec: in double quotes, its special characters escaped twice, and % doubled."""
    if all(sign.isalnum() or sign in "/._-+" for sign in argument) and argument:
        return argument
    for sign in '\\"`$':
        argument = argument.replace(sign, "\\" + sign)
    return '"' + argument.replace("\\", "\\\\").replace("%", "%%") + '"'


def _icon() -> str:
    spec = importlib.util.find_spec("flowsep_ui")
    directory = spec.submodule_search_locations if spec else None
    drawing = Path(next(iter(directory))) / "data" / f"{NAME}.svg" if directory else None
    if drawing is None or not drawing.exists():
        raise SessionError(f"the panel is not part of this installation: {install_command('gui')}")
    return drawing.read_text("utf-8")


def _update_desktop(folder: Path) -> None:
    """Update the cache of MIME types; desktops that watch the folder need nothing else."""
    tool = shutil.which("update-desktop-database")
    if tool is not None and folder.is_dir():
        subprocess.run([tool, str(folder)], check=False, capture_output=True)
