"""`flowsep models` and the Hub: what is printed, asked and written."""

import json
import os
import subprocess
import sys

import pytest
from hub_server import TOKEN, Repository
from typer.testing import CliRunner

from flowsep_plugin.cli.models import app
from flowsep_plugin.errors import UsageError

run = CliRunner()


def test_a_yes_is_asked_for_after_size_and_licence(hub, own_models):
    result = run.invoke(app, ["install", "org/pocket"], input="n\n")
    commit = hub.repositories["org/pocket"].commit
    assert f"pocket 1.0.0 from {hub.endpoint}/org/pocket" in result.stdout
    assert f"commit:  {commit}" in result.stdout
    assert "kB to download" in result.stdout
    assert "licence:" in result.stdout
    assert "org/pocket was not installed" in str(result.exception)
    assert not own_models.exists()


def test_an_installed_model_tells_where_it_came_from(hub):
    assert run.invoke(app, ["install", "org/pocket", "--yes"]).exit_code == 0
    provenance = json.loads(run.invoke(app, ["info", "pocket", "--json"]).stdout)["provenance"]
    assert provenance["repository"] == "org/pocket"
    assert provenance["commit"] == hub.repositories["org/pocket"].commit
    assert "commit" in run.invoke(app, ["info", "pocket"]).stdout


def test_the_list_tells_the_repository(hub):
    run.invoke(app, ["install", "org/pocket", "--yes"])
    rows = {row["name"]: row["repository"] for row in json.loads(run.invoke(app, ["list", "--json"]).stdout)}
    assert (rows["pocket"], rows["flowsep-base"]) == ("org/pocket", None)
    assert "from org/pocket" in run.invoke(app, ["list"]).stdout


def test_a_folder_is_added_not_installed(hub, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "org" / "pocket").mkdir(parents=True)
    assert "flowsep models add org/pocket" in str(run.invoke(app, ["install", "org/pocket"]).exception)
    assert not hub.requests


def test_json_says_progress_and_the_folder(hub, own_models):
    result = run.invoke(app, ["install", "org/pocket", "--yes", "--json"])
    *events, last = [json.loads(line) for line in result.stdout.splitlines()]
    assert last == {"installed": str(own_models / "pocket")}
    assert events[-1]["have"] == events[-1]["whole"]


def test_show_fetches_no_graph(hub, own_models):
    facts = json.loads(run.invoke(app, ["install", "org/pocket", "--show", "--json"]).stdout)
    assert facts["commit"] == hub.repositories["org/pocket"].commit
    assert facts["size"] == facts["missing"] + facts["files"]["card.json"]
    assert not hub.downloads(".onnx")


def test_a_repository_with_a_checkpoint_is_converted(hub, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    result = run.invoke(app, ["install", "AlayaLab/AudioSep-hive", "--yes"])
    assert "flowsep models install audiosep-hive" in result.stdout
    assert "converting audiosep-hive needs torch" in str(result.exception)
    assert not hub.requests


def test_options_of_the_hub_are_refused_for_a_checkpoint():
    result = run.invoke(app, ["install", "audiosep", "--offline"])
    assert isinstance(result.exception, UsageError)


def test_a_search_prints_repository_size_and_licence(hub):
    (line,) = run.invoke(app, ["search", "pock"]).stdout.splitlines()
    assert line.startswith("org/pocket  ")
    assert line.endswith("cc-by-4.0")
    assert "no model of that name" in run.invoke(app, ["search", "orchestra"]).stdout


def test_a_newer_commit_is_outdated(hub):
    run.invoke(app, ["install", "org/pocket", "--yes"])
    assert "up to date" in run.invoke(app, ["outdated"]).stdout
    hub.repositories["org/pocket"].files["README.md"] = b"newer"
    assert "flowsep models install org/pocket" in run.invoke(app, ["outdated"]).stdout


def test_without_the_library_the_extra_is_named(monkeypatch, own_models):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    for arguments in (["install", "org/pocket"], ["search", "x"]):
        assert "pip install 'flowsep-plugin" in str(run.invoke(app, arguments).exception)


def test_publishing_without_a_yes_sends_nothing(hub, pocket, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    result = run.invoke(app, ["push", str(pocket), "me/pocket"])
    assert isinstance(result.exception, UsageError)
    assert not hub.requests


def test_a_dry_run_writes_the_repository_and_sends_nothing(hub, pocket, tmp_path):
    out = tmp_path / "repository"
    result = run.invoke(app, ["push", str(pocket), "me/pocket", "--dry-run", "--out", str(out)])
    assert result.exit_code == 0
    assert {"README.md", ".gitattributes", "card.json", "velocity.onnx"} <= {path.name for path in out.iterdir()}
    assert not hub.requests


def test_a_published_bundle_can_be_installed(hub, pocket, own_models, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    result = run.invoke(app, ["push", str(pocket), "me/pocket", "--yes"])
    assert f"published: {hub.endpoint}/me/pocket/commit/" in result.stdout
    assert run.invoke(app, ["install", "me/pocket", "--yes"]).exit_code == 0
    assert (own_models / "pocket" / "velocity.onnx").read_bytes() == (pocket / "velocity.onnx").read_bytes()


def test_publishing_without_a_login_says_how(hub, pocket):
    result = run.invoke(app, ["push", str(pocket), "me/pocket", "--yes"])
    assert "hf auth login" in str(result.exception)


def test_a_token_that_may_not_write_is_said(hub, pocket, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_reads")
    result = run.invoke(app, ["push", str(pocket), "me/pocket", "--yes"])
    assert "does not accept your token" in str(result.exception)


@pytest.mark.parametrize("offline", [False, True], ids=["online", "HF_HUB_OFFLINE"])
def test_the_usual_variables_count_in_a_process_of_its_own(hub, tmp_path, offline):
    hub.repositories["org/secret"] = Repository(hub.repositories["org/pocket"].files, private=True)
    home = tmp_path / "hf"
    variables = {"HF_ENDPOINT": hub.endpoint, "HF_HOME": str(home), "HF_TOKEN": TOKEN, "HOME": str(tmp_path)}
    variables |= {"HF_HUB_OFFLINE": "1" if offline else "0"}
    variables |= {"XDG_DATA_HOME": str(tmp_path / "data")}
    process = subprocess.run(
        [sys.executable, "-m", "flowsep_plugin", "models", "install", "org/secret", "--yes"],
        env=os.environ | variables, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    if offline:
        assert (process.returncode, "flowsep is offline" in process.stderr) == (3, True), process.stderr
        assert not hub.requests
    else:
        assert process.returncode == 0, process.stderr
        assert (tmp_path / "data" / "flowsep" / "models" / "pocket" / "provenance.json").is_file()
        assert list((home / "hub").glob("models--org--secret"))
