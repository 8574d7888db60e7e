"""`flowsep doctor`: what runs, what does not, and the command that repairs it."""

import importlib.metadata
import json
import sys

import pytest


@pytest.fixture
def installed(monkeypatch):
    """Make some packages look installed at these versions, or not at all (None)."""
    real = importlib.metadata.version

    def pretend(**versions):
        def version(name):
            version_text = versions.get(name.replace("-", "_"), ...)
            if version_text is None:
                raise importlib.metadata.PackageNotFoundError(name)
            return real(name) if version_text is ... else version_text

        monkeypatch.setattr(importlib.metadata, "version", version)

    return pretend


def finding(outcome, name):
    return next(entry for entry in json.loads(outcome.out)["findings"] if entry["name"] == name)


def test_a_working_machine_is_ready(flowsep, pocket):
    outcome = flowsep("doctor", "--model", pocket)
    assert (outcome.code, outcome.out.splitlines()[-1]) == (0, "ready")


def test_it_reports_the_device_of_the_model(flowsep, pocket):
    assert finding(flowsep("doctor", "--model", pocket, "--device", "cpu", "--json"), "runs on")["said"] == "CPU"


def test_a_missing_model_ends_with_3_and_a_way_out(flowsep):
    outcome = flowsep("doctor", "--model", "nope", "--json")
    assert (outcome.code, finding(outcome, "model nope")["state"]) == (3, "broken")


def test_two_onnxruntimes_are_reported_with_a_repair(flowsep, installed):
    installed(onnxruntime="1.31.0", onnxruntime_gpu="1.31.1")
    outcome = flowsep("doctor", "--model", "echo", "--json")
    result = finding(outcome, "ONNX Runtime")
    assert outcome.code == 5
    assert "both installed" in result["said"]
    assert "pip uninstall -y onnxruntime onnxruntime-gpu" in result["mend"]


def test_an_onnxruntime_that_does_not_load_is_reported_with_a_repair(flowsep, monkeypatch):
    def broken():
        raise ImportError("libonnxruntime.so: cannot open shared object file")

    monkeypatch.setattr("flowsep_plugin.doctor._runtime", broken)
    outcome = flowsep("doctor", "--model", "echo", "--json")
    assert (outcome.code, "pip uninstall" in finding(outcome, "ONNX Runtime")["mend"]) == (5, True)


def test_a_missing_extra_is_not_a_failure(flowsep, installed):
    installed(pedalboard=None)
    outcome = flowsep("doctor", "--model", "echo", "--json")
    assert (outcome.code, finding(outcome, "pedalboard")["mend"]) == (0, "pip install 'flowsep-plugin[bridge]'")


def test_a_missing_driver_is_reported_with_a_repair(flowsep, monkeypatch):
    monkeypatch.setattr("flowsep_plugin.engine.providers._has_nvidia_driver", lambda: False)
    result = finding(flowsep("doctor", "--model", "echo", "--json"), "device cuda")
    assert (result["state"], "install its driver" in result["mend"]) == ("missing", True)


def test_an_nvidia_card_without_the_cuda_build_is_reported_with_the_other_distribution(flowsep, monkeypatch):
    monkeypatch.setattr("flowsep_plugin.engine.providers._has_nvidia_driver", lambda: True)
    monkeypatch.setattr("flowsep_plugin.engine.providers.is_built_in", lambda name: name == "cpu")
    result = finding(flowsep("doctor", "--model", "echo", "--json"), "device cuda")
    assert result["said"] == "not part of the installed ONNX Runtime; the CPU does the work"
    assert result["mend"].endswith("pip install 'flowsep-plugin-gpu[cuda]'")


def test_the_gpu_distribution_without_a_driver_keeps_its_runtime(flowsep, installed, monkeypatch):
    installed(flowsep_plugin=None, flowsep_plugin_gpu="1.0", onnxruntime=None, onnxruntime_gpu="1.31.1")
    monkeypatch.setattr("flowsep_plugin.engine.providers._has_nvidia_driver", lambda: False)
    monkeypatch.setattr("flowsep_plugin.engine.providers.is_built_in", lambda name: True)
    result = finding(flowsep("doctor", "--model", "echo", "--json"), "device cuda")
    assert result["mend"].endswith("install its driver, then pip install 'flowsep-plugin-gpu[cuda]'")


def test_telemetry_of_an_early_onnx_runtime_is_reported_with_a_repair(flowsep, monkeypatch):
    monkeypatch.setattr("flowsep_plugin.doctor.telemetry_is_on", lambda: True)
    outcome = flowsep("doctor", "--model", "echo", "--json")
    result = finding(outcome, "telemetry")
    assert (outcome.code, result["state"], "import flowsep_plugin before" in result["mend"]) == (0, "missing", True)


def test_with_names_without_an_archive_ends_with_2(flowsep):
    assert flowsep("doctor", "--model", "echo", "--with-names").code == 2


def test_a_frozen_program_does_not_claim_that_it_can_be_extended(flowsep, monkeypatch, installed):
    installed(matplotlib=None)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert finding(flowsep("doctor", "--model", "echo", "--json"), "matplotlib")["mend"].startswith(
        "not in this program; in a Python of your own: pip install"
    )
