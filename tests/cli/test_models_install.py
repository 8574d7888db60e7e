import json
import sys

import pytest
from typer.testing import CliRunner

from flowsep_plugin.cli.models import app
from flowsep_plugin.errors import UsageError

exporter = pytest.importorskip("flowsep_export.install")
run = CliRunner()


def test_an_unknown_model_is_refused_with_the_known_names():
    result = run.invoke(app, ["install", "no-such-model"])
    assert isinstance(result.exception, UsageError)
    assert "flowsep-v2" in str(result.exception)


def test_size_and_licence_are_shown_before_any_download(monkeypatch, tmp_path):
    monkeypatch.setattr("flowsep_plugin.models.models_folder", lambda: tmp_path)
    monkeypatch.setattr(exporter, "fetch", lambda *_: pytest.fail("fetched without a yes"))
    result = run.invoke(app, ["install", "audiosep"], input="n\n")
    assert "1.3 GB" in result.stdout
    assert "licence:" in result.stdout
    assert "audiosep was not installed" in str(result.exception)


@pytest.mark.parametrize("variable", ["FLOWSEP_OFFLINE", "HF_HUB_OFFLINE"])
def test_offline_nothing_is_downloaded(monkeypatch, tmp_path, variable):
    monkeypatch.setenv(variable, "1")
    monkeypatch.setattr(exporter, "install", lambda *_: pytest.fail("downloaded"))
    assert "is offline" in str(run.invoke(app, ["install", "audiosep", "--yes"]).exception)


def test_a_missing_torch_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    result = run.invoke(app, ["install", "audiosep"])
    assert "pip install 'flowsep-plugin[export]'" in str(result.exception)


def test_json_progress_is_one_object_a_line(monkeypatch, tmp_path):
    def install(model, folder, agree, report, precision):
        assert agree(model)
        report("model.ckpt", 1, 2)
        return folder / model.name

    monkeypatch.setattr("flowsep_plugin.models.models_folder", lambda: tmp_path)
    monkeypatch.setattr(exporter, "install", install)
    result = run.invoke(app, ["install", "audiosep", "--yes", "--json"])
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"file": "model.ckpt", "have": 1, "whole": 2},
        {"installed": str(tmp_path / "audiosep")},
    ]
