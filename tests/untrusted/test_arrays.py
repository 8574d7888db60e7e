"""Files of arrays: what NumPy writes is read bit for bit, everything else is refused without memory."""

import io
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from flowsep_plugin.untrusted.arrays import DAMAGED, arrays_in


def npz(compress: bool = False, **members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return file.getvalue()


def npy(shape: str = "(4,)", dtype: str = "'<f4'", rest: bytes = bytes(16)) -> bytes:
    head = f"{{'descr': {dtype}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\1\0" + len(head).to_bytes(2, "little") + head + rest


@given(
    st.dictionaries(
        st.sampled_from(["x", "mask logits", "tail"]),
        arrays.arrays(
            st.sampled_from([np.float16, np.float32, np.float64, np.int64]),
            arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
        ),
        min_size=1,
    ),
    st.booleans(),
)
def test_what_numpy_writes_is_read_bit_for_bit(stored: dict[str, np.ndarray], turned: bool) -> None:
    file = io.BytesIO()
    np.savez(file, **{name: np.asarray(array, order="F" if turned else "C") for name, array in stored.items()})
    again = arrays_in(file)
    assert again.keys() == stored.keys()
    for name, array in stored.items():
        assert (again[name].shape, again[name].dtype) == (array.shape, array.dtype)
        assert again[name].tobytes() == array.tobytes()
        assert again[name].flags.writeable


@pytest.mark.parametrize(
    "content",
    [
        b"", b"junk", npz(x=b""), npz(x=b"\x93NUMPY\x09\0"), npz(x=npy(shape="(4,")), npz(x=npy(dtype="'|O'")),
        npz(x=npy(shape="(10**12,)")), npz(x=npy(shape="(1000000000000,)")), npz(x=npy(shape="(-4, -1)", rest=b"")),
        npz(x=npy(dtype="[('a', '<f4')]")), npz(compress=True, x=npy(shape="(1000000,)", rest=bytes(4_000_000))),
        npz(x=npy())[:-4] + b"abcd", npz(x=npy(shape="(" * 2000)), npz(x=npy(shape="(0,)")), npz(x=npy())[20:],
    ],
    ids=range(15),
)  # fmt: skip
def test_a_damaged_file_is_an_error_that_readers_expect(content: bytes) -> None:
    with pytest.raises(DAMAGED):
        arrays_in(io.BytesIO(content))


def test_arrays_that_take_more_than_their_room_are_refused() -> None:
    with pytest.raises(ValueError, match="more than 20 bytes"):
        arrays_in(io.BytesIO(npz(x=npy())), 20)
