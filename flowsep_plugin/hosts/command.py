"""The command that a script in a DAW calls."""

import shutil
import sys
from pathlib import Path


def flowsep_command() -> str:
    """Return the flowsep beside this Python, else the one on the path."""
    beside = Path(sys.executable).with_name("flowsep.exe" if sys.platform == "win32" else "flowsep")
    return str(beside) if beside.exists() else shutil.which("flowsep") or "flowsep"
