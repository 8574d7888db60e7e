"""Errors carry a type and the name of the setting that helps: no text is parsed, no core text names an option."""

import ast
import re
from pathlib import Path

import pytest
import typer

from flowsep_plugin.cli import app
from flowsep_plugin.cli.ways_out import NO_OPTION, WAYS_OUT, message_of
from flowsep_plugin.errors import UsageError
from flowsep_plugin.jobs.job import JobError

ROOT = Path(__file__).parents[2]
MODULES = sorted(path for room in ("flowsep_plugin", "ui") for path in (ROOT / room).rglob("*.py"))
OPTION = re.compile(r"(?<![\w-])--[a-z][\w-]*")
OF_OTHER_PROGRAMS = ("pip install --force-reinstall",)
OPTIONS_ARE_ALLOWED = {
    "flowsep_plugin/hosts/reaper/flowsep_script.py", "flowsep_plugin/jobs/client/worker_client.py",
    "flowsep_plugin/jobs/worker/process.py", "ui/app.py",
    "ui/dialogs/settings_pages.py", "ui/panels/models.py",
}  # fmt: skip
"""Modules that have a command line of their own or start a program."""
WITHOUT_CODES = {"flowsep_plugin/engine/graphs.py"}
"""ONNX Runtime says in words only that a device is out of memory."""

SEARCHES = {"startswith", "endswith", "find", "index", "count", "partition", "rpartition", "split", "removeprefix",
            "search", "match", "fullmatch", "findall"}  # fmt: skip


def name(path):
    return path.relative_to(ROOT).as_posix()


def tree(path):
    return ast.parse(path.read_text("utf-8"))


def is_error_text(node):
    """Whether the expression has `str(error)`, `error.message` or `error.args` in it."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and ast.unparse(part.func) in ("str", "repr", "format"):
            if any(is_error(argument) for argument in part.args):
                return True
        if isinstance(part, ast.Attribute) and part.attr in ("message", "args", "strerror") and is_error(part.value):
            return True
    return False


def is_error(node):
    return bool(re.fullmatch(r"(\w+\.)*(\w*error|refusal|raised\.value|ended|failed)", ast.unparse(node)))


def parsed(path):
    """Lines that look into the text of an error."""
    for node in ast.walk(tree(path)):
        compared = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
        if compared and not isinstance(node.ops[0], (ast.Is, ast.IsNot)) and any(map(is_error_text, compared)):
            yield node.lineno
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SEARCHES:
            if any(map(is_error_text, [node.func.value, *node.args])):
                yield node.lineno


def literals(path):
    """Texts of a module, without docstrings and the commands of other programs."""
    nodes = list(ast.walk(tree(path)))
    docs = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            text = node.value
            for other in OF_OTHER_PROGRAMS:
                text = text.replace(other, "")
            yield text


def test_no_error_text_is_parsed():
    assert {name(path) for path in MODULES if any(parsed(path))} == WITHOUT_CODES


@pytest.mark.parametrize("source", [
    "'full' in str(error)", "error.message.startswith('no')", "re.search('x', str(error))", "job.error.message == 'x'",
    "'x' in str(error).lower()",
])  # fmt: skip
def test_parsing_is_seen(source, tmp_path):
    (tmp_path / "a.py").write_text(source)
    assert list(parsed(tmp_path / "a.py"))


def test_no_text_outside_the_command_line_names_an_option():
    core = [path for path in MODULES if not name(path).startswith("flowsep_plugin/cli/")]
    assert {name(path) for path in core if any(OPTION.search(text) for text in literals(path))} == OPTIONS_ARE_ALLOWED


def settings():
    for path in MODULES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call):
                yield from (
                    word.value.value
                    for word in node.keywords
                    if word.arg == "setting" and isinstance(word.value, ast.Constant) and word.value.value is not None
                )


def test_every_setting_that_an_error_names_has_an_option():
    assert set(settings()) == {*WAYS_OUT, *NO_OPTION}
    assert not NO_OPTION & set(WAYS_OUT)


def options(command):
    for parameter in command.params:
        yield from parameter.opts
    for inner in getattr(command, "commands", {}).values():
        yield from options(inner)


def test_every_option_that_an_error_is_answered_with_exists():
    available = set(options(typer.main.get_command(app)))
    assert {option for way in WAYS_OUT.values() for option in OPTION.findall(way)} <= available


def test_the_option_stands_in_brackets_behind_the_message():
    error = UsageError("the model a has no vocoder", setting="mode")
    assert message_of(error) == message_of(JobError.of(error)) == "the model a has no vocoder (--render mask)"
    assert message_of(UsageError("no query")) == "no query"
