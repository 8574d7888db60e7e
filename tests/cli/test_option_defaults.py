"""Option before environment before settings.toml before built in, and errors that name where a value is from."""

import os
import re
from pathlib import Path

import pytest
import typer

from flowsep_plugin.cli import app
from flowsep_plugin.cli.app import PlainCommand, PlainGroup
from flowsep_plugin.settings import panel_settings, separation_settings, settings_file, worker_settings
from flowsep_plugin.settings.variables import VARIABLE_OF, VARIABLES

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def settings(tmp_path, monkeypatch):
    """`settings("text")` writes settings.toml; no variable is set."""
    for name in [name for name in os.environ if name.startswith("FLOWSEP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr("platformdirs.user_config_dir", lambda *_, **__: str(tmp_path / "config"))

    def write(text):
        settings_file().parent.mkdir(exist_ok=True)
        settings_file().write_text(text)

    return write


def stems(folder):
    return sorted(path.suffix for path in folder.iterdir()) if folder.exists() else []


def test_the_folder_for_stems_is_the_options_then_the_variables_then_the_files(
    flowsep, song, tmp_path, monkeypatch, settings
):
    line = ["separate", song, "-q", "rain", "-m", "echo", "--quiet"]
    settings(f'[separation]\nout = "{tmp_path}/file"\n')
    assert flowsep(*line).code == 0
    monkeypatch.setenv("FLOWSEP_OUT", str(tmp_path / "variable"))
    assert flowsep(*line).code == 0
    assert flowsep(*line, "-o", tmp_path / "option").code == 0
    for name in ("file", "variable", "option"):
        assert stems(tmp_path / name) == [".json", ".wav", ".wav"]
    assert [path.name for path in song.parent.iterdir()] == [song.name]


def test_batch_needs_a_folder_from_somewhere(flowsep, song, tmp_path, monkeypatch):
    line = ["batch", song.parent, "-q", "rain", "-m", "echo", "--here"]
    outcome = flowsep(*line)
    assert (outcome.code, "no folder for the stems is named (--out FOLDER)" in outcome.err) == (2, True)
    monkeypatch.setenv("FLOWSEP_OUT", str(tmp_path / "stems"))
    assert flowsep(*line).code == 0
    assert ".wav" in stems(tmp_path / "stems")


def test_a_wrong_value_names_its_variable(flowsep, song, monkeypatch):
    line = ["separate", song, "-q", "rain"]
    monkeypatch.setenv("FLOWSEP_MODEL", "nosuch")
    assert "(set by FLOWSEP_MODEL; --model NAME)" in flowsep(*line).err
    monkeypatch.setenv("FLOWSEP_MODEL", "echo")
    monkeypatch.setenv("FLOWSEP_DEVICE", "gpu")
    assert "did you mean 'cuda'? (set by FLOWSEP_DEVICE; --device auto)" in flowsep(*line).err
    monkeypatch.setenv("FLOWSEP_DEVICE", "cpu")
    monkeypatch.setenv("FLOWSEP_THREADS", "many")
    outcome = flowsep(*line)
    assert (outcome.code, "FLOWSEP_THREADS is 'many', must be a whole number, 0 to 4096" in outcome.err) == (2, True)


def test_a_wrong_value_of_the_file_names_its_setting(flowsep, song, settings):
    settings('[separation]\ndevice = "gpu"\n')
    outcome = flowsep("separate", song, "-q", "rain", "-m", "echo")
    assert f"set by separation.device in {settings_file()}" in outcome.err


def test_a_typed_value_is_not_blamed_on_the_environment(flowsep, song, monkeypatch):
    monkeypatch.setenv("FLOWSEP_DEVICE", "cpu")
    outcome = flowsep("separate", song, "-q", "rain", "-d", "gpu")
    assert "(--device auto)" in outcome.err


def test_the_receipts_model_comes_before_the_environments(flowsep, song, monkeypatch):
    flowsep("separate", song, "-q", "rain", "-m", "echo", "--quiet")
    (receipt,) = song.parent.glob("*.json")
    monkeypatch.setenv("FLOWSEP_MODEL", "nosuch")
    assert flowsep("separate", "--again", receipt, "--overwrite", "--quiet").code == 0


def test_worker_and_panel_follow_the_same_variables(monkeypatch, settings):
    settings('[separation]\nthreads = 3\ndevice = "cpu"\nout = "/stems"\n[panel]\ndevice = "coreml"\n')
    assert (worker_settings().threads, separation_settings().threads) == (3, 3)
    assert (panel_settings().device, panel_settings().output_folder) == ("coreml", "/stems")
    monkeypatch.setenv("FLOWSEP_THREADS", "5")
    monkeypatch.setenv("FLOWSEP_DEVICE", "cuda")
    assert (worker_settings().threads, panel_settings().device) == (5, "cuda")


def test_the_list_of_models_marks_the_default_of_the_environment(flowsep, monkeypatch):
    assert "* flowsep-base" in flowsep("models", "list").out
    monkeypatch.setenv("FLOWSEP_MODEL", "echo")
    listed = flowsep("models", "list").out
    assert ("* flowsep-base" in listed, "* echo" in listed, "no default model" in listed) == (False, True, False)


def test_an_empty_variable_is_none(monkeypatch):
    monkeypatch.setenv("FLOWSEP_THREADS", "")
    assert worker_settings().threads == 0


def commands(group, path=()):
    """Yield the path and command of every command of the line."""
    for name, command in getattr(group, "commands", {}).items():
        yield (*path, name), command
        yield from commands(command, (*path, name))


ALL = list(commands(typer.main.get_command(app)))


def test_short_options_are_the_same_everywhere():
    short = {"--out": "-o", "--model": "-m", "--device": "-d", "--query": "-q"}
    long_of = {}
    for path, command in ALL:
        for parameter in command.params:
            for name in set(short) & set(parameter.opts):
                assert short[name] in parameter.opts, f"{' '.join(path)}: {name} has no {short[name]}"
            for name in parameter.opts:
                if len(name) == 2 and name.startswith("-"):
                    (long,) = [other for other in parameter.opts if other.startswith("--")]
                    assert long_of.setdefault(name, long) == long, f"{' '.join(path)}: {name} is {long}"


def test_no_flag_has_a_type_in_the_help(flowsep):
    assert all(isinstance(command, PlainCommand | PlainGroup) for _, command in ALL)
    assert "<bool>" not in flowsep("separate", "--help").out + flowsep("models", "--help").out + flowsep("--help").out


def test_the_help_names_the_variable_of_an_option():
    text = {name: str(parameter.help) for _, command in ALL for parameter in command.params for name in parameter.opts
            if "env: " in (getattr(parameter, "help", None) or "")}  # fmt: skip
    for option in ("--model", "--device", "--threads", "--out"):
        assert f"[env: {VARIABLE_OF['separation.' + option[2:]]}]" in text[option]


def test_the_table_has_every_variable_that_the_code_and_the_page_name():
    pattern = re.compile(r"FLOWSEP_[A-Z][A-Z_]+[A-Z]")
    sources = [*(ROOT / "flowsep_plugin").rglob("*.py"), *(ROOT / "ui").rglob("*.py")]
    in_code = {name for path in sources for name in pattern.findall(path.read_text(encoding="utf-8"))}
    in_page = set(pattern.findall((ROOT / "docs/command-line.md").read_text(encoding="utf-8")))
    assert in_code - {"FLOWSEP_COMPLETE"} == {variable.name for variable in VARIABLES} == in_page
