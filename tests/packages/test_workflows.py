"""GitHub's workflows: valid, without what an attacker could use, and about files that are there."""

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "packaging"))

import smoke  # noqa: E402

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
STEPS = [
    step
    for path in WORKFLOWS
    for job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values()
    for step in job["steps"]
]


def program(name: str) -> str:
    """Return the path of a program beside this Python; skips the test where it is not installed."""
    path = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if path is None:
        pytest.skip(f"needs {name}: pip install 'flowsep-plugin[dev]'")
    return path


def test_nothing_in_them_can_be_injected_and_they_may_no_more_than_they_need():
    result = subprocess.run(
        [program("zizmor"), "--offline", "--no-progress", "--persona=pedantic", *WORKFLOWS],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout


def test_github_understands_them():
    result = subprocess.run(
        [program("check-jsonschema"), "--builtin-schema", "vendor.github-workflows", *WORKFLOWS],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout


def test_actions_of_others_are_pinned_to_a_commit_with_their_version():
    for path in WORKFLOWS:
        for line in re.findall(r"uses: (.+)", path.read_text(encoding="utf-8")):
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_an_action_has_one_version_in_all_of_them():
    pins = {step["uses"].split("@")[0]: set() for step in STEPS if "uses" in step}
    for step in STEPS:
        if "uses" in step:
            name, commit = step["uses"].split("@")
            pins[name].add(commit)
    assert all(len(commits) == 1 for commits in pins.values()), pins


def test_every_file_of_the_tree_that_they_name_is_there():
    commands = "\n".join(step["run"] for step in STEPS if "run" in step)
    paths = set(re.findall(r"\b(?:locks|packaging|scripts)[/\\][\w./\\-]+\.\w+", commands))
    assert {"packaging/flowsep.spec", "locks/panel.txt", "packaging/windows/directml.txt"} <= paths
    assert not [path for path in paths if not (ROOT / path.replace("\\", "/")).exists()]


def test_what_they_ask_of_the_smoke_test_is_what_it_understands():
    lines = [line.strip() for step in STEPS for line in step.get("run", "").splitlines() if "smoke.py" in line]
    options = [smoke.parse(shlex.split(re.split(r"smoke\.py", line)[1].replace("\\", "/"))) for line in lines]
    assert len(options) == len(lines) >= 5
    assert {Path(option.panel).stem for option in options if option.panel} == {"flowsep", "flowsep-panel"}
    assert "flowsep-panel" in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["gui-scripts"]


def test_windows_gets_one_onnx_runtime_with_directml_and_every_python_its_hash():
    lock = (ROOT / "packaging" / "windows" / "directml.txt").read_text(encoding="utf-8")
    assert re.search(r"^onnxruntime-windowsml==[\d.]+ \\$", lock, re.MULTILINE)
    assert len(set(re.findall(r"--hash=sha256:[0-9a-f]{64}", lock))) == 4
    commands = [step["run"] for step in STEPS if "directml.txt" in step.get("run", "")]
    assert commands
    assert all("pip uninstall --yes onnxruntime\n" in command for command in commands)
