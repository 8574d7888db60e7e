"""Every command of README, docs and CONTRIBUTING is run, or its page says why it is not."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commands import inline
from commands.blocks import ROOT, Block, blocks, blocks_of, outside_blocks, pages, read
from commands.marks import fate, problems, reason
from commands.page import environment_of, reader_of
from commands.parsing import CHECKS, command_of
from left_over import shared, wait_for_none

from flowsep_plugin.jobs.client.worker_client import WorkerClient
from flowsep_plugin.jobs.directory import WorkerDirectory

COMMANDS = Path(__file__).parent / "commands"
PAGES = [page for page in pages() if any(block.is_command for block in blocks(page))]

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="commands are run by a process that forks: Linux, macOS"
)

STARTS = re.compile(
    r"^\s*(?:\$ )?(?:flowsep|make|pip|pipx|uv|python3?|bash|docker|curl|winget|brew|conda)(?:-\w+)? \S", re.MULTILINE
)
"""A line that looks like a command."""

LIMITS = {
    "installs packages": 24,
    "another system": 12,
    "needs a container engine": 8,
    "needs secrets": 6,
    "takes minutes": 6,
}
"""How many blocks may give a reason for not being run; 3 where it is not here."""

SERVED = ("flowsep",)
PARSED = tuple(CHECKS)
REFUSED = (
    "make", "pip", "pipx", "uv", "uvx", "conda", "brew", "winget", "flatpak", "sudo", "apt", "apt-get", "docker",
    "podman", "git", "ssh", "flowsep-export", "flowsep-train",
)  # fmt: skip
"""Programs that a test does not start: a block with one of them needs a mark."""


def _programs(folder: Path) -> tuple[Path, Path]:
    """Write the folders of programs for blocks that are run, and for those that are parsed."""
    client = folder / "client"
    client.write_text(f"#!{sys.executable} -IS\n{(COMMANDS / 'client.py').read_text()}")
    refusal = folder / "refusal"
    refusal.write_text(
        '#!/bin/sh\necho "${0##*/} is not run by the tests: mark the block as parsed or as not run" >&2\nexit 98\n'
    )
    for file in (client, refusal):
        file.chmod(0o755)
    for name, programs in (("run", {client: SERVED, refusal: REFUSED}), ("parsed", {client: PARSED})):
        (folder / name).mkdir()
        for target, names in programs.items():
            for program in names:
                (folder / name / program).symlink_to(target)
    return folder / "run", folder / "parsed"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Variables of a user who has a home, a worker that runs, and `flowsep` on the PATH."""
    folder, home = tmp_path_factory.mktemp("commands"), tmp_path_factory.mktemp("home")
    sockets = Path(tempfile.mkdtemp())
    variables = environment_of(folder, _programs(folder), home, sockets / "socket")
    path = os.pathsep.join([str(COMMANDS.parent), os.environ.get("PYTHONPATH", "")])
    line = [sys.executable, "-m", "commands.served", variables["COMMANDS_SOCKET"]]
    served = subprocess.Popen(line, env={**variables, "PYTHONPATH": path}, cwd=COMMANDS.parents[2])
    worker = subprocess.Popen(
        [sys.executable, "-m", "flowsep_plugin.jobs.worker"], env=variables, stderr=subprocess.DEVNULL
    )
    directory = WorkerDirectory(home / ".local/share/flowsep/worker")
    until = time.monotonic() + 60
    while WorkerClient.running(directory) is None or not Path(variables["COMMANDS_SOCKET"]).exists():
        assert time.monotonic() < until
        assert served.poll() is None
        time.sleep(0.05)
    with shared(lambda: served.pid), shared(lambda: worker.pid):
        yield variables
    served.terminate()
    worker.terminate()
    assert wait_for_none(lambda: [str(p.args) for p in (served, worker) if p.poll() is None]) == []
    shutil.rmtree(sockets)


@pytest.mark.parametrize("name", PAGES)
def test_the_commands_of_a_page_do_what_it_says(name: str, environment: dict[str, str]) -> None:
    page = reader_of(name, environment)
    wrong = [(block, page.run(block)) for block in blocks(name) if block.is_command]
    assert not any(text for _, text in wrong), "\n\n".join(f"{block.place} {text}" for block, text in wrong if text)


def help_texts(command: Any, *names: str) -> Iterator[tuple[str, str]]:
    """Yield name and examples of a command and of those below it, from their help."""
    examples = [line.strip() for line in (command.help or "").splitlines() if line.strip().startswith("flowsep ")]
    yield " ".join(names), "\n".join(examples)
    for name, below in getattr(command, "commands", {}).items():
        yield from help_texts(below, *names, name)


OF_THE_MODEL = {"flowsep listen": (("model", "default"),)}
"""Commands that the model echo cannot run -> marks of their examples."""

OF_A_NETWORK = {f"flowsep models {name}" for name in ("install", "search", "push")}
"""Commands whose examples are parsed: they ask a server."""

EXAMPLES = [(name, text) for name, text in help_texts(command_of("flowsep"), "flowsep") if text]


@pytest.mark.parametrize(("name", "text"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_the_example_in_a_help_text_works(name: str, text: str, environment: dict[str, str]) -> None:
    marks = (("parsed", "needs a network"),) if name in OF_A_NETWORK else OF_THE_MODEL.get(name, ())
    assert reader_of(f"help of {name}", environment).run(Block(f"{name} --help", 1, "sh", text, marks)) == ""


def test_most_commands_are_run_and_no_reason_is_used_up() -> None:
    fates = Counter(fate(block) for block in ALL if block.is_command)
    reasons = Counter(reason(text) for block in ALL for kind in ("not run", "parsed") if (text := block.mark(kind)))
    assert fates["run"] >= fates["parsed"] + fates["not run"]
    assert {name: count for name, count in reasons.items() if count > LIMITS.get(name, 3)} == {}


ALL = [block for page in pages() for block in blocks(page)]


@pytest.mark.parametrize(
    "block", [block for block in ALL if block.marks or block.is_command], ids=lambda block: block.place
)
def test_a_mark_has_a_reason_of_the_list(block: Block) -> None:
    assert problems(block) == []


@pytest.mark.parametrize("name", pages())
def test_a_page_hides_no_commands_in_other_blocks(name: str) -> None:
    text = read(name)
    unnamed = [block.place for block in blocks(name) if not block.language]
    hidden = [block.place for block in blocks(name) if not block.is_command and STARTS.search(block.text)]
    indented = [
        f"{name}:{number}" for number, line in outside_blocks(text) if re.match(r" {4,}", line) and STARTS.match(line)
    ]
    assert unnamed == [], "name a language: sh, console, python, text, …"
    assert hidden + indented == [], "put commands into a fenced block of sh, console or python"


@pytest.mark.parametrize("name", pages())
def test_a_command_in_a_sentence_has_options_and_targets_that_exist(name: str) -> None:
    wrong = [(number, text) for number, *command in inline.commands(read(name)) if (text := inline.problem(*command))]
    assert wrong == []


def test_the_paths_that_contributing_names_are_there() -> None:
    code = re.findall(r"`([\w./-]+)`", read("CONTRIBUTING.md"))
    paths = [text for text in code if "/" in text or re.search(r"\.(md|py|toml|txt)$", text)]
    inside_pages = {"clips/"}
    assert [path for path in paths if path not in inside_pages and not (ROOT / path).exists()] == []
    assert len(paths) > 10


def block(language: str, text: str, **marks: str) -> Block:
    return Block("planted.md", 1, language, text, tuple((kind.replace("_", " "), mark) for kind, mark in marks.items()))


PLANTED = {
    "a wrong option": (block("sh", "flowsep separate clip.wav -q rain --loud"), "no such option: --loud"),
    "a wrong value": (block("sh", "flowsep separate clip.wav -q rain --strength 99"), "ends with 2"),
    "a file that is not there": (block("sh", "flowsep separate clip.zip -q rain"), "clip.zip"),
    "a first command that fails": (block("sh", "false\ntrue"), "ends with 1"),
    "an installation": (block("sh", "pip install flowsep-plugin"), "mark the block"),
    "a file that is not written": (block("sh", "flowsep --version", writes="a.wav"), "does not write ['a.wav']"),
    "a picture at another place": (block("sh", "flowsep separate clip.wav -q rain --no-rest", writes="x/*"), "x/*"),
    "another output": (block("console", "$ flowsep --version\nflowsep 9.…"), "prints something else"),
    "an exception": (block("python", "import flowsep_plugin.no_such"), "ModuleNotFoundError"),
    "an end before the text": (block("sh", "flowsep --version", run_until="listening"), "ends with"),
    "an unknown extra": (block("sh", "pip install 'flowsep-plugin[videos]'", parsed="installs packages"), "videos"),
    "an unknown target": (block("sh", "make deploy", parsed="installs packages"), "deploy"),
    "an unknown variable": (block("sh", "make fuzz CASE_COUNT=1", parsed="takes minutes"), "CASE_COUNT"),
    "a parsed wrong option": (block("sh", "flowsep panel --big", parsed="opens a window"), "--big"),
    "a trainer's wrong option": (
        block("sh", "python -m flowsep_training train vae", parsed="a fragment"),
        "--config",
    ),
    "a script that is not there": (
        block("sh", "bash scripts/setup.sh", parsed="installs packages"),
        "scripts/setup.sh",
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_wrong_block_is_noticed(name: str, environment: dict[str, str]) -> None:
    planted, message = PLANTED[name]
    assert message.lower() in reader_of(f"planted {name}", environment).run(planted).lower()


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("flowsep separate … --louder", "--louder"), ("flowsep seperate --help", "seperate"), ("make deploy", "deploy"),
        ("pip install 'flowsep-plugin[videos]'", "videos"), ("python -m scripts.no_such", "scripts.no_such"),
    ],
)  # fmt: skip
def test_a_wrong_command_in_a_sentence_is_noticed(command: str, message: str) -> None:
    (found,) = inline.commands(f"Type `{command}` now.")
    assert message in inline.problem(*found[1:])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<!-- not run: too lazy -->\n```sh\nls\n```", "too lazy"),
        ("```powershell\nls\n```", "mark it as not run"),
        ("<!-- parsed: takes minutes -->\n<!-- not run: a fragment -->\n```sh\nls\n```", "both"),
    ],
)
def test_a_wrong_mark_is_noticed(text: str, message: str) -> None:
    assert message in " ".join(problems(next(blocks_of("planted.md", text))))
