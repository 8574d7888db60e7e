"""Run the panel: `python -m flowsep_ui [FILES|SESSION]`, and the program `flowsep-panel`."""

import sys
from importlib.util import find_spec

from flowsep_plugin.errors import UsageError
from flowsep_plugin.version import install_command


def main() -> int:
    """Open the panel and return its exit code; without Qt show how to install it."""
    if find_spec("PyQt6") is None:
        _show(f"flowsep: the panel needs PyQt6, which is not installed: {install_command('gui')}")
        return UsageError.exit_code
    from .app import main as run

    return run()


def _show(line: str) -> None:
    """Print `line` on stderr; a program without a console, as `flowsep-panel` is on Windows, has none: in a box."""
    if sys.stderr is not None:
        sys.stderr.write(f"{line}\n")
    elif sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.MessageBoxW(None, line, "FlowSep", 0)


if __name__ == "__main__":
    sys.exit(main())
