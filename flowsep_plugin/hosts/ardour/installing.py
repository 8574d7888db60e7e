"""Installs the action in Ardour's settings, and in a script slot from which a key, a button or OSC can run it."""

import base64
import os
import re
import shutil
import sys
import xml.etree.ElementTree as ET  # nosec B405 # Ardour's settings of this user, who can run code anyway
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flowsep_plugin.errors import SessionError
from flowsep_plugin.hosts.command import flowsep_command

from .exchange import default_folder

SCRIPT: Final = Path(__file__).with_name("flowsep.lua")
_COMMAND: Final = 'local FLOWSEP = "flowsep" -- @FLOWSEP@'
_EXCHANGE: Final = 'local EXCHANGE = "" -- @EXCHANGE@'
_FOLDER: Final = re.compile(r"ardour([7-9]|\d\d)", re.IGNORECASE)
_SLOTS: Final = 32
_NAME: Final = "FlowSep"


@dataclass(frozen=True, slots=True)
class InstalledAction:
    """The action's file, and the script slot it is loaded into, None where all slots are in use."""

    script: Path
    slot: int | None


def config_folders(platform: str = sys.platform) -> list[Path]:
    """Return the existing settings folders of Ardour 7 and later, the newest first."""
    if platform == "win32":
        root = Path(os.environ.get("LOCALAPPDATA", str(Path.home() / "AppData" / "Local")))
    elif platform == "darwin":
        root = Path.home() / "Library" / "Preferences"
    else:
        root = Path(os.environ.get("XDG_CONFIG_HOME", str(Path.home() / ".config")))
    folders = [folder for folder in root.iterdir() if _FOLDER.fullmatch(folder.name)] if root.is_dir() else []
    return sorted(folders, key=lambda folder: -int(folder.name.lower().removeprefix("ardour")))


def install(folder: Path | None = None, command: str | None = None, exchange: Path | None = None) -> InstalledAction:
    """Install the action in Ardour's settings.

    folder : settings folder, None finds that of the newest Ardour.     command : the flowsep to call, None means the
    one next to this Python.     exchange : folder for the exchange of files, None means the default one.
    Raises SessionError where Ardour has no settings folder yet, or it is not writable.
    """
    directory = folder or next(iter(config_folders()), None)
    if directory is None or not directory.is_dir():
        raise SessionError(
            "no settings folder of Ardour was found; start Ardour once, or name the folder", setting="resources"
        )
    exchange = exchange or default_folder()
    text = action(command or flowsep_command(), exchange)
    script = directory / "scripts" / "flowsep.lua"
    try:
        exchange.mkdir(parents=True, exist_ok=True)  # Ardour's Lua cannot make folders
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(text, "utf-8", newline="\n")
        return InstalledAction(script, _bind(directory / "ui_scripts", text))
    except OSError as error:
        raise SessionError(
            f"{directory} cannot be written ({error.strerror}); name another folder", setting="resources"
        ) from error


def action(command: str, exchange: Path) -> str:
    """Return the script of the action that calls `command` and exchanges files in `exchange`."""
    text = SCRIPT.read_text("utf-8")
    for mark, value in ((_COMMAND, command), (_EXCHANGE, exchange.as_posix())):
        text = text.replace(mark, mark.split("=")[0] + f"= {_quoted(value.replace(chr(10), ' '))}")
    return text


def _bind(file: Path, text: str) -> int | None:
    """Load the action into the slot of an older version, else into the first free one; returns its number."""
    saved = file.read_text("utf-8") if file.exists() else ""
    scripts = _saved_scripts(saved) if saved else "scripts = {} "
    names = _names(scripts)
    mine = [slot for slot, name in names.items() if name == _NAME]
    free = [slot for slot in range(1, _SLOTS + 1) if slot not in names]
    slot = next(iter([*mine, *free]), None)
    if slot is None:
        return None
    scripts += " ".join(_slot(slot, f"local function ardour() end\n{text}\nreturn factory(...)"))
    root = ET.fromstring(saved) if saved else ET.Element("UIScripts")  # nosec B314 # see the import
    element = root.find("ActionScript")
    element = ET.SubElement(root, "ActionScript", lua="Lua 5.3") if element is None else element
    element.text = base64.b64encode(scripts.encode("utf-8", "surrogateescape")).decode("ascii")
    if saved:
        shutil.copyfile(file, file.with_name(f"{file.name} (before flowsep)"))
    part = file.with_name(f"{file.name}.part")
    part.write_bytes(ET.tostring(root, "utf-8", xml_declaration=True))
    os.replace(part, file)
    return slot


def bound_slot(folder: Path | None = None) -> int | None:
    """Return the script slot of the action; None where it is not loaded, or Ardour has no settings yet."""
    directory = folder or next(iter(config_folders()), None)
    file = directory / "ui_scripts" if directory else None
    if file is None or not file.exists():
        return None
    names = _names(_saved_scripts(file.read_text("utf-8")))
    return next((slot for slot, name in names.items() if name == _NAME), None)


def _names(scripts: str) -> dict[int, str]:
    return {int(slot): name for slot, name in re.findall(r'scripts\[(\d+)\]\["n"\] = "([^"]*)"', scripts)}


def _slot(slot: int, code: str) -> Iterator[str]:
    """Yield the lines that store a script as Ardour does; it accepts source code in place of compiled code."""
    yield f"scripts[{slot}] = {{}}"
    for key, value in (("n", _NAME), ("s", ""), ("f", code)):
        yield f'scripts[{slot}]["{key}"] = {_quoted(value)}'
    yield f'scripts[{slot}]["a"] = {{}} '


def _saved_scripts(saved: str) -> str:
    try:
        encoded = ET.fromstring(saved).findtext("ActionScript") or ""  # nosec B314 # see the import
        return base64.b64decode(encoded, validate=False).decode("utf-8", "surrogateescape") or "scripts = {} "
    except (ET.ParseError, ValueError) as error:
        raise SessionError(
            f"Ardour's ui_scripts is damaged ({error}); start Ardour once, then install again"
        ) from error


def _quoted(text: str) -> str:
    """Return `text` as a Lua string literal."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\\n").replace("\r", "\\r")
    return f'"{escaped}"'
