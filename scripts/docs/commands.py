"""The reference of the command line, from the commands themselves."""

import re
from collections.abc import Iterator
from typing import Any

INTRODUCTION = """# All commands and options

Made from `flowsep --help` of this version. [The command line](../command-line.md) explains times, channels, output
files, exit codes and JSON; [the cookbook](../cookbook.md) has whole tasks.
"""


def page() -> str:
    """Return the Markdown page: a section for every command, with a table of its arguments and options."""
    import typer

    from flowsep_plugin.cli import app

    sections = [_section(name, command) for name, command in visible_commands("flowsep", typer.main.get_command(app))]
    return "\n".join([INTRODUCTION, *sections])


def visible_commands(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    """Yield every command below and including `command` that is not hidden, with its full name."""
    yield name, command
    for inner, member in getattr(command, "commands", {}).items():
        if not member.hidden:
            yield from visible_commands(f"{name} {inner}", member)


def _section(name: str, command: Any) -> str:
    inner = getattr(command, "commands", {})
    lines = [f"## {name}", "", _prose(command.help or ""), ""]
    if inner:
        links = (f"[`{one}`](#{name.replace(' ', '-')}-{one})" for one in inner if not inner[one].hidden)
        lines += ["Commands: " + ", ".join(links), ""]
    rows = [_row(parameter) for parameter in command.params if not getattr(parameter, "hidden", False)]
    if rows:
        lines += ["| option | value | meaning |", "|---|---|---|", *rows, ""]
    return "\n".join(lines)


def _row(parameter: Any) -> str:
    value = (parameter.metavar or "").strip()
    if parameter.param_type_name == "argument":
        names, value = f"`{value or parameter.name.upper()}`", ""
    else:
        names = " ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    variables = parameter.envvar or ()
    variables = [variables] if isinstance(variables, str) else variables
    meaning = _cell(parameter.help or "") + "".join(f" Variable: `{variable}`." for variable in variables)
    return f"| {names} | {_values(value)} | {meaning} |"


def _values(metavar: str) -> str:
    """Return what stands for an option's value: its choices one by one, so that a narrow page can break there."""
    choices = metavar.split("|") if re.fullmatch(r"[\w|-]+", metavar) else [metavar]
    return ", ".join(f"`{choice}`" for choice in choices if choice)


def _cell(text: str) -> str:
    """Return help for a table's cell: without the escapes of rich, and with nothing that Markdown would read."""
    plain = " ".join(text.replace("\\[", "[").split())
    plain = re.sub(r"\[default: (.*?)\]", r"Default: \1", plain)
    return _literal(plain).replace("|", "&#124;")


def _literal(text: str) -> str:
    return text.replace("[", "\\[").replace("<", "&lt;")


def _prose(text: str) -> str:
    """Return the help of a command as Markdown: lines that are commands become code."""
    blocks = re.split(r"\n\s*\n", text.replace("\b", "").replace("\\[", "[").strip())
    return "\n\n".join(f"```sh\n{block}\n```" if block.startswith("flowsep ") else _literal(block) for block in blocks)
