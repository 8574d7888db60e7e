"""The flowsep command that scripts in a DAW call."""

import shutil
import sys
from pathlib import Path


def flowsep_command() -> str:
    """Return the path of the flowsep next to this Python, else of the one on PATH."""
    local = Path(sys.executable).with_name("flowsep.exe" if sys.platform == "win32" else "flowsep")
    return str(local) if local.exists() else shutil.which("flowsep") or "flowsep"
