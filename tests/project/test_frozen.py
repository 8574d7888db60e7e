"""The program that PyInstaller freezes, run by Python: the command line, its own modules, nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

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
