"""`flowsep panel [FILES|SESSION]`: the window, as a process of its own."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from flowsep_plugin.errors import UsageError

_NEEDED = ("PyQt6", "flowsep_ui")
INSTALL = "pip install 'flowsep-plugin[gui]'"


def panel(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILES|SESSION]", help="Audio files or sessions to open.")
    ] = None,
    theme: Annotated[str | None, typer.Option(metavar="dark|light|system", help="For this time.")] = None,
) -> None:
    """Open the panel: see clips on their timeline, type a sound, hear it, drop it back."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(f"the panel needs {missing[0]}, which is not installed: {INSTALL}")
    gone = next((path for path in paths or [] if not path.exists()), None)
    if gone is not None:
        raise UsageError(f"{gone}: there is no such file; name audio files or a session")
    command = [sys.executable, "-m", "flowsep_ui", *(["--theme", theme] if theme else [])]
    ended = subprocess.run([*command, "--", *(str(path.absolute()) for path in paths or [])], check=False)
    if ended.returncode:
        raise typer.Exit(ended.returncode)


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command("panel")(panel)
