"""Checks of commands that are not run: programs, subcommands and options, make's targets, extras, files of the tree."""

import io
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from contextlib import redirect_stderr
from functools import partial
from typing import Any

from .blocks import ROOT

_DISTRIBUTION = re.compile(r"(flowsep-plugin(?:-gpu)?)(?:\[([\w,-]+)\])?(?:[=<>~!@ ].*)?")
_MODULE_PROGRAMS = {
    "flowsep_training": "flowsep-train",
    "flowsep_plugin": "flowsep",
    "flowsep_export": "flowsep-export",
}


def check(name: str, arguments: list[str]) -> None:
    """Check one command line. Raises SystemExit with what is wrong."""
    CHECKS[name](arguments)


def command_of(name: str) -> Any:
    """Return the click command of flowsep or flowsep-export."""
    import typer

    if name == "flowsep":
        from flowsep_plugin.cli import app
    else:
        from flowsep_export.cli import app
    return typer.main.get_command(app)


def _check_click(name: str, arguments: list[str]) -> None:
    """Have typer parse the line down to its last subcommand, and call nothing."""
    command, context = command_of(name), None
    try:
        while True:
            context = command.make_context(name, list(arguments), parent=context)
            rest = [*getattr(context, "_protected_args", ()), *context.args]
            if not rest or not hasattr(command, "resolve_command"):
                return
            name, command, arguments = command.resolve_command(context, rest)
    except Exception as error:
        if type(error).__name__ != "Exit":
            raise SystemExit(f"{name}: {error}") from None


def _check_trainer(arguments: list[str]) -> None:
    from flowsep_training.cli import _parser

    options = vars(_parser().parse_args(arguments))
    config = options.get("config")
    if config is not None and not (ROOT / config).is_file() and "compare" not in str(config):
        raise SystemExit(f"flowsep_training: {config} is not there")


def _check_python(arguments: list[str]) -> None:
    if arguments[:1] == ["-m"]:
        module, rest = arguments[1], arguments[2:]
        if module in _MODULE_PROGRAMS:
            return check(_MODULE_PROGRAMS[module], rest)
        if module == "pip":
            return check_install(rest)
        if module in {"venv", "build"}:
            return None
        file = ROOT / module.replace(".", "/")
        if not (file.with_suffix(".py").is_file() or (file / "__main__.py").is_file()):
            raise SystemExit(f"python -m {module}: there is no such module in the repository")
        return None
    return None if arguments[:1] in (["-c"], ["--version"]) else _check_file(arguments)


def _check_file(arguments: list[str]) -> None:
    name = next((text for text in arguments if not text.startswith("-")), "")
    if not (ROOT / name).exists():
        raise SystemExit(f"{name}: there is no such file in the repository")


def check_install(arguments: list[str]) -> None:
    """Check the extras of flowsep-plugin and the files that a command of pip, pipx or uv names."""
    from scripts.release import gpu

    text = (ROOT / "pyproject.toml").read_text()
    extras = {
        name: tomllib.loads(tree)["project"]["optional-dependencies"]
        for name, tree in (("flowsep-plugin", text), ("flowsep-plugin-gpu", gpu.pyproject(text)))
    }
    for word in arguments:
        if (match := _DISTRIBUTION.fullmatch(word)) and match[2]:
            if unknown := set(match[2].split(",")) - set(extras[match[1]]):
                raise SystemExit(f"{word}: there is no extra {', '.join(sorted(unknown))}")
        elif word.endswith((".txt", ".toml")) and not (ROOT / word).is_file():
            raise SystemExit(f"{word}: there is no such file in the repository")


def check_make(arguments: list[str]) -> None:
    """Check targets and variables of a `make` line by a dry run. Raises SystemExit with what make prints."""
    text = (ROOT / "Makefile").read_text()
    for word in arguments:
        name, equals, _ = word.partition("=")
        if equals and not re.search(rf"^{re.escape(name)} *[:?]?=", text, re.MULTILINE):
            raise SystemExit(f"make {word}: the Makefile has no variable {name}")
    # The `make` on PATH of a parsed block is this check; make itself may start programs.
    environment = {**os.environ, "PATH": os.defpath, "COMMANDS_SOCKET": ""}
    program = shutil.which("make", path=f"{os.defpath}:/usr/bin:/usr/local/bin:/opt/homebrew/bin")
    line = [str(program), "-n", "-C", str(ROOT), *arguments]
    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        raise SystemExit(f"make {' '.join(arguments)}: {done.stderr.strip()}")


def option_names(name: str, words: list[str]) -> set[str]:
    """Return the options of the command that `words` name, and of the groups above it. Raises SystemExit for none."""
    command = command_of(name)
    names = _own_options(command)
    for word in words:
        commands = getattr(command, "commands", None)
        if commands is None or word.isupper():
            break
        if word in commands:
            command = commands[word]
            names |= _own_options(command)
        elif not any(parameter.param_type_name == "argument" for parameter in command.params):
            raise SystemExit(f"{name}: there is no command {word!r}")
    return names


def _own_options(command: Any) -> set[str]:
    options = [text for parameter in command.params for text in (*parameter.opts, *parameter.secondary_opts)]
    return {text for text in options if text.startswith("-")} | {"--help", "-h", "--debug"}


def quietly(call: Any, *arguments: Any) -> str:
    """Return what is wrong with a command, empty where nothing is."""
    printed = io.StringIO()
    try:
        with redirect_stderr(printed):
            call(*arguments)
    except SystemExit as end:
        return "" if end.code in (0, None) else f"{end.code} {printed.getvalue()}".strip()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


CHECKS: dict[str, Callable[[list[str]], None]] = {
    "flowsep": partial(_check_click, "flowsep"),
    "flowsep-export": partial(_check_click, "flowsep-export"),
    "flowsep-train": _check_trainer,
    "make": check_make,
    **dict.fromkeys(("python", "python3"), _check_python),
    **dict.fromkeys(("pip", "pipx", "uv"), check_install),
    **dict.fromkeys(("bash", "pyinstaller", "pytest"), _check_file),
}
"""Program -> the check of its arguments."""
