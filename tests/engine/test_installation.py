"""One ONNX Runtime and one distribution of flowsep: two that overwrite each other are named, with what repairs it."""

import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import pytest

from flowsep_plugin import version
from flowsep_plugin.engine.installation import check_installation, exchange_command
from flowsep_plugin.errors import ProviderError


@pytest.fixture
def installed(monkeypatch):
    """Make exactly these distributions look installed: `installed("onnxruntime 1.31.0", ...)`."""

    def pretend(*distributions):
        versions = dict(text.split(" ") for text in distributions)

        def find(name):
            if name not in versions:
                raise importlib.metadata.PackageNotFoundError(name)
            return versions[name]

        monkeypatch.setattr(importlib.metadata, "version", find)

    return pretend


def test_one_runtime_is_named_with_its_version(installed):
    installed("flowsep-plugin 1.0", "onnxruntime 1.31.0")
    assert check_installation() == "onnxruntime 1.31.0"


@pytest.mark.parametrize(
    ("distributions", "names", "command"),
    [
        (
            ("flowsep-plugin 1.0", "onnxruntime 1.31.0", "onnxruntime-gpu 1.31.1"),
            "onnxruntime 1.31.0 and onnxruntime-gpu 1.31.1",
            "pip uninstall -y onnxruntime onnxruntime-gpu && pip install flowsep-plugin",
        ),
        (
            ("flowsep-plugin-gpu 1.0", "onnxruntime 1.31.0", "onnxruntime-gpu 1.31.1"),
            "onnxruntime 1.31.0 and onnxruntime-gpu 1.31.1",
            "pip uninstall -y onnxruntime onnxruntime-gpu && pip install flowsep-plugin-gpu",
        ),
        (
            ("flowsep-plugin 1.0", "flowsep-plugin-gpu 1.0", "onnxruntime-gpu 1.31.1"),
            "flowsep-plugin 1.0 and flowsep-plugin-gpu 1.0",
            "pip uninstall -y flowsep-plugin flowsep-plugin-gpu onnxruntime-gpu && pip install flowsep-plugin-gpu",
        ),
    ],
)
def test_two_that_overwrite_each_other_are_named_with_the_command_that_leaves_one(
    installed, distributions, names, command
):
    installed(*distributions)
    with pytest.raises(ProviderError) as error:
        check_installation()
    text = f"{names} are both installed and overwrite each other; run `{command}`"
    assert str(error.value) == text


def test_the_first_model_that_is_opened_says_it(installed, pocket):
    from flowsep_plugin import Separator

    installed("flowsep-plugin 1.0", "flowsep-plugin-gpu 1.0", "onnxruntime 1.31.0", "onnxruntime-gpu 1.31.1")
    with pytest.raises(ProviderError, match="overwrite each other"):
        Separator.open(pocket)


def test_the_gpu_distribution_replaces_the_usual_one_and_its_runtime(installed):
    installed("flowsep-plugin 1.0", "onnxruntime 1.31.0")
    assert exchange_command("flowsep-plugin-gpu", "cuda") == (
        "pip uninstall -y flowsep-plugin onnxruntime && pip install 'flowsep-plugin-gpu[cuda]'"
    )


def test_commands_name_the_distribution_that_is_installed(installed):
    installed("flowsep-plugin-gpu 1.0")
    assert version.install_command("gui") == "pip install 'flowsep-plugin-gpu[gui]'"
    installed("flowsep-plugin 1.0")
    assert version.install_command("gui") == "pip install 'flowsep-plugin[gui]'"


@pytest.mark.parametrize("name", ["flowsep-plugin", "flowsep-plugin-gpu"])
def test_the_version_is_that_of_either_distribution(name, tmp_path):
    info = tmp_path / f"{name.replace('-', '_')}-9.8.7.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: 9.8.7\n")
    source = version.__file__
    code = f"import runpy; print(runpy.run_path({source!r})['__version__'])"
    ran = subprocess.run([sys.executable, "-I", "-S", "-c", f"import sys; sys.path[0:0]=[{str(tmp_path)!r}]; {code}"],
                         capture_output=True, text=True, check=True)  # fmt: skip
    assert ran.stdout == "9.8.7\n"


def test_only_one_module_names_the_distribution_in_commands():
    """Elsewhere `install_command` does: a command with the other name would overwrite what is installed."""
    root = Path(version.__file__).parents[1]
    sources = [
        path for folder in ("flowsep_plugin", "ui", "export", "training") for path in (root / folder).rglob("*.py")
    ]
    literal = re.compile(r"pip install (?:--\S+ )?['\"]?flowsep-plugin")
    named = {path.relative_to(root).as_posix() for path in sources if literal.search(without_docstrings(path))}
    # About other machines: of a program without Python, and of those who read a model's page.
    assert named <= {"flowsep_plugin/library.py", "flowsep_plugin/hub/page.py"}


def without_docstrings(path):
    return re.sub(r'"""(?:.|\n)*?"""', "", path.read_text(encoding="utf-8"))
