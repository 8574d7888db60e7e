"""Files of torch.save, hostile and merely unusual: tensors come out as torch reads them, and nothing is run."""

import collections
import io
import os
import pickle
import struct
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
import torch
from flowsep_export import cli, tensor_pickle
from flowsep_export.checkpoint import read_tensors
from flowsep_export.install import MODELS, install
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

from flowsep_plugin.errors import BundleError

FORMS = [
    pytest.param({"pickle_protocol": protocol, "_use_new_zipfile_serialization": is_zip}, id=f"{protocol}-{form}")
    for protocol in (2, 4)
    for is_zip, form in ((True, "zip"), (False, "legacy"))
]
LEGACY = {"_use_new_zipfile_serialization": False}


class Reduced:
    """An object whose pickle calls `function` with `arguments`."""

    def __init__(self, function, *arguments):
        self.reduced = function, arguments

    def __reduce__(self):
        return self.reduced


def nested(path):
    """An object that, loaded by torch's functions, loads a second checkpoint that makes the folder `path`."""
    inner = io.BytesIO()
    torch.save({"x": Reduced(os.mkdir, str(path))}, inner)
    return Reduced(torch.storage._load_from_bytes, inner.getvalue())


HOSTILE = {
    "a nested checkpoint": nested,
    "a plain call": lambda path: Reduced(os.mkdir, str(path)),
    "a call behind a dotted name": lambda path: Reduced(torch.serialization.os.mkdir, str(path)),
    "a tensor subclass": lambda path: Reduced(
        torch._tensor._rebuild_from_type_v2, os.mkdir, torch.Tensor, (str(path),), {}
    ),
    "a default factory": lambda path: collections.defaultdict(os.mkdir, {"x": 1}),
}


@pytest.mark.parametrize("options", FORMS)
@pytest.mark.parametrize("kind", HOSTILE)
def test_nothing_in_a_checkpoint_is_run(tmp_path, options, kind):
    torch.save({"w": torch.ones(2), "x": HOSTILE[kind](tmp_path / "made")}, tmp_path / "model.pt", **options)
    try:
        assert read_tensors(tmp_path / "model.pt")["w"].tolist() == [1, 1]
    except BundleError:
        assert kind == "a tensor subclass"
    assert not (tmp_path / "made").exists()


def hostile_file(path, made):
    torch.save({"w": torch.ones(2), "x": nested(made)}, path, pickle_protocol=4)
    return path


@pytest.mark.parametrize("family", ["flowsep", "audiosep"])
def test_no_conversion_runs_a_checkpoint(tmp_path, family, monkeypatch, capsys):
    checkpoint = hostile_file(tmp_path / "model.pt", tmp_path / "made")
    (tmp_path / "tokenizer.json").write_text("{}")
    arguments = [family, "--checkpoint", checkpoint, "--tokenizer", tmp_path, "-o", tmp_path / "out"]
    monkeypatch.setattr(sys, "argv", ["flowsep-export", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 3
    assert "missing" in capsys.readouterr().err
    assert not (tmp_path / "made").exists()


def test_no_installation_runs_a_checkpoint(tmp_path):
    model = MODELS["flowsep-v2"]
    downloads = tmp_path / "downloads" / model.name
    downloads.mkdir(parents=True)
    hostile_file(downloads / model.files[0].name, tmp_path / "made")
    (downloads / "tokenizer.json").write_text("{}")
    with pytest.raises(BundleError, match="missing"):
        install(model, tmp_path, lambda _: True)
    assert not (tmp_path / "made").exists()


class DictConfig(dict):
    """An object as configuration libraries pickle it: a class of another package with state."""

    def __setstate__(self, state):
        self.__dict__.update(state)

    def __reduce_ex__(self, protocol):
        return (DictConfig, (), {"_content": {"x": 1}})


class HyperParameters:
    """An object with state, such as Lightning stores."""

    def __init__(self):
        self.path, self.names, self.when = Path("/data"), {"a", "b"}, collections.Counter("ab")


TENSORS = {
    "float": torch.arange(6.0).reshape(2, 3),
    "bfloat16": torch.arange(4).to(torch.bfloat16),
    "half": torch.arange(3).half(),
    "double": torch.arange(3).double(),
    "bool": torch.tensor([True, False]),
    "int": torch.arange(5, dtype=torch.int32),
    "complex": torch.ones(2, dtype=torch.complex64),
    "scalar": torch.tensor(3),
    "empty": torch.zeros(0, 4),
    "transposed": torch.arange(6.0).reshape(2, 3).T,
    "part": torch.arange(10.0)[3:7:2],
    "expanded": torch.ones(1).expand(5),
    "parameter": nn.Parameter(torch.ones(2)),
    "buffer": nn.Buffer(torch.ones(2)),
    "uint16": torch.arange(3).to(torch.uint16),
    "float8": torch.ones(3).to(torch.float8_e4m3fn),
}
INNOCENT = {
    "state_dict": collections.OrderedDict(TENSORS),
    "hyper_parameters": HyperParameters(),
    "config": DictConfig(),
    "callbacks": {"a": collections.defaultdict(list, x=[1]), "b": frozenset("ab")},
    "optimizer_states": [{"state": {0: {"step": torch.tensor(1.0)}}}],
    "sizes": torch.Size([1, 2]),
    "device": torch.device("cpu"),
    "type": torch.float32,
    "text": "größe",
}


@pytest.mark.parametrize("options", FORMS)
def test_unusual_checkpoints_are_read_as_torch_reads_them(tmp_path, options):
    shared = torch.arange(8.0)
    state = {**TENSORS, "shared": shared, "shared part": shared[2:4]}
    torch.save({**INNOCENT, "state_dict": state}, tmp_path / "model.ckpt", **options)
    tensors = read_tensors(tmp_path / "model.ckpt")
    assert list(tensors) == list(state)
    for name, value in state.items():
        own = tensors[name]
        assert (own.dtype, own.shape) == (value.dtype, value.shape), name
        assert torch.equal(
            own.contiguous().view(-1).view(torch.uint8), value.detach().contiguous().view(-1).view(torch.uint8)
        ), name


@pytest.mark.parametrize(
    ("tensor", "kind"),
    [
        (torch.eye(2).to_sparse(), "a sparse tensor"),
        (torch.zeros(2, device="meta"), "a tensor without values"),
    ],
)
def test_a_tensor_without_plain_values_is_named(tmp_path, tensor, kind):
    torch.save({"w": torch.ones(2), "odd": tensor}, tmp_path / "model.pt")
    with pytest.raises(BundleError, match=f"model.pt: 'odd' is {kind}; save the model's weights as plain tensors"):
        read_tensors(tmp_path / "model.pt")


def rebuilt(key="0", elements=4, offset=0, size=(4,), stride=(1,), storage=torch.FloatStorage, view=()):
    """A pickle of one tensor with these numbers."""

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            return value if isinstance(value, tuple) and value[:1] == ("storage",) else None

    arguments = (
        ("storage", storage, key, "cpu", elements, *view),
        offset,
        size,
        stride,
        False,
        collections.OrderedDict(),
    )
    file = io.BytesIO()
    Pickler(file, 2).dump({"w": Reduced(torch._utils._rebuild_tensor_v2, *arguments)})
    return file.getvalue()


def archive(path, pickled, data=bytes(16), compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as file:
        file.writestr("archive/data.pkl", pickled)
        file.writestr("archive/data/0", data)


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ({"size": (10**12,)}, "reaches past its storage"),
        ({"size": (2**40, 2**40), "stride": (0, 0)}, "reaches past its storage"),
        ({"offset": 1}, "reaches past its storage"),
        ({"offset": -1}, "whole numbers"),
        ({"stride": (-1,)}, "whole numbers"),
        ({"size": (2.5,)}, "whole numbers"),
        ({"size": (10**30,)}, "whole numbers"),
        ({"size": (2, 2)}, "whole numbers"),
        ({"key": "../../etc/passwd"}, "cannot be read"),
    ],
)
def test_sizes_that_lie_are_refused_before_memory_is_used(tmp_path, numbers, says):
    archive(tmp_path / "model.pt", rebuilt(**numbers))
    with pytest.raises(BundleError, match=says):
        read_tensors(tmp_path / "model.pt")


def test_a_part_of_a_storage_is_read_as_the_first_versions_wrote_it(tmp_path):
    data = torch.arange(4.0).numpy().tobytes()
    archive(tmp_path / "model.pt", rebuilt(size=(2,), view=[("part", 2, 2)]), data)
    assert read_tensors(tmp_path / "model.pt")["w"].tolist() == [2, 3]
    archive(tmp_path / "model.pt", rebuilt(size=(2,), offset=1, view=[("part", 2, 2)]), data)
    with pytest.raises(BundleError, match="reaches past its storage"):
        read_tensors(tmp_path / "model.pt")


def test_a_compressed_archive_is_refused(tmp_path):
    archive(tmp_path / "model.pt", rebuilt(elements=1 << 20), bytes(4 << 20), zipfile.ZIP_DEFLATED)
    with pytest.raises(BundleError, match="is compressed"):
        read_tensors(tmp_path / "model.pt")


@pytest.mark.parametrize(
    "pickled",
    [
        b"\x80\x02Nr\xff\xff\xff\x7f.",
        b"\x80\x04\x95" + struct.pack("<q", 1 << 60) + b"N.",
        b"\x80\x04\x8e" + struct.pack("<q", 1 << 60) + b".",
        b"\x80\x02T\xff\xff\xff\x7f.",
        b"\x80\x02\x82\x01.",
        b"\x80\x05\x97.",
        b"I" + b"1" * 5000 + b"\n.",
        b"\x80\x02ctorch.storage\n_load_from_bytes\nN\x85R.",
        b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n}X\x08\x00\x00\x00functionNsb.",
    ],
    ids=["memo index", "frame", "bytes", "text", "extension", "buffer", "digits", "call", "changed function"],
)
def test_pickles_that_lie_are_refused_before_memory_is_used(tmp_path, pickled):
    archive(tmp_path / "model.pt", pickled)
    with pytest.raises(BundleError, match=r"model\.pt"):
        read_tensors(tmp_path / "model.pt")


@pytest.mark.parametrize(
    ("name", "field"),
    [("torch._utils\n_rebuild_tensor_v2", "function"), ("torch\nFloatStorage", "dtype"), ("torch\nSize", "function")],
)
def test_a_pickle_cannot_change_what_its_names_or_those_of_later_files_stand_for(tmp_path, name, field):
    before = {key: (thing, vars(thing).copy()) for key, thing in tensor_pickle._NAMES.items()}
    state = b"}X" + struct.pack("<I", len(field)) + field.encode() + b"Ns"
    for end in (state + b"b.", b"N" + state + b"\x86b."):
        archive(tmp_path / "model.pt", b"\x80\x02c" + name.encode() + b"\n" + end)
        with pytest.raises(BundleError, match=r"model\.pt"):
            read_tensors(tmp_path / "model.pt")
    assert {key: (thing, vars(thing)) for key, thing in tensor_pickle._NAMES.items()} == before


@pytest.mark.parametrize("name", ["model.pt", "model.safetensors"])
def test_a_pipe_is_no_checkpoint(tmp_path, name):
    os.mkfifo(tmp_path / name)
    with pytest.raises(BundleError, match="is a pipe or a device"):
        read_tensors(tmp_path / name)


def test_safetensors_with_a_lying_header_are_refused(tmp_path):
    path = tmp_path / "model.safetensors"
    for header in (
        b'{"w":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}}',
        b"[" * 5000,
        b"{}",
    ):
        for length in (len(header), 1 << 62):
            path.write_bytes(struct.pack("<Q", length) + header + bytes(16))
            with pytest.raises(BundleError, match=r"model\.safetensors"):
                read_tensors(path)


@pytest.fixture(scope="module", params=[True, False], ids=["zip", "legacy"])
def content(request):
    file = io.BytesIO()
    torch.save(INNOCENT, file, _use_new_zipfile_serialization=request.param)
    return file.getvalue()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255), cut=st.floats(0.3, 1))
def test_a_damaged_checkpoint_is_read_or_refused(tmp_path, content, place, value, cut):
    damaged = bytearray(content[: max(1, round(cut * len(content)))])
    damaged[int(place * len(damaged))] = value
    (tmp_path / "model.pt").write_bytes(bytes(damaged))
    with suppress(BundleError):
        read_tensors(tmp_path / "model.pt")
