"""A family's exporter is one module and one row."""

import json
from pathlib import Path

import pytest
from flowsep_export.bundle import write_bundle
from flowsep_export.exporters import EXPORTERS, Exporter, exporter_of
from flowsep_export.verify import verify

from flowsep_plugin.engine.families import FAMILIES
from flowsep_plugin.errors import BundleError

ENGINE_TESTS = Path(__file__).parents[1] / "engine"
CARD = {
    "name": "halves", "version": "1", "family": "toy", "licence": "CC0-1.0",
    "audio": {"rate": 16_000, "window_frames": 16_000, "overlap_frames": 4_000},
    "text": {"kind": "wordpiece", "files": [], "length": 1, "width": 1},
    "toy": {"n_fft": 512, "hop": 160},
}  # fmt: skip


@pytest.mark.parametrize("family", EXPORTERS)
def test_every_row_leads_to_a_module_with_all_functions(family):
    module = exporter_of(family)
    assert all(callable(getattr(module, name)) for name in ("convert", "export_specs", "chain", "parity_stages"))


@pytest.mark.parametrize("family", EXPORTERS)
def test_every_exporter_is_one_of_a_family(family):
    assert family in FAMILIES


def test_a_family_without_an_exporter_is_refused_with_those_that_have_one():
    with pytest.raises(BundleError, match="family 'toy' has no exporter; there are flowsep, audiosep"):
        exporter_of("toy")


def test_a_bundle_of_a_new_family_is_written_and_verified(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(ENGINE_TESTS))
    (tmp_path / "toy_exporter.py").write_text("def export_specs(card):\n    return {}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(FAMILIES, "toy", "toy_family")
    row = Exporter(module="toy_exporter", help="", bundle_name="toy", tokenizer="", part="", part_help="")
    monkeypatch.setitem(EXPORTERS, "toy", row)
    vocabulary = tmp_path / "vocab.txt"
    vocabulary.write_text("")
    path = write_bundle(tmp_path / "halves", CARD, {}, [vocabulary])
    assert json.loads(path.read_text())["toy"] == CARD["toy"]
    assert list(verify(path.parent)) == ["card.json: halves 1, family toy", "vocab.txt: checksum"]
