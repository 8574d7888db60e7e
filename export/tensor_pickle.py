"""Unpickle what describes the tensors of a checkpoint. No name in the file is imported and nothing of torch is called.

Every name that a tensor is rebuilt with stands for a function of this module (`_NAMES`), every other one for `_Inert`.
What comes out is dicts, lists and `StoredTensor`s; `torch_files` gives those their values.
"""

import pickle  # nosec B403 # the class below names what may be called
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import torch

PICKLE_BYTES = 64 << 20
"""Longest description of tensors; a thousand of them take about 0.2 MB."""

_STORAGES = {
    "BFloat16Storage": torch.bfloat16,
    "BoolStorage": torch.bool,
    "ByteStorage": torch.uint8,
    "CharStorage": torch.int8,
    "ComplexDoubleStorage": torch.complex128,
    "ComplexFloatStorage": torch.complex64,
    "DoubleStorage": torch.float64,
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "IntStorage": torch.int32,
    "LongStorage": torch.int64,
    "ShortStorage": torch.int16,
}
_NEWER_DTYPES = (
    "float32 float64 float16 bfloat16 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool complex64 complex128 "
    "float8_e4m3fn float8_e5m2"
).split()


class _Fixed:
    """An object whose state no file can change.

    Without slots: up to 3.11.3 Python replaces the `__setstate__` of frozen dataclasses that have them.
    """

    def __setstate__(self, _: object) -> None:
        raise pickle.UnpicklingError("it changes what describes tensors")


@dataclass(frozen=True)
class StoredTensor(_Fixed):
    """A tensor as its file describes it: elements of `dtype` in the storage `key`; offset and stride in elements."""

    key: str
    dtype: torch.dtype
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]


@dataclass(frozen=True)
class UnusableTensor(_Fixed):
    """A tensor of a kind that has no plain values, such as "a sparse tensor"."""

    kind: str


@dataclass(slots=True)
class Unpickled:
    """The object in a pickle, the type of every storage in it by key, and the names that were skipped."""

    payload: Any = None
    storages: dict[str, torch.dtype] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)


def unpickle(file: BinaryIO) -> Unpickled:
    """Return the object that the next pickle in `file` describes, and leave `file` right behind it.

    Raises pickle.UnpicklingError, or any other exception, where it is damaged or longer than `PICKLE_BYTES`.
    """
    contents = Unpickled()
    contents.payload = _TensorUnpickler(_Bounded(file), contents).load()
    return contents


class _Bounded:
    """The first `PICKLE_BYTES` of a file. A count in the file that reaches past its end asks for no memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._left = file, PICKLE_BYTES

    def read(self, count: int) -> bytes:
        """Return `count` bytes. Raises UnpicklingError beyond the limit."""
        self._count(count)
        return self._file.read(count)

    def readline(self) -> bytes:
        """Return the bytes up to the next line break. Raises UnpicklingError beyond the limit."""
        line = self._file.readline(self._left + 1)
        self._count(len(line))
        return line

    def _count(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise pickle.UnpicklingError(f"its description of tensors is longer than {PICKLE_BYTES} bytes")


class _TensorUnpickler(pickle._Unpickler):  # in Python, as that in C allots memory for whatever index a file names
    def __init__(self, file: Any, contents: Unpickled) -> None:
        super().__init__(file, encoding="utf-8", errors="backslashreplace")  # texts of Python 2 are bytes
        self._contents = contents

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _NAMES:
            return _NAMES[module, name]
        self._contents.skipped.add(f"{module}.{name}")
        return _Inert

    def get_extension(self, code: int) -> None:
        raise pickle.UnpicklingError(f"it has the extension code {code}")

    def persistent_load(self, pid: Any) -> Any:
        match pid:
            case ("storage", _Storage() as storage, str() as key, _, int(), *view):
                self._contents.storages.setdefault(key, storage.dtype)
                offset = view[0][1] if view and view[0] else 0  # a part of a storage, before PyTorch 0.4
                return _Storage(storage.dtype, key, offset)
        return _Inert()


class _Inert:
    """Placeholder for every object of a checkpoint that is no tensor: accepts any call and does nothing."""

    def __new__(cls, *_: object, **__: object) -> "_Inert":
        return super().__new__(cls)

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __call__(self, *_: object, **__: object) -> "_Inert":
        return self

    def __setstate__(self, _: object) -> None:
        pass

    def add(self, _: object) -> None:
        """Ignore a member of a set, so that unpickling goes on."""

    def append(self, _: object) -> None:
        """Ignore a list item, so that unpickling goes on."""

    def extend(self, _: object) -> None:
        """Ignore list items, so that unpickling goes on."""

    def __setitem__(self, _: object, __: object) -> None:
        pass


class _Mapping(dict[Any, Any]):
    """A dict whose further state, such as the `_metadata` of a state dict, is ignored."""

    def __setstate__(self, _: object) -> None:
        pass


@dataclass(frozen=True)
class _Storage(_Fixed):
    """A type of storage, or the storage `key` of that type; `offset` of a part of it, in elements."""

    dtype: torch.dtype
    key: str = ""
    offset: int = 0


@dataclass(frozen=True)
class _Function(_Fixed):
    """A function that a name in the file stands for."""

    function: Callable[..., Any]

    def __call__(self, *arguments: Any) -> Any:
        return self.function(*arguments)


def _mapping(*items: Any) -> _Mapping:
    return _Mapping(*(one for one in items if isinstance(one, (dict, list))))


def _tensor(storage: Any, offset: Any, size: Any, stride: Any, *_: object) -> StoredTensor:
    """Return the tensor that `torch._utils._rebuild_tensor_v2` would return."""
    return _stored(storage, storage.dtype, offset, size, stride)


def _tensor_v3(storage: Any, offset: Any, size: Any, stride: Any, _: object, __: object, dtype: Any, *___: object) -> (
    StoredTensor
):  # fmt: skip
    """Return the tensor that `torch._utils._rebuild_tensor_v3` would: of a type that has no storage of its own."""
    return _stored(storage, dtype.dtype, offset, size, stride)


def _stored(storage: Any, dtype: torch.dtype, offset: Any, size: Any, stride: Any) -> StoredTensor:
    numbers = (offset, storage.offset, *size, *stride)
    if not all(type(number) is int and 0 <= number < 2**63 for number in numbers) or len(size) != len(stride):
        raise pickle.UnpicklingError("a tensor has sizes other than whole numbers from 0 up")
    return StoredTensor(storage.key, dtype, offset + storage.offset, tuple(size), tuple(stride))


def _of_type(rebuild: Any, _: object, arguments: Any, *__: object) -> Any:
    """Return the tensor of a subclass, such as a buffer, as a plain one."""
    return rebuild(*arguments)


def _unusable(kind: str) -> _Function:
    return _Function(lambda *_: UnusableTensor(kind))


_NAMES: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): _Function(_mapping),
    ("collections", "defaultdict"): _Function(_mapping),
    ("torch", "Size"): _Function(tuple),
    ("torch._utils", "_rebuild_tensor"): _Function(_tensor),
    ("torch._utils", "_rebuild_tensor_v2"): _Function(_tensor),
    ("torch._utils", "_rebuild_tensor_v3"): _Function(_tensor_v3),
    ("torch._utils", "_rebuild_parameter"): _Function(lambda data, *_: data),
    ("torch._utils", "_rebuild_parameter_with_state"): _Function(lambda data, *_: data),
    ("torch._tensor", "_rebuild_from_type_v2"): _Function(_of_type),
    ("torch._utils", "_rebuild_sparse_tensor"): _unusable("a sparse tensor"),
    ("torch._utils", "_rebuild_qtensor"): _unusable("a quantised tensor"),
    ("torch._utils", "_rebuild_meta_tensor_no_storage"): _unusable("a tensor without values"),
    ("torch._utils", "_rebuild_nested_tensor"): _unusable("a nested tensor"),
    ("torch._utils", "_rebuild_wrapper_subclass"): _unusable("a tensor of another library"),
    ("torch._utils", "_rebuild_device_tensor_from_numpy"): _unusable("a tensor of another library"),
    ("torch.storage", "UntypedStorage"): _Storage(torch.uint8),
    **{(module, name): _Storage(dtype) for module in ("torch", "torch.cuda") for name, dtype in _STORAGES.items()},
    **{("torch", name): _Storage(getattr(torch, name)) for name in _NEWER_DTYPES},
}
"""(module, name) in a file -> what it stands for here. Nothing else is resolved, dotted names included."""
