"""REAPER: a Lua script that every REAPER runs without set-up, and where it belongs."""

import os
import shutil
import sys
from pathlib import Path
from typing import Final

from flowsep_plugin.errors import SessionError

SCRIPT: Final = Path(__file__).with_name("flowsep.lua")
_MARK: Final = 'local FLOWSEP = "flowsep" -- @FLOWSEP@'


def resource_folder(platform: str = sys.platform) -> Path:
    """Return REAPER's resource folder; Options, Show REAPER resource path, opens it in REAPER."""
    if platform == "win32":
        return Path(os.environ.get("APPDATA", str(Path.home() / "AppData" / "Roaming"))) / "REAPER"
    if platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "REAPER"
    return Path(os.environ.get("XDG_CONFIG_HOME", str(Path.home() / ".config"))) / "REAPER"


def install(resources: Path | None = None, command: str | None = None) -> Path:
    """Put the script into REAPER's folder and return its path.

    resources : None finds it; command : the flowsep to call, None the one beside this Python.
    Raises SessionError where REAPER has no folder yet, or it may not be written.
    """
    folder = resources or resource_folder()
    if not folder.is_dir():
        raise SessionError(f"{folder}: REAPER has no folder there; start REAPER once, or name it with --resources")
    target = folder / "Scripts" / "FlowSep" / "FlowSep.lua"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(script(command or _flowsep()), "utf-8", newline="\n")
    except OSError as error:
        raise SessionError(f"{target} cannot be written ({error.strerror}); name a folder with --resources") from error
    return target


def script(command: str) -> str:
    """Return the script that calls `command`."""
    text = SCRIPT.read_text("utf-8")
    quoted = command.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return text.replace(_MARK, f'local FLOWSEP = "{quoted}"')


def _flowsep() -> str:
    beside = Path(sys.executable).with_name("flowsep.exe" if sys.platform == "win32" else "flowsep")
    return str(beside) if beside.exists() else shutil.which("flowsep") or "flowsep"
