"""Render settings are declared once: a field that is added to `RenderSettings` shows up everywhere."""

import json
import os
import subprocess
import sys

import pytest

from flowsep_plugin.errors import UsageError
from flowsep_plugin.render_settings import RENDER_SETTINGS, RenderSettings

TOY = """    warmth: float | None = field(
        default=None,
        metadata=_declared(
            low=-6.0, high=6.0, unit="dB", help="A toy.", help_default="off", label="Warmth", tip="A toy.", usual=1.0
        ),
    )
"""
"""Source lines that declare a new setting, inserted into `RenderSettings` by the programs below."""

PROGRAM = """
import json, sys
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder, SourceFileLoader

class ToyLoader(SourceFileLoader):
    def get_code(self, fullname):
        source = self.get_data(self.path).decode()
        assert source.count("    def __post_init__") == 1
        return compile(source.replace("    def __post_init__", TOY + "\\n    def __post_init__"), self.path, "exec")

class ToyFinder(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "flowsep_plugin.render_settings":
            spec = PathFinder.find_spec(name, path, target)
            spec.loader = ToyLoader(name, spec.origin)
            return spec

sys.meta_path.insert(0, ToyFinder())
"""

CORE = """
from pathlib import Path
from typer.testing import CliRunner
from flowsep_plugin.cli import app
from flowsep_plugin.files import read_receipt
from flowsep_plugin.jobs.batch.manifest import manifest_items
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.jobs.worker.openapi import description

run = CliRunner().invoke
clip, folder = Path(sys.argv[1]), Path(sys.argv[1]).parent
commands = ("separate", "batch", "watch", "session x separate", "hosts ardour", "hosts audacity", "hosts midi run")
result = run(app, ["separate", str(clip), "-q", "rain", "--model", "echo", "--warmth", "2.5"])
assert result.exit_code == 0, result.output
request = read_receipt(next(folder.glob("*.json")))[1]
(folder / "list.csv").write_text("path,query,warmth\\nclip.wav,rain,-3\\n")
spec = JobSpec.from_json({"input": "a.wav", "out": "b", "request": {"queries": ["rain"], "render": {"warmth": 1}}})
(item,) = manifest_items(folder / "list.csv", spec)
print(json.dumps({
    "help": [run(app, [*c.split(), "--help"], env={"COLUMNS": "200"}).output.count("--warmth") for c in commands],
    "range": "-6 to 6 dB" in run(app, ["separate", "--help"], env={"COLUMNS": "200"}).output,
    "receipt": request.render.warmth,
    "round trip": JobSpec.from_json(spec.as_json()).request.render.warmth,
    "manifest": item.spec.request.render.warmth,
    "schema": description()["components"]["schemas"]["Render"]["properties"]["warmth"]["anyOf"],
    "refused": run(app, ["separate", str(clip), "-q", "x", "--model", "echo", "--warmth", "7"]).exit_code,
}))
"""

PANEL = """
from PyQt6.QtWidgets import QApplication
application = QApplication([])
from flowsep_plugin.render_settings import RenderSettings
from flowsep_ui.panels.render_settings import RenderPanel
panel, changes = RenderPanel(), []
panel.show_settings([RenderSettings()], "rain")
panel.setting_changed.connect(lambda name, value: changes.append((name, value)))
control = panel.controls["warmth"]
control.label.setChecked(True)
control.editor.setValue(control.editor.maximum())
print(json.dumps({"label": control.label.text(), "values": changes}))
"""


def json_output(program, *arguments):
    code = f"TOY = {TOY!r}\n{PROGRAM}\n{program}"
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_setting_declared_once_is_an_option_a_json_key_a_column_and_in_the_receipt(tmp_path, noise_clip):
    from flowsep_plugin.media import write_clip

    write_clip(tmp_path / "clip.wav", noise_clip(0.5))
    assert json_output(CORE, tmp_path / "clip.wav") == {
        "help": [1] * 7, "range": True, "receipt": 2.5, "round trip": 1, "manifest": -3.0, "refused": 2,
        "schema": [{"type": "number", "minimum": -6.0, "maximum": 6.0}, {"type": "null"}],
    }  # fmt: skip


def test_a_setting_declared_once_has_a_control_in_the_panel():
    pytest.importorskip("PyQt6")
    assert json_output(PANEL) == {"label": "Warmth", "values": [["warmth", 1.0], ["warmth", 6.0]]}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"mode": "loud"}, "the render setting mode must be mask, generated or hybrid; got 'loud'"),
        ({"strength": 9}, "the render setting strength must be 0.25 to 4; got 9"),
        ({"reduce_db": 0}, "the render setting reduce_db must be above 0, up to 120 dB; got 0"),
        ({"gate": None}, "the render setting gate must be 0 to 1; got None"),
    ],
)
def test_a_value_out_of_range_is_refused_with_the_range(values, message):
    with pytest.raises(UsageError) as refused:
        RenderSettings(**values)
    assert str(refused.value) == message


def test_every_setting_has_a_help_text_and_panel_texts():
    for setting in RENDER_SETTINGS:
        assert setting.option_help.endswith("]")
        assert all(setting.panel_texts)


@pytest.mark.parametrize("value", [10**400, -(10**5000), float("inf"), float("nan"), "x" * 1000, [[]]], ids=range(6))
def test_a_value_of_any_size_and_type_is_refused_in_words(value):
    with pytest.raises(UsageError, match=r"strength must be 0\.25 to 4; got .{1,80}$"):
        RenderSettings(strength=value)
