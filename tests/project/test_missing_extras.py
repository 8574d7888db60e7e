"""Programs whose extra is not installed say in one line what is missing and how to install it."""

import os
import subprocess
import sys

import pytest

from flowsep_plugin.version import install_command

ABSENT = {
    "PyQt6": "import sys; from flowsep_ui.__main__ import main; sys.exit(main())",
    "yaml": "from flowsep_training.cli import main; main(['--help'])",
    "torch": "import sys; sys.argv[1:] = ['verify', 'absent']; from flowsep_export.cli import main; main()",
}
"""Package that is missing -> what an entry point runs."""

EXTRAS = {"PyQt6": "gui", "yaml": "train", "torch": "export"}


@pytest.mark.parametrize("package", ABSENT)
def test_a_missing_extra_is_one_line_with_the_command_that_installs_it(package, tmp_path):
    hide = f"""
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == {package!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name.split(".")[0])
sys.meta_path.insert(0, Absent())
import importlib.util
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name == {package!r} else real(name, package)
"""
    (tmp_path / "program.py").write_text(hide + ABSENT[package], encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, str(tmp_path / "program.py")]
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=60)
    assert run.returncode == 2
    (line,) = run.stderr.splitlines()
    assert package in line
    assert line.endswith(install_command(EXTRAS[package]))


def test_on_windows_a_panel_without_console_shows_it_in_a_box(monkeypatch):
    import ctypes
    from types import SimpleNamespace

    from flowsep_ui import __main__ as panel

    boxes = []
    user32 = SimpleNamespace(MessageBoxW=lambda *arguments: boxes.append(arguments))
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(user32=user32), raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(sys, "stderr", None)
    monkeypatch.setattr(panel, "find_spec", lambda name: None)
    assert panel.main() == 2
    ((_, text, title, _),) = boxes
    assert (text.endswith(install_command("gui")), title) == (True, "FlowSep")
