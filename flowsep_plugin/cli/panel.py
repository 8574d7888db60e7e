"""`flowsep panel [FILES|SESSION]`: open the window, in a process of its own."""

import importlib.util
import subprocess
from pathlib import Path
from typing import Annotated

import typer

from flowsep_plugin.errors import UsageError
from flowsep_plugin.untrusted.child_process import python_command
from flowsep_plugin.version import install_command

from .options import option

_REQUIRED = ("PyQt6", "flowsep_ui")


def panel(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILES|SESSION]", help="Audio files or sessions to open.")
    ] = None,
    theme: Annotated[
        str | None,
        option(
            "--theme", metavar="dark|light|contrast|system", help="Theme of this window.", default="as in the settings"
        ),
    ] = None,
) -> None:
    """Open the panel: clips on their timeline; type a sound, listen, and drag the stem into a DAW."""
    missing = [name for name in _REQUIRED if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(f"the panel needs {missing[0]}, which is not installed: {install_command('gui')}")
    absent = next((path for path in paths or [] if not path.exists()), None)
    if absent is not None:
        raise UsageError(f"{absent}: no such file; name audio files or a session")
    command = [*python_command("flowsep_ui"), *(["--theme", theme] if theme else [])]
    process = subprocess.run([*command, "--", *(str(path.absolute()) for path in paths or [])], check=False)
    if process.returncode:
        raise typer.Exit(process.returncode)


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command("panel")(panel)
