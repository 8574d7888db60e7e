"""Check that one ONNX Runtime and one distribution of flowsep are installed, or name the command that repairs it."""

from typing import Final

from flowsep_plugin.errors import ProviderError
from flowsep_plugin.version import DISTRIBUTIONS, installed

RUNTIMES: Final = ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-windowsml")
"""Distributions of ONNX Runtime. All write one folder, so two break each other (microsoft/onnxruntime#26996)."""


def check_installation() -> str:
    """Return the installed ONNX Runtime as "name version".

    Raises ProviderError where two of them, or two distributions of flowsep, overwrite each other.
    """
    runtimes, own = installed(*RUNTIMES), installed(*DISTRIBUTIONS)
    twice = runtimes if len(runtimes) > 1 else own if len(own) > 1 else {}
    if twice:
        names = " and ".join(f"{name} {version}" for name, version in twice.items())
        raise ProviderError(f"{names} are both installed and overwrite each other; run `{repair_command()}`")
    return next((f"{name} {version}" for name, version in runtimes.items()), "onnxruntime (from no package)")


def repair_command() -> str:
    """Return the command that leaves one distribution of flowsep with its own ONNX Runtime."""
    return exchange_command([DISTRIBUTIONS[0], *installed(*DISTRIBUTIONS)][-1])


def exchange_command(name: str, extra: str = "") -> str:
    """Return the command that installs distribution `name` in place of another flowsep and of every ONNX Runtime."""
    own = list(installed(*DISTRIBUTIONS))
    leaving = [*(own if own != [name] else []), *installed(*RUNTIMES)]
    install = f"pip install '{name}[{extra}]'" if extra else f"pip install {name}"
    return f"pip uninstall -y {' '.join(leaving)} && {install}" if leaving else install
