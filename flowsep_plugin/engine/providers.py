"""Choose the device that graphs run on, and state why not on a faster one.

`onnxruntime.get_available_providers()` lists what was compiled in, not what works: on a machine without a GPU it still
names CUDA, and a session that asks for CUDA silently becomes a CPU session. So devices are tried, and only
`session.get_providers()[0]` is believed (measured with onnxruntime-gpu 1.31).
"""

import contextlib
import ctypes
import io
import logging
import os
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flowsep_plugin.errors import BundleError, ProviderError
from flowsep_plugin.onnx_runtime import ort

from .devices import PROVIDERS, check_device

log = logging.getLogger(__name__)

_AUTO_ORDER = ("cuda", "coreml", "directml")
"""Without TensorRT: its first run builds engines for minutes, and it prints errors where it is not installed."""


@dataclass(frozen=True, slots=True)
class Device:
    """The device in use (`name`, a key of PROVIDERS), and why each faster one is not (`refused`: name -> reason)."""

    name: str
    refused: dict[str, str]

    @property
    def statement(self) -> str:
        """A line for users, such as "CPU (cuda: no NVIDIA driver found)"."""
        reasons = "; ".join(f"{name}: {why}" for name, why in self.refused.items())
        return f"{self.name.upper()}" + (f" ({reasons})" if reasons else "")


def is_built_in(name: str) -> bool:
    """Whether the installed ONNX Runtime was built with the provider `name`, a key of PROVIDERS."""
    return PROVIDERS[name] in ort.get_available_providers()


def why_not(name: str) -> str | None:
    """Return the reason why device `name` cannot work on this machine; None where it is worth trying."""
    if name in ("cuda", "tensorrt") and not _has_nvidia_driver():
        return "no NVIDIA driver found"
    if not is_built_in(name):
        return "not part of the installed ONNX Runtime"
    return None


def choose_device(name: str = "auto") -> Device:
    """Return the device of this name, or with "auto" the fastest that is worth trying.

    Raises UsageError for an unknown name, ProviderError for a device that this machine does not have.
    """
    check_device(name)
    if name == "auto":
        refused: dict[str, str] = {}
        for faster in _AUTO_ORDER:
            reason = why_not(faster)
            if reason is None:
                return Device(faster, refused)
            if faster == "cuda" or sys.platform == {"coreml": "darwin", "directml": "win32"}[faster]:
                refused[faster] = reason
        return Device("cpu", refused)
    reason = why_not(name)
    if reason is not None:
        raise ProviderError(
            f"the device {name} cannot be used: {reason}; see `flowsep doctor`, or choose another device",
            setting="device",
        )
    return Device(name, {})


def open_session(path: Path, device: Device, *, threads: int | None = None) -> Any:
    """Open the graph at `path` on `device`; return its ONNX Runtime session.

    Threads do not spin while they wait, as a DAW's machine is busy (measured: 1.5 instead of 2.9 CPU-s, 2.9 instead of
    5.9 s wall). Raises BundleError where the CPU cannot load the graph, ProviderError where another device cannot.
    """
    prepare_libraries(device.name)
    options = ort.SessionOptions()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.intra_op_num_threads = threads or usable_cores()
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = device.name != "directml"  # which cannot plan memory ahead
    names: list[str] = [PROVIDERS[device.name]]
    if names[0] != PROVIDERS["cpu"]:
        names.append(PROVIDERS["cpu"])
    try:
        session = ort.InferenceSession(str(path), options, providers=names)
    except Exception as error:
        if device.name != "cpu":  # no fitting card, or a graph that the device has no kernels for
            raise ProviderError(
                f"{device.name}: ONNX Runtime cannot open {path.name} on it ({error}); choose another device",
                setting="device",
            ) from error
        raise BundleError(
            f"{path.name}: ONNX Runtime cannot load it ({error}); `flowsep models verify` checks the bundle"
        ) from error
    if session.get_providers()[0] != names[0]:
        raise ProviderError(
            f"{device.name}: ONNX Runtime fell back to {session.get_providers()[0]}; "
            "its libraries are incomplete, see `flowsep doctor`"
        )
    return session


def usable_cores() -> int:
    """Return the number of cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


@cache
def prepare_libraries(device: str) -> None:
    """Silence ONNX Runtime's stderr and, for CUDA, load the libraries that pip installed."""
    ort.set_default_logger_severity(4)
    if device in ("cuda", "tensorrt") and hasattr(ort, "preload_dlls"):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):  # it prints where a library is missing
            ort.preload_dlls()
        if printed.getvalue():
            log.info("preload_dlls: %s", printed.getvalue().strip())


def _has_nvidia_driver() -> bool:
    try:  # not ctypes.util.find_library, which runs compilers to find it
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    return True
