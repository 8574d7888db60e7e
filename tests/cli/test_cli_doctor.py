"""`flowsep doctor`: what runs, what does not, and the line that mends it."""

import importlib.metadata
import json

import pytest


@pytest.fixture
def installed(monkeypatch):
    """Make some packages look installed at these versions, or not at all (None)."""
    real = importlib.metadata.version

    def pretend(**versions):
        def version(name):
            found = versions.get(name.replace("-", "_"), ...)
            if found is None:
                raise importlib.metadata.PackageNotFoundError(name)
            return real(name) if found is ... else found

        monkeypatch.setattr(importlib.metadata, "version", version)

    return pretend


def finding(ended, name):
    return next(found for found in json.loads(ended.out)["findings"] if found["name"] == name)


def test_a_machine_that_separates_is_ready(flowsep, pocket):
    ended = flowsep("doctor", "--model", pocket)
    assert (ended.code, ended.out.splitlines()[-1]) == (0, "ready")


def test_it_says_what_the_model_runs_on(flowsep, pocket):
    assert finding(flowsep("doctor", "--model", pocket, "--device", "cpu", "--json"), "runs on")["said"] == "CPU"


def test_a_missing_model_ends_with_3_and_a_way_out(flowsep):
    ended = flowsep("doctor", "--model", "nope", "--json")
    assert (ended.code, finding(ended, "model nope")["state"]) == (3, "broken")


def test_two_onnxruntimes_are_found_and_mended(flowsep, installed):
    installed(onnxruntime="1.31.0", onnxruntime_gpu="1.31.1")
    ended = flowsep("doctor", "--model", "echo", "--json")
    found = finding(ended, "ONNX Runtime")
    assert ended.code == 5
    assert "both installed" in found["said"]
    assert "pip uninstall -y onnxruntime onnxruntime-gpu" in found["mend"]


def test_an_onnxruntime_that_does_not_load_is_found_and_mended(flowsep, monkeypatch):
    def broken():
        raise ImportError("libonnxruntime.so: cannot open shared object file")

    monkeypatch.setattr("flowsep_plugin.doctor._runtime", broken)
    ended = flowsep("doctor", "--model", "echo", "--json")
    assert (ended.code, "pip uninstall" in finding(ended, "ONNX Runtime")["mend"]) == (5, True)


def test_a_missing_extra_is_no_failure(flowsep, installed):
    installed(pedalboard=None)
    ended = flowsep("doctor", "--model", "echo", "--json")
    assert (ended.code, finding(ended, "pedalboard")["mend"]) == (0, "pip install 'flowsep-plugin[bridge]'")


def test_a_missing_driver_is_said_with_its_mend(flowsep, monkeypatch):
    monkeypatch.setattr("flowsep_plugin.engine.providers._has_nvidia_driver", lambda: False)
    found = finding(flowsep("doctor", "--model", "echo", "--json"), "device cuda")
    assert (found["state"], "install its driver" in found["mend"]) == ("missing", True)


def test_onnx_runtime_that_was_loaded_too_early_to_be_silenced_is_said_with_its_mend(flowsep, monkeypatch):
    monkeypatch.setattr("flowsep_plugin.doctor.telemetry_is_on", lambda: True)
    ended = flowsep("doctor", "--model", "echo", "--json")
    found = finding(ended, "telemetry")
    assert (ended.code, found["state"], "import flowsep_plugin before" in found["mend"]) == (0, "missing", True)


def test_keeping_names_without_writing_an_archive_is_wrong_use(flowsep):
    assert flowsep("doctor", "--model", "echo", "--with-names").code == 2
