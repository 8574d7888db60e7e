"""Read published checkpoints: tensors only, every key accounted for, nothing in the file executed.

`read_tensors` opens Lightning dicts, plain state dicts, vocoder files and safetensors, memory-mapped where the format
allows. `load_into` gives a network its tensors and `check_all_used` refuses the rest: a key that is missing or unknown
is an error that names it.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from flowsep_plugin.errors import BundleError
from flowsep_plugin.untrusted.regular_file import open_regular
from flowsep_plugin.untrusted.shortened import shortened

from .tensor_pickle import StoredTensor, UnusableTensor
from .torch_files import open_torch_file

log = logging.getLogger(__name__)

Tensors = dict[str, Tensor]

_NAMED = 6  # keys that an error lists
_CONTAINERS = ("state_dict", "generator", "model")


def read_tensors(path: Path) -> Tensors:
    """Return the tensors of a checkpoint by name, (out, in, …) as stored, without the prefixes of wrappers.

    Those are `module.`, or `model.` before every name. Raises BundleError where the file is missing, cannot be read,
    or has no tensors, or one without plain values.
    """
    try:
        open_regular(path).close()
    except FileNotFoundError:
        raise BundleError(f"{path} does not exist; name the checkpoint's file") from None
    except OSError as error:
        raise BundleError(f"{path} cannot be read: it {error.strerror}; name the checkpoint's file") from error
    tensors = _safetensors(path) if path.suffix == ".safetensors" else _torch_tensors(path)
    if not tensors:
        raise BundleError(f"{path.name} has no tensors under {list(_CONTAINERS)} or at its top; is it a checkpoint?")
    if next(iter(tensors)).startswith("module."):
        tensors = {key.removeprefix("module."): value for key, value in tensors.items()}
    if all(key.startswith("model.") for key in tensors):
        tensors = {key.removeprefix("model."): value for key, value in tensors.items()}
    return tensors


def _safetensors(path: Path) -> Tensors:
    try:
        return load_file(path)
    except Exception as error:
        raise BundleError(f"{path.name} cannot be read as safetensors: {error}; download it again") from error


def _torch_tensors(path: Path) -> Tensors:
    """Return the tensors of a file of `torch.save`, those of its container where it has one."""
    try:
        file = open_torch_file(path)
        stored = _named_tensors(file.payload)
        unusable = {key: one.kind for key, one in stored.items() if isinstance(one, UnusableTensor)}
        tensors = {key: file.tensor(one) for key, one in stored.items() if isinstance(one, StoredTensor)}
    except Exception as error:  # unpickling damaged data raises almost anything
        reason = f"{error or type(error).__name__}"
        raise BundleError(f"{path.name} cannot be read as a checkpoint: {reason}; download it again") from error
    for key, kind in unusable.items():
        raise BundleError(f"{path.name}: {key!r} is {kind}; save the model's weights as plain tensors")
    if file.skipped:
        names = _few(sorted(shortened(name) for name in file.skipped))
        log.warning("%s has more than tensors; names not on the allow-list are skipped, not run: %s", path.name, names)
    return tensors


def _named_tensors(payload: Any) -> dict[str, Any]:
    """Return what a checkpoint's container holds by name, the checkpoint's own members where it has none."""
    for name in _CONTAINERS:
        if isinstance(payload, Mapping) and isinstance(payload.get(name), Mapping):
            payload = payload[name]
    members = payload.items() if isinstance(payload, Mapping) else ()
    return {key: value for key, value in members if isinstance(key, str)}


def fold_weight_norm(tensors: Mapping[str, Tensor]) -> Tensors:
    """Replace `weight_g`, `weight_v` pairs (or their `parametrizations` names) by their `weight`, of the shape of v.

    w = g v / ||v||, the norm over all axes but the first, for transposed convolutions too; v (out, in, …).

    Raises BundleError where one of a pair is missing or of another shape.
    """
    renamed = {
        key.replace("parametrizations.weight.original0", "weight_g").replace(
            "parametrizations.weight.original1", "weight_v"
        ): value
        for key, value in tensors.items()
    }
    plain = {k: v for k, v in renamed.items() if not k.endswith(("weight_g", "weight_v"))}
    for key in (k for k in renamed if k.endswith("weight_v")):
        v, g = renamed[key].float(), renamed.get(key.removesuffix("_v") + "_g", torch.empty(0)).float()
        if v.dim() < 2 or g.numel() != len(v):
            raise BundleError(f"{key!r} has no weight_g of its {len(v) if v.dim() else 0} rows; download it again")
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
