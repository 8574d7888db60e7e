"""Read `.npz` files with limits: no pickles, and no more memory than the arrays in the file take."""

import io
import math
import tokenize
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from .regular_file import open_regular

ARRAY_BYTES = 1 << 30
"""All arrays of a file together at most, unless its reader says otherwise."""

DAMAGED = (
    OSError, ValueError, EOFError, KeyError, MemoryError, NotImplementedError, RuntimeError, zipfile.BadZipFile,
    zlib.error,
)  # fmt: skip
"""Errors of the functions here: what zipfile raises for archives that are damaged, encrypted or of another kind."""

_PARSER_ERRORS = (SyntaxError, RecursionError, TypeError, tokenize.TokenError)
"""Errors of Python's own parser, with which NumPy reads the heads of arrays."""


def read_arrays(path: Path, names: Iterable[str], most_bytes: int = ARRAY_BYTES) -> list[np.ndarray[Any, Any]]:
    """Return the arrays called `names` of an `.npz` file, (n, …) or scalars. Raises one of `DAMAGED`."""
    with open_regular(path) as file:
        arrays = arrays_in(file, most_bytes)
    return [arrays[name] for name in names]


def arrays_in(file: BinaryIO, most_bytes: int = ARRAY_BYTES) -> dict[str, np.ndarray[Any, Any]]:
    """Return all arrays of an opened `.npz` file by name, (n, …) or scalars. Raises one of `DAMAGED`."""
    with zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
        if any(info.compress_type != zipfile.ZIP_STORED for info in infos):
            raise ValueError("its arrays are compressed, which numpy.savez does not do")
        if sum(info.file_size for info in infos) > most_bytes:
            raise ValueError(f"its arrays take more than {most_bytes} bytes")
        return {info.filename.removesuffix(".npy"): _array(archive.read(info)) for info in infos}


def _array(content: bytes) -> np.ndarray[Any, Any]:
    """Return the array in the content of an `.npy` file. Raises ValueError where its header does not fit it."""
    file = io.BytesIO(content)
    read_header = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }.get(np.lib.format.read_magic(file))
    if read_header is None:
        raise ValueError("an array is of an unknown version")
    try:
        shape, is_fortran, dtype = read_header(file)
    except _PARSER_ERRORS as error:
        raise ValueError(f"the head of an array cannot be read ({error!s:.80})") from error
    if dtype.kind not in "fiub" or any(length < 0 for length in shape):
        raise ValueError("an array holds other things than numbers")
    if dtype.itemsize * math.prod(shape) != len(content) - file.tell():
        raise ValueError(f"an array of {list(shape)} does not fit its {len(content) - file.tell()} bytes")
    flat = np.frombuffer(content, dtype, offset=file.tell())
    return flat.reshape(shape, order="F" if is_fortran else "C").copy(order="K")
