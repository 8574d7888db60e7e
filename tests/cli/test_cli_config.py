"""`flowsep config`: values with their origin, checked changes that keep comments, an editor that loses nothing."""

import json
import os
import sys

import pytest

from flowsep_plugin.settings import settings_file


@pytest.fixture(autouse=True)
def file(tmp_path, monkeypatch):
    """Redirect the settings to a file that is not there yet, without variables."""
    for name in [name for name in os.environ if name.startswith("FLOWSEP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr("platformdirs.user_config_dir", lambda *_, **__: str(tmp_path / "config" / "flowsep"))
    return settings_file()


@pytest.fixture
def rows(flowsep):
    """`rows()`: what `flowsep config list --json` says about each setting, by name."""
    return lambda: {row["name"]: row for row in json.loads(flowsep("config", "list", "--json").out)["settings"]}


def write(file, text):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_every_setting_is_listed_with_its_meaning_and_origin(rows, file, monkeypatch):
    write(file, "[worker]\ncache_mb = 7\n")
    monkeypatch.setenv("FLOWSEP_DEVICE", "cuda")
    listed = rows()
    assert all(row["meaning"] for row in listed.values())
    assert (listed["worker.cache_mb"]["value"], listed["worker.cache_mb"]["source"]) == (7, "file")
    assert (listed["separation.device"]["source"], listed["separation.device"]["place"]) == (
        "environment", "FLOWSEP_DEVICE",
    )  # fmt: skip
    assert (listed["panel.theme"]["value"], listed["panel.theme"]["source"]) == ("dark", "built-in")


def test_the_text_has_what_json_has(flowsep, file):
    write(file, "[separation]\nthreads = 3\n")
    text = flowsep("config", "list").out
    assert "3  (file: separation.threads)" in text
    assert "FLOWSEP_WORKER_HOME  (not set)" in text
    assert "cache_mb" not in flowsep("config", "list", "--changed").out


def test_a_secret_is_not_listed(flowsep, monkeypatch):
    monkeypatch.setenv("FLOWSEP_WORKER_TOKEN", "very-secret")
    assert "very-secret" not in flowsep("config", "list").out + flowsep("config", "list", "--json").out


def test_set_keeps_comments_and_get_reads_it_back(flowsep, file):
    write(file, "# mine\n[worker]\ncache_mb = 7  # small disk\n")
    assert flowsep("config", "set", "worker.cache_mb", 9).code == 0
    assert file.read_text() == "# mine\n[worker]\ncache_mb = 9  # small disk\n"
    assert flowsep("config", "get", "worker.cache_mb").out == "9\n"


def test_a_list_takes_several_values(flowsep, tmp_path):
    flowsep("config", "set", "worker.roots", tmp_path / "a", tmp_path / "b")
    assert flowsep("config", "get", "worker.roots").out.split() == [str(tmp_path / "a"), str(tmp_path / "b")]


def test_unset_restores_the_built_in_value(flowsep, rows):
    flowsep("config", "set", "panel.theme", "light")
    assert rows()["panel.theme"]["value"] == "light"
    flowsep("config", "unset", "panel.theme")
    assert rows()["panel.theme"]["source"] == "built-in"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["worker.thread", "2"], "did you mean 'worker.threads'?"),
        (["theme", "light"], "did you mean 'panel.theme'?"),
        (["threads", "2"], "did you mean 'separation.threads' or 'worker.threads'?"),
        (["worker.threads", "two"], "worker.threads must be a whole number, 0 to 4096; got 'two'"),
        (["worker.threads", "5000"], "worker.threads must be 0 to 4096; got '5000'"),
        (["worker.idle_seconds", "nan"], "worker.idle_seconds must be 0 to 1000000000"),
        (["panel.theme", "pink"], "panel.theme must be dark, light, contrast or system; got 'pink'"),
        (["separation.device", "gpu"], "did you mean 'cuda'?"),
        (["separation.model", "nosuch"], "no model 'nosuch'"),
        (["panel.theme", "light", "dark"], "takes one value"),
    ],
)
def test_a_wrong_name_or_value_is_refused_and_nothing_is_written(flowsep, file, arguments, message):
    outcome = flowsep("config", "set", *arguments)
    assert outcome.code in (2, 3)
    assert message in outcome.err
    assert not file.exists()


def test_a_variable_that_overrides_the_file_is_named(flowsep, monkeypatch):
    monkeypatch.setenv("FLOWSEP_THREADS", "3")
    outcome = flowsep("config", "set", "worker.threads", 2)
    assert "worker.threads is 3 (environment: FLOWSEP_THREADS)" in outcome.out
    assert "FLOWSEP_THREADS overrides the file" in outcome.err


def editor(tmp_path, monkeypatch, text):
    """Set EDITOR to a program that replaces the file by `text`."""
    program = tmp_path / "editor.py"
    program.write_text(f"import sys\nopen(sys.argv[1], 'w').write({text!r})\n")
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f"{sys.executable} {program}")


def test_the_editor_gets_every_setting_as_a_comment_and_its_text_is_stored(flowsep, file, tmp_path, monkeypatch):
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "true")
    assert flowsep("config", "edit").code == 0
    assert "# idle_seconds = 300.0    # seconds without work after which the model is unloaded" in file.read_text()
    editor(tmp_path, monkeypatch, "[worker]\nthreads = 2\n")
    assert flowsep("config", "edit").code == 0
    assert file.read_text() == "[worker]\nthreads = 2\n"
    assert [path.name for path in file.parent.iterdir()] == ["settings.toml"]


def test_a_broken_text_is_named_and_opened_again_and_the_settings_stay(flowsep, file, tmp_path, monkeypatch):
    write(file, "[worker]\nthreads = 1\n")
    editor(tmp_path, monkeypatch, "[worker]\nthreads = -3\n")
    outcome = flowsep("config", "edit")
    copy = file.with_name("settings.edited.toml")
    assert (outcome.code, file.read_text()) == (2, "[worker]\nthreads = 1\n")
    assert "worker.threads is -3, must be 0 to 4096" in outcome.err
    assert str(copy) in outcome.err
    assert copy.read_text() == "[worker]\nthreads = -3\n"
    monkeypatch.setenv("EDITOR", "sed -i s/-3/3/")
    assert flowsep("config", "edit").code == 0
    assert (file.read_text(), copy.exists()) == ("[worker]\nthreads = 3\n", False)


def test_an_editor_that_is_not_there_is_named(flowsep, monkeypatch):
    monkeypatch.setenv("VISUAL", "no-such-editor --wait")
    outcome = flowsep("config", "edit")
    assert outcome.code == 2
    assert "the editor 'no-such-editor --wait' cannot be started" in outcome.err


def test_path_is_that_of_the_file(flowsep, file):
    assert flowsep("config", "path").out == f"{file}\n"
