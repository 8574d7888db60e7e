"""The public names: a small flat set, imported on first use."""

import subprocess
import sys

import pytest

import flowsep_plugin

NAMES = {
    "AudioClip", "BundleError", "Cancelled", "Conflict", "Crashed", "EffectError", "EngineError", "FileRequest",
    "FileSeparation",
    "FlowsepError", "Heard", "Listener", "MediaError", "NotFound", "Progress", "ProviderError", "Query",
    "RenderSettings", "Request",
    "Separation", "Separator", "SessionError", "Span", "StorageFull", "UsageError", "WorkerError", "__version__",
    "install_model", "read_clip", "separate_file", "write_clip",
}  # fmt: skip


def loaded_by(code):
    """Top-level modules that a fresh Python has after `code`."""
    printed = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return set(printed.splitlines()[-1].split())


def test_all_is_exactly_this():
    assert set(flowsep_plugin.__all__) == NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_public_name_is_there(name):
    assert getattr(flowsep_plugin, name) is not None


def test_every_error_is_public():
    from flowsep_plugin import errors

    assert {name for name in vars(errors) if name[0].isupper() and name != "ClassVar"} <= NAMES


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nonsense"):
        flowsep_plugin.nonsense  # noqa: B018


def test_importing_the_package_loads_nothing_heavy():
    assert not loaded_by("import flowsep_plugin") & {"numpy", "scipy", "onnxruntime", "soundfile", "torch", "typer"}


def test_separating_loads_neither_torch_nor_a_gui():
    code = (
        "import numpy as np; from flowsep_plugin import AudioClip, Request, Separator; "
        "Separator.open('echo').separate(AudioClip(np.ones((1, 800), 'f') / 9, 8000), Request(['rain']))"
    )
    assert not loaded_by(code) & {"torch", "PyQt6", "matplotlib", "pedalboard", "typer", "rich"}


def test_the_command_line_loads_nothing_heavy_to_answer():
    code = "from flowsep_plugin.cli import main\ntry: main(['--version'])\nexcept SystemExit: pass"
    assert not loaded_by(code) & {"numpy", "onnxruntime", "matplotlib", "torch", "pedalboard"}


@pytest.mark.skipif(sys.platform == "win32", reason="resource is a Unix module")
def test_the_command_line_answers_within_a_second_of_processor_time():
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "flowsep_plugin", "--help"], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1.0
