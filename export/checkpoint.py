"""Read published checkpoints: tensors only, every key accounted for, nothing in the file executed.

`read_tensors` opens Lightning dicts, plain state dicts, vocoder files and safetensors, memory-mapped where the format
allows. `load_into` gives a network its tensors and `check_all_used` refuses the rest: a key that is missing or unknown
is an error that names it.
"""

import logging
import pickle
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from flowsep_plugin.errors import BundleError

log = logging.getLogger(__name__)

Tensors = dict[str, Tensor]

_NAMED = 6  # keys that an error lists
_CONTAINERS = ("state_dict", "generator", "model")
_SAFE_MODULES = {"collections": {"OrderedDict", "defaultdict"}, "torch": {"Size", "device"}, "torch.storage": None}
_SAFE_TORCH = {
    ("torch._utils", "_rebuild_tensor_v2"),
    ("torch._utils", "_rebuild_parameter"),
    ("torch._tensor", "_rebuild_from_type_v2"),
}


class _Inert:
    """Placeholder for every object of a checkpoint that is not a tensor: accepts any call and does nothing."""

    def __new__(cls, *_: object, **__: object) -> "_Inert":
        return super().__new__(cls)

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __call__(self, *_: object, **__: object) -> "_Inert":
        return self

    def __setstate__(self, _: object) -> None:
        pass

    def append(self, _: object) -> None:
        """Ignore a list item, so that unpickling goes on."""

    def extend(self, _: object) -> None:
        """Ignore list items, so that unpickling goes on."""

    def __setitem__(self, _: object, __: object) -> None:
        pass


class _TensorUnpickler(pickle.Unpickler):
    """Resolves the names that tensors are rebuilt with, and every other one to `_Inert`, without importing it."""

    def find_class(self, module: str, name: str) -> Any:
        allowed = _SAFE_MODULES.get(module, set())
        if (module, name) in _SAFE_TORCH or allowed is None or name in allowed:
            return super().find_class(module, name)
        if module == "torch" and name.endswith(("Storage", "Tensor")):
            return super().find_class(module, name)
        return _Inert


class _TensorPickle:
    """Stand-in for the module `pickle` in `torch.load`."""

    __name__ = "tensor_pickle"
    Unpickler = _TensorUnpickler

    @staticmethod
    def load(file: Any, **_: object) -> Any:
        """Unpickle an object with `_TensorUnpickler`."""
        return _TensorUnpickler(file).load()


def read_tensors(path: Path) -> Tensors:
    """Return the tensors of a checkpoint by name, (out, in, …) as stored, without the prefixes of wrappers.

    Those are `module.`, or `model.` before every name. Raises BundleError where the file is missing, cannot be read,
    or has no tensors.
    """
    if not path.is_file():
        raise BundleError(f"{path} does not exist; name the checkpoint's file")
    if path.suffix == ".safetensors":
        try:
            return load_file(path)
        except Exception as error:
            raise BundleError(f"{path.name} cannot be read as safetensors: {error}; download it again") from error
    payload = _load(path)
    for name in _CONTAINERS:
        if isinstance(payload, Mapping) and isinstance(payload.get(name), Mapping):
            payload = payload[name]
    tensors = {k: v for k, v in payload.items() if isinstance(v, Tensor)} if isinstance(payload, Mapping) else {}
    if not tensors:
        raise BundleError(f"{path.name} has no tensors under {list(_CONTAINERS)} or at its top; is it a checkpoint?")
    if next(iter(tensors)).startswith("module."):
        tensors = {key.removeprefix("module."): value for key, value in tensors.items()}
    if all(key.startswith("model.") for key in tensors):
        tensors = {key.removeprefix("model."): value for key, value in tensors.items()}
    return tensors


def _load(path: Path) -> Any:
    options: dict[str, Any] = {"map_location": "cpu", "mmap": _is_zip(path)}
    try:
        return torch.load(path, weights_only=True, **options)
    except pickle.UnpicklingError:
        log.warning(
            "%s has more than tensors; whatever is not on the allow-list is skipped, none of it is run", path.name
        )
    except Exception as error:
        raise BundleError(f"{path.name} cannot be read as a checkpoint: {error}; download it again") from error
    try:
        return torch.load(path, weights_only=False, pickle_module=_TensorPickle, **options)
    except Exception as error:
        raise BundleError(f"{path.name} cannot be read as a checkpoint: {error}; download it again") from error


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def fold_weight_norm(tensors: Mapping[str, Tensor]) -> Tensors:
    """Replace `weight_g`, `weight_v` pairs (or their `parametrizations` names) by their `weight`, of the shape of v.

    w = g v / ||v||, the norm over all axes but the first, for transposed convolutions too; v (out, in, …).
    """
    renamed = {
        key.replace("parametrizations.weight.original0", "weight_g").replace(
            "parametrizations.weight.original1", "weight_v"
        ): value
        for key, value in tensors.items()
    }
    plain = {k: v for k, v in renamed.items() if not k.endswith(("weight_g", "weight_v"))}
    for key in (k for k in renamed if k.endswith("weight_v")):
        v, g = renamed[key].float(), renamed[key.removesuffix("_v") + "_g"].float()
        plain[key.removesuffix("_v")] = g * v / v.flatten(1).norm(dim=1).view(-1, *[1] * (v.dim() - 1))
    return plain


def empty(make: Callable[[], nn.Module]) -> Any:
    """Build a network whose weights have neither memory nor values yet; `load_into` gives them both."""
    with torch.device("meta"):
        return make()


def load_into(module: nn.Module, tensors: Mapping[str, Tensor], name: Callable[[str], str], what: str) -> set[str]:
    """Give `module` its tensors, whose published key is `name(own key)`; return the published keys that it uses.

    Every tensor must have the same shape as the module's, and becomes its parameter.

    Raises BundleError that names the keys that are missing or whose shape is not the module's.
    """
    own = module.state_dict()
    names = {key: name(key) for key in own}
    if missing := [published for published in names.values() if published not in tensors]:
        raise BundleError(
            f"{what}: {len(missing)} keys are missing: {_few(missing)}; it is a checkpoint of another model"
        )
    for key, published in names.items():
        if tensors[published].shape != own[key].shape:
            raise BundleError(
                f"{what}: '{published}' is {list(tensors[published].shape)}, the network has {list(own[key].shape)}; "
                "it is another size of the model"
            )
    module.load_state_dict({k: tensors[p].to(own[k].dtype) for k, p in names.items()}, assign=True)
    module.requires_grad_(False).eval()
    return set(names.values())


def check_all_used(tensors: Iterable[str], used: set[str], unused: tuple[str, ...], what: str) -> None:
    """Raise BundleError where a key is not in `used` and does not start with one of `unused`."""
    extra = [key for key in tensors if key not in used and not key.startswith(unused)]
    if extra:
        raise BundleError(f"{what}: {len(extra)} unknown keys: {_few(extra)}; it is a checkpoint of another model")


def _few(keys: list[str]) -> str:
    return ", ".join(keys[:_NAMED]) + (", …" if len(keys) > _NAMED else "")
