import os
import subprocess

import pytest

from flowsep_plugin.engine import providers
from flowsep_plugin.errors import ProviderError, UsageError


def test_cuda_without_a_driver_is_refused_with_the_reason(monkeypatch):
    monkeypatch.setattr(providers, "_has_nvidia_driver", lambda: False)
    with pytest.raises(ProviderError, match=r"no NVIDIA driver|not part of the installed"):
        providers.choose_device("cuda")


def test_auto_without_a_gpu_is_the_cpu_and_says_why(monkeypatch):
    monkeypatch.setattr(
        providers.ort, "get_available_providers", lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"]
    )
    monkeypatch.setattr(providers, "_has_nvidia_driver", lambda: False)
    device = providers.choose_device("auto")
    assert device.name == "cpu"
    assert "no NVIDIA driver" in device.statement


def test_auto_takes_cuda_where_it_looks_usable(monkeypatch):
    monkeypatch.setattr(
        providers.ort, "get_available_providers", lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"]
    )
    monkeypatch.setattr(providers, "_has_nvidia_driver", lambda: True)
    assert providers.choose_device("auto").name == "cuda"


def test_an_unknown_device_is_refused():
    with pytest.raises(UsageError, match="unknown device 'quantum'; devices: auto"):
        providers.choose_device("quantum")


def test_a_session_that_fell_back_silently_is_an_error(pocket, monkeypatch):
    """ONNX Runtime gives a CPU session without a word where CUDA does not load."""
    monkeypatch.setattr(providers, "_has_nvidia_driver", lambda: True)
    if "CUDAExecutionProvider" not in providers.ort.get_available_providers():
        pytest.skip("this ONNX Runtime was built without CUDA")
    if providers.why_not("cuda") is None and _cuda_works(pocket):
        pytest.skip("CUDA works here, so nothing falls back")
    with pytest.raises(ProviderError, match="fell back to CPU"):
        providers.open_session(next(pocket.glob("decode*.onnx")), providers.Device("cuda", {}))


def _cuda_works(pocket):
    try:
        providers.open_session(next(pocket.glob("decode*.onnx")), providers.Device("cuda", {}))
    except ProviderError:
        return False
    return True


def test_a_look_for_the_driver_starts_no_program(monkeypatch):
    def refuse(*command, **options):
        raise AssertionError(command)

    monkeypatch.setattr(subprocess, "Popen", refuse)
    monkeypatch.setattr(os, "posix_spawn", refuse)
    monkeypatch.setattr(os, "fork", refuse)
    assert providers._has_nvidia_driver() in (True, False)
