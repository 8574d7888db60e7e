"""REAPER: a Lua script that runs without set-up, the same script in Python, and their installation."""

import os
import sys
from pathlib import Path
from typing import Final

from flowsep_plugin.errors import SessionError
from flowsep_plugin.hosts.command import flowsep_command
from flowsep_plugin.jobs.client import stdlib_client

LUA: Final = Path(__file__).with_name("flowsep.lua")
PYTHON: Final = Path(__file__).with_name("flowsep_script.py")
_LUA_MARK: Final = 'local FLOWSEP = "flowsep" -- @FLOWSEP@'
_PYTHON_MARK: Final = 'FLOWSEP = "flowsep"  # @FLOWSEP@'
_FOLDER_MARK: Final = 'FOLDER = ""  # @FOLDER@'


def resource_folder(platform: str = sys.platform) -> Path:
    """Return REAPER's resource folder, which Options, Show REAPER resource path opens in REAPER."""
    if platform == "win32":
        return Path(os.environ.get("APPDATA", str(Path.home() / "AppData" / "Roaming"))) / "REAPER"
    if platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "REAPER"
    return Path(os.environ.get("XDG_CONFIG_HOME", str(Path.home() / ".config"))) / "REAPER"


def install(resources: Path | None = None, command: str | None = None, *, python: bool = False) -> Path:
    """Install the script in REAPER's resource folder and return its path.

    resources : the resource folder, None finds it.     command : the flowsep to call, None means the one next to this
    Python.     python : install the Python version, and next to it its client of the worker.
    Raises SessionError where REAPER has no resource folder yet, or it is not writable.
    """
    root = resources or resource_folder()
    if not root.is_dir():
        raise SessionError(
            f"{root}: REAPER's resource folder does not exist; start REAPER once, or name the folder",
            setting="resources",
        )
    folder = (root / "Scripts" / "FlowSep").absolute()
    executable = command or flowsep_command()
    files = {"FlowSep.lua": lua_script(executable)}
    if python:
        client = Path(stdlib_client.__file__).read_text("utf-8")
        files = {"flowsep_bare.py": client, "FlowSep.py": python_script(executable, folder)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise SessionError(
            f"{folder} cannot be written ({error.strerror}); name another folder", setting="resources"
        ) from error
    return folder / list(files)[-1]


def lua_script(command: str) -> str:
    """Return the Lua script that calls `command`."""
    quoted = command.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return LUA.read_text("utf-8").replace(_LUA_MARK, f'local FLOWSEP = "{quoted}"')


def python_script(command: str, folder: Path) -> str:
    """Return the Python script that starts a worker with `command` and imports its client from `folder`."""
    text = PYTHON.read_text("utf-8").replace(_PYTHON_MARK, f"FLOWSEP = {command!r}")
    return text.replace(_FOLDER_MARK, f"FOLDER = {str(folder)!r}")
