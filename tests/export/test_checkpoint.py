"""Reading checkpoints: nothing is run, every key is accounted for."""

import gzip
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from flowsep_export.audiosep import audiosep_from
from flowsep_export.checkpoint import fold_weight_norm, load_into, read_tensors
from flowsep_export.flowsep.published import ema_name, flowsep_from
from safetensors.torch import save_file
from torch import nn

from flowsep_plugin.errors import BundleError

KEYS = json.loads(gzip.decompress((Path(__file__).parents[1] / "golden/published/keys.json.gz").read_bytes()))
TENSORS = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.bias": torch.zeros(2)}


def weightless(name):
    """Tensors of the published shapes that take no memory."""
    return {key: torch.zeros(()).expand(shape) for key, shape in KEYS[name]}


class Trainer:
    """An object of the kind that research checkpoints carry."""

    def __reduce__(self):
        return (os.mkdir, (str(self.path),))


@pytest.mark.parametrize("container", ["state_dict", "generator", None])
def test_tensors_are_found_in_every_container(tmp_path, container):
    path = tmp_path / "model.ckpt"
    torch.save(TENSORS if container is None else {container: TENSORS, "epoch": 3}, path)
    assert torch.equal(read_tensors(path)["a.weight"], TENSORS["a.weight"])


def test_safetensors_are_read(tmp_path):
    save_file(TENSORS, tmp_path / "model.safetensors")
    assert set(read_tensors(tmp_path / "model.safetensors")) == set(TENSORS)


def test_a_module_prefix_is_taken_off(tmp_path):
    torch.save({f"module.{key}": value for key, value in TENSORS.items()}, tmp_path / "model.pt")
    assert set(read_tensors(tmp_path / "model.pt")) == set(TENSORS)


def test_a_model_prefix_before_every_key_is_taken_off(tmp_path):
    torch.save({"state_dict": {f"module.model.{key}": value for key, value in TENSORS.items()}}, tmp_path / "model.pt")
    assert set(read_tensors(tmp_path / "model.pt")) == set(TENSORS)


def test_a_model_prefix_that_names_a_part_stays(tmp_path):
    tensors = {"model.diffusion_model.out": torch.zeros(1), "scale_factor": torch.ones(())}
    torch.save(tensors, tmp_path / "model.pt")
    assert set(read_tensors(tmp_path / "model.pt")) == set(tensors)


def test_half_precision_tensors_become_float32(tmp_path):
    torch.save({key: value.half() for key, value in TENSORS.items()}, tmp_path / "model.pt")
    layer = nn.Linear(3, 2)
    load_into(layer, read_tensors(tmp_path / "model.pt"), lambda key: f"a.{key}", "the toy")
    assert layer.weight.dtype == torch.float32
    assert torch.equal(layer.weight, TENSORS["a.weight"])


def test_a_large_file_is_mapped_not_read(tmp_path):
    pytest.importorskip("resource", reason="only Unix says how much memory a process took at most")
    path, size = tmp_path / "model.ckpt", 96 << 20
    torch.save({"state_dict": {"wanted": torch.ones(4), "other": torch.zeros(size // 4)}}, path)
    code = (
        "import resource, sys; from pathlib import Path; from flowsep_export.checkpoint import read_tensors\n"
        "unit = 1 if sys.platform == 'darwin' else 1024\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit\n"
        "before = peak(); tensors = read_tensors(Path(sys.argv[1])); tensors['wanted'].sum(); print(peak() - before)"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert int(ran.stdout) < size / 4


def test_errors_name_the_file_that_a_key_is_missing_from(tmp_path):
    vocoder = weightless("vocoder")
    del vocoder["conv_pre.bias"]
    with pytest.raises(BundleError, match=r"g_01000000: 1 keys are missing: conv_pre\.bias"):
        flowsep_from(weightless("flowsep"), "v2_100k.ckpt", vocoder, "g_01000000")


def test_code_in_a_checkpoint_is_not_run_and_its_tensors_are_read(tmp_path, caplog):
    trainer = Trainer()
    trainer.path = tmp_path / "made by the checkpoint"
    torch.save({"state_dict": TENSORS, "trainer": trainer}, tmp_path / "model.ckpt")
    assert torch.equal(read_tensors(tmp_path / "model.ckpt")["a.weight"], TENSORS["a.weight"])
    assert not trainer.path.exists()
    assert "not on the allow-list" in caplog.text


def test_a_pickle_that_only_runs_code_is_no_checkpoint(tmp_path):
    trainer = Trainer()
    trainer.path = tmp_path / "made by the checkpoint"
    (tmp_path / "model.ckpt").write_bytes(pickle.dumps(trainer))
    with pytest.raises(BundleError):
        read_tensors(tmp_path / "model.ckpt")
    assert not trainer.path.exists()


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>", b"PK\x03\x04 cut off"])
def test_a_damaged_file_is_named(tmp_path, content):
    (tmp_path / "model.ckpt").write_bytes(content)
    with pytest.raises(BundleError, match=r"model\.ckpt"):
        read_tensors(tmp_path / "model.ckpt")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BundleError, match=r"model\.ckpt does not exist"):
        read_tensors(tmp_path / "model.ckpt")


def test_damaged_safetensors_are_named(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"not tensors")
    with pytest.raises(BundleError, match=r"model\.safetensors cannot be read"):
        read_tensors(tmp_path / "model.safetensors")


def test_the_older_weight_norm_folds_to_the_same_weight():
    v, g = torch.randn(6, 4, 3), torch.rand(6, 1, 1) + 0.5
    folded = fold_weight_norm({"up.weight_v": v, "up.weight_g": g})
    assert torch.allclose(folded["up.weight"], torch._weight_norm(v, g, 0), atol=1e-6)


@pytest.mark.parametrize("pair", [{}, {"up.weight_g": torch.ones(5)}, {"up.weight_v": torch.ones(())}])
def test_half_of_a_weight_norm_is_refused(pair):
    with pytest.raises(BundleError, match=r"'up\.weight_v' has no weight_g"):
        fold_weight_norm({"up.weight_v": torch.ones(6, 4), **pair})


def test_a_scale_of_several_numbers_is_refused():
    with pytest.raises(BundleError, match=r"'scale_factor' is \[2\], must be one number"):
        flowsep_from({"scale_factor": torch.ones(2)}, "model.ckpt")


@pytest.mark.parametrize("layer", [nn.Conv1d(4, 6, 3), nn.ConvTranspose1d(4, 6, 3)], ids=["conv", "transposed"])
def test_weight_norm_folds_to_the_weight_that_torch_computes(layer):
    normed = nn.utils.parametrizations.weight_norm(layer, dim=0)
    with torch.no_grad():
        normed.parametrizations.weight.original0.mul_(1.7)
        folded = fold_weight_norm({f"up.{key}": value for key, value in normed.state_dict().items()})
        assert set(folded) == {"up.weight", "up.bias"}
        assert torch.allclose(folded["up.weight"], normed.weight, atol=1e-6)


def test_a_missing_key_is_named():
    with pytest.raises(BundleError, match=r"the toy: 1 keys are missing: net\.bias"):
        load_into(nn.Linear(3, 2), {"net.weight": torch.zeros(2, 3)}, lambda key: f"net.{key}", "the toy")


def test_a_key_of_another_shape_is_named():
    with pytest.raises(BundleError, match=r"'weight' is \[2, 4\], the network has \[2, 3\]"):
        load_into(nn.Linear(3, 2), {"weight": torch.zeros(2, 4), "bias": torch.zeros(2)}, str, "the toy")


def test_every_published_key_of_flowsep_has_its_place():
    model = flowsep_from(weightless("flowsep"), "v2_100k.ckpt")
    assert sum(p.numel() for p in model.unet.parameters()) == 265_549_456
    assert sum(p.numel() for p in model.vocoder.parameters()) + 182 * 12 == 13_956_009


def test_a_vocoder_file_with_weight_norm_replaces_the_one_inside():
    assert flowsep_from(weightless("flowsep"), "v2_100k.ckpt", weightless("vocoder")).vocoder.conv_pre.weight.numel()


def test_every_published_key_of_audiosep_has_its_place():
    model = audiosep_from(weightless("audiosep"), "audiosep_base_4M_steps.ckpt")
    assert sum(p.numel() for p in model.separator.parameters()) == 25_623_941


def test_the_unet_is_read_from_its_ema_weights():
    tensors = weightless("flowsep")
    key = "time_embed.0.weight"
    tensors[ema_name(key)] = torch.ones(()).expand(tensors[ema_name(key)].shape)
    assert flowsep_from(tensors, "v2_100k.ckpt").unet.time_embed[0].weight.min() == 1


@pytest.mark.parametrize(
    ("family", "missing"),
    [
        ("flowsep", "model_ema.diffusion_modelout2weight"),
        ("flowsep", "first_stage_model.encoder.conv_in.weight"),
        ("flowsep", "scale_factor"),
        ("audiosep", "ss_model.film.encoder_block1->conv_block1->beta1.bias"),
        ("audiosep", "query_encoder.model.text_branch.pooler.dense.bias"),
    ],
)
def test_a_checkpoint_without_a_key_is_refused_by_its_name(family, missing):
    tensors = weightless(family)
    del tensors[missing]
    with pytest.raises(BundleError, match=missing.split(".")[-1]):
        (flowsep_from if family == "flowsep" else audiosep_from)(tensors, "the file")


@pytest.mark.parametrize("family", ["flowsep", "audiosep"])
def test_a_key_that_belongs_nowhere_is_refused_by_its_name(family):
    tensors = weightless(family) | {"adapter.lora.weight": torch.zeros(1)}
    with pytest.raises(BundleError, match=r"adapter\.lora\.weight"):
        (flowsep_from if family == "flowsep" else audiosep_from)(tensors, "the file")
