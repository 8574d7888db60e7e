"""Version and name of the installed distribution.

It is `flowsep-plugin`, or `flowsep-plugin-gpu` with the CUDA build of ONNX Runtime. Both are built from one tree and
hold the same packages, so only one of them may be installed.
"""

import importlib.metadata
from typing import Final

GPU_DISTRIBUTION: Final = "flowsep-plugin-gpu"
"""The one with the CUDA build of ONNX Runtime."""

DISTRIBUTIONS: Final = ("flowsep-plugin", GPU_DISTRIBUTION)
"""Names under which this tree is published, the usual one first."""


def installed(*names: str) -> dict[str, str]:
    """Return the versions of those distributions of `names` that are installed, by name."""
    versions = {}
    for name in names:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def distribution() -> str:
    """Return the name of the installed distribution; the usual one in a source tree that was never installed."""
    return next(iter(installed(*DISTRIBUTIONS)), DISTRIBUTIONS[0])


def install_command(extra: str) -> str:
    """Return the command that installs an extra, such as `pip install 'flowsep-plugin[video]'`.

    It names the distribution that is installed: the other one would overwrite it.
    """
    return f"pip install '{distribution()}[{extra}]'"


__version__ = next(iter(installed(*DISTRIBUTIONS).values()), "0")
"""Version of the installed distribution; "0" in a source tree that was never installed."""
