"""The program that PyInstaller freezes, run by Python: the command line, its own modules, nothing else."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from flowsep_plugin.untrusted.child_process import python_command

PROGRAM = Path(__file__).parents[2] / "packaging" / "flowsep_frozen.py"


def run(*arguments):
    return subprocess.run([sys.executable, str(PROGRAM), *arguments], capture_output=True, text=True, check=False)


def test_with_words_it_is_the_command_line():
    assert run("--version").stdout.startswith("flowsep ")


def test_it_runs_modules_of_its_own_as_python_would():
    ran = run("-m", "flowsep_plugin.jobs.worker", "--help")
    assert ran.returncode == 0, ran.stderr
    assert "--leave-after" in ran.stdout


def test_the_panel_is_one_of_them():
    pytest.importorskip("PyQt6", reason="needs: pip install 'flowsep-plugin[gui]'")
    assert run("-m", "flowsep_ui", "--version").stdout.startswith("flowsep panel ")


def test_it_runs_no_other_module():
    ran = run("-m", "json.tool", "--help")
    assert ran.returncode == 2
    assert "json" not in ran.stdout


def test_the_recipe_names_files_that_are_there():
    recipe = PROGRAM.with_name("flowsep.spec").read_text(encoding="utf-8")
    compile(recipe, "flowsep.spec", "exec")
    assert PROGRAM.name in recipe
    assert (PROGRAM.parents[1] / "examples" / "clips" / "courtyard.flac").exists()


def test_its_own_processes_are_started_with_the_flag_of_pythons_that_do_not_import_from_the_folder():
    ran = run(*python_command("flowsep_plugin.jobs.worker")[1:], "--help")
    assert ran.returncode == 0, ran.stderr
    assert "--leave-after" in ran.stdout


def test_a_program_without_a_console_starts_its_children_from_the_one_with_one(monkeypatch):
    program = runpy.run_path(str(PROGRAM))
    monkeypatch.setattr(sys, "executable", str(Path("folder") / "flowsep-panel.exe"))
    program["_use_console_program"]()
    assert python_command("flowsep_plugin")[0] == str(Path("folder") / "flowsep.exe")


def test_libraries_in_the_folder_are_found_before_those_of_the_system(monkeypatch, tmp_path):
    program = runpy.run_path(str(PROGRAM))
    find = program["_with_bundled"](lambda name: f"system {name}")
    assert find("portaudio") == "system portaudio"
    (tmp_path / "libportaudio.so.2").touch()
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert find("portaudio") == str(tmp_path / "libportaudio.so.2")
    assert find("asound") == "system asound"


@pytest.mark.parametrize(("original", "after"), [("/opt/lib", "/opt/lib"), (None, None)])
def test_programs_of_the_desktop_do_not_get_our_libraries(monkeypatch, original, after):
    program = runpy.run_path(str(PROGRAM))
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setenv("LD_LIBRARY_PATH", "/program/_internal")
    monkeypatch.delenv("LD_LIBRARY_PATH_ORIG", raising=False)
    if original:
        monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", original)
    program["_leave_environment"]()
    assert os.environ.get("LD_LIBRARY_PATH") == after
