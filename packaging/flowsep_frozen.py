"""The frozen program: double-clicked it is the panel, with words `flowsep …`, and for its own processes `-P -m NAME`.

The worker, its engine, readers of foreign files and effects are started as `<program> -P -m <module>`, as Python would
be; a frozen program has no `-m` of its own, so it is done here, for flowsep's modules alone.
"""

import ctypes.util
import multiprocessing
import os
import runpy
import sys
from collections.abc import Callable
from pathlib import Path

_PACKAGES = ("flowsep_plugin", "flowsep_ui")
_PANEL = "flowsep-panel"
"""Name of the program that has no console window on Windows."""


def main() -> None:
    """Run what the arguments ask for: a module of flowsep, the panel, or a command."""
    _leave_environment()
    ctypes.util.find_library = _with_bundled(ctypes.util.find_library)
    words = sys.argv[1:]
    module = _module(words)
    if module is not None:
        _run(module, words[words.index("-m") + 2 :])
    elif Path(sys.executable).stem == _PANEL:
        _use_console_program()
        _run("flowsep_ui", words)
    elif not words:
        _run("flowsep_ui", [])
    else:
        from flowsep_plugin.cli import main as flowsep

        flowsep(words)


def _module(words: list[str]) -> str | None:
    """Return the module that `-m NAME` or `-P -m NAME` asks for, where it is one of flowsep's; else None."""
    options = words[1:] if words[:1] == ["-P"] else words  # -P: never from the current folder, which a program does not
    if options[:1] == ["-m"] and len(options) > 1 and options[1].split(".")[0] in _PACKAGES:
        return options[1]
    return None


def _run(module: str, arguments: list[str]) -> None:
    """Run `module` as `python -m` would."""
    sys.argv = [sys.argv[0], *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _use_console_program() -> None:
    """Start child processes from `flowsep.exe`: a program without a console has no standard input and output."""
    sys.executable = str(Path(sys.executable).with_name("flowsep.exe"))


def _leave_environment() -> None:
    """Give programs of the desktop, which open folders, their own libraries: the program has found its own by now."""
    original = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
    if original is not None:
        os.environ["LD_LIBRARY_PATH"] = original
    elif getattr(sys, "frozen", False):
        os.environ.pop("LD_LIBRARY_PATH", None)


def _with_bundled(find: Callable[[str], str | None]) -> Callable[[str], str | None]:
    """Return `find_library` that looks into the program's folder first, where PortAudio's library lies on Linux."""

    def find_library(name: str) -> str | None:
        folder = getattr(sys, "_MEIPASS", None)
        bundled = sorted(Path(folder).glob(f"lib{name}.so*")) if folder else []
        return str(bundled[0]) if bundled else find(name)

    return find_library


if __name__ == "__main__":
    multiprocessing.freeze_support()
    main()
