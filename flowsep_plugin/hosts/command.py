"""The flowsep command that scripts in a DAW call."""

import os
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path


def flowsep_command() -> str:
    """Return the path of the flowsep of this installation, else of the one on PATH."""
    return next((str(path) for path in _places() if path.exists()), None) or shutil.which("flowsep") or "flowsep"


def _places() -> Iterator[Path]:
    """Yield where this installation may have its command, the likeliest first."""
    image = _app_image()
    if image is not None:
        yield image
    name = "flowsep.exe" if sys.platform == "win32" else "flowsep"
    yield Path(sys.executable).with_name(name)
    yield Path(sysconfig.get_path("scripts")) / name  # Windows without a virtual environment: Scripts


def _app_image() -> Path | None:
    """Return the AppImage that this program runs from: what is inside it has another path at every start."""
    image, folder = os.environ.get("APPIMAGE"), os.environ.get("APPDIR")
    if image and folder and Path(sys.executable).is_relative_to(folder):
        return Path(image)
    return None
