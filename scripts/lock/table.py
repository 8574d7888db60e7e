"""The locks: which extras and dependency groups of `pyproject.toml` each one covers."""

from fnmatch import fnmatch
from typing import NamedTuple


class Lock(NamedTuple):
    """A lock `locks/<name>.txt`."""

    name: str
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    project: bool = True
    """Whether the project's own dependencies are in it."""

    @property
    def path(self) -> str:
        """Path in the repository."""
        return f"locks/{self.name}.txt"


WHOLE = Lock("test", extras=("dev", "train", "export", "midi", "cluster"), groups=("build",))
"""Resolved first, so that the others take its versions. `torch.txt` and `cuda.txt` are split off from it."""
PARTS = (
    Lock("run", extras=("plot", "tokenizers")),
    Lock("panel", extras=("gui", "hub", "plot", "tokenizers", "video")),
    Lock("build", groups=("build",), project=False),
    Lock("freeze", groups=("freeze",), project=False),
)
TOOLS = Lock("tools", groups=("tools",), project=False)
"""Installed into an environment of its own, so its versions are free."""
TORCH = Lock("torch", project=False)
TORCH_CPU = Lock("torch-cpu", project=False)
"""The same release as `TORCH`, built without CUDA. PyPI does not list it; `builds` says where its hashes are from."""
CUDA = Lock("cuda", project=False)
GPU = Lock("gpu", extras=("cuda",))
"""CUDA build of ONNX Runtime and CUDA's libraries, installed by `flowsep-plugin-gpu[cuda]` instead of onnxruntime."""
LOCKS = (WHOLE, TORCH, TORCH_CPU, CUDA, *PARTS, GPU, TOOLS)


def home(name: str) -> Lock:
    """Return the lock in which `name` goes when the whole is split."""
    if name == "torch":
        return TORCH
    if name == "onnxruntime-gpu":
        return GPU
    return CUDA if any(fnmatch(name, pattern) for pattern in ("nvidia-*", "cuda-*", "triton")) else WHOLE
