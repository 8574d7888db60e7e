import json
import sys

import pytest
from typer.testing import CliRunner

from flowsep_plugin.cli.models import app
from flowsep_plugin.errors import UsageError

exporter = pytest.importorskip("flowsep_export.install")
run = CliRunner()


def test_an_unknown_model_is_refused_with_the_names_there_are():
    made = run.invoke(app, ["install", "no-such-model"])
    assert isinstance(made.exception, UsageError)
    assert "flowsep-v2" in str(made.exception)


def test_source_and_licence_are_shown_before_anything_is_fetched(monkeypatch, tmp_path):
    monkeypatch.setattr("flowsep_plugin.models.models_folder", lambda: tmp_path)
    monkeypatch.setattr(exporter, "fetch", lambda *_: pytest.fail("fetched without a yes"))
    made = run.invoke(app, ["install", "audiosep"], input="n\n")
    assert "1.3 GB" in made.stdout
    assert "licence:" in made.stdout
    assert "audiosep was not installed" in str(made.exception)


def test_without_torch_the_way_out_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    made = run.invoke(app, ["install", "audiosep"])
    assert "pip install 'flowsep-plugin[export]'" in str(made.exception)


def test_progress_is_told_to_programs_a_line_each(monkeypatch, tmp_path):
    def install(model, folder, agree, report, precision):
        assert agree(model)
        report("model.ckpt", 1, 2)
        return folder / model.name

    monkeypatch.setattr("flowsep_plugin.models.models_folder", lambda: tmp_path)
    monkeypatch.setattr(exporter, "install", install)
    made = run.invoke(app, ["install", "audiosep", "--yes", "--json"])
    assert [json.loads(line) for line in made.stdout.splitlines()] == [
        {"file": "model.ckpt", "have": 1, "whole": 2},
        {"installed": str(tmp_path / "audiosep")},
    ]
