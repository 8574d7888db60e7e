"""The page of a published model: metadata that the Hub's own library reads back, figures of the card."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from flowsep_plugin.engine.bundle import ModelBundle
from flowsep_plugin.errors import UsageError
from flowsep_plugin.hub import HubReference, model_page, prepare_repository
from flowsep_plugin.hub.licences import licence_identifier
from flowsep_plugin.models import find_model

huggingface_hub = pytest.importorskip("huggingface_hub", reason="the extra hub: pip install 'flowsep-plugin[hub]'")


@pytest.fixture(scope="module")
def default():
    return ModelBundle.open(find_model(), verify=False)


def metadata(card):
    return huggingface_hub.ModelCard(model_page(card, "org/name")).data


def test_the_metadata_is_read_back(default):
    data = metadata(default.card)
    assert (data.library_name, data.pipeline_tag, data.language) == ("flowsep-plugin", "audio-to-audio", "en")
    assert "flowsep" in data.tags


def test_the_page_links_to_the_projects_address(default):
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
    assert f"]({project['urls']['Source']})" in model_page(default.card, "org/name")


def test_figures_are_those_of_the_cards_version(default):
    figures = default.card.measured["unseen libraries"]["instruments, 0 dB"][default.card.version]
    results = {(one.dataset_name, one.metric_type): one.metric_value for one in metadata(default.card).eval_results}
    assert results["unseen libraries: instruments, 0 dB", "si_sdr_gated"] == round(figures["si_sdr_gated"], 2)
    assert not [name for name, _ in results if "absent" in name]


@pytest.mark.parametrize(
    ("licence", "identifier"),
    [("GPL-3.0-or-later", "gpl-3.0"), ("CC-BY-4.0", "cc-by-4.0"), ("MIT", "mit"), ("none named", "other")],
)
def test_licences_get_the_hubs_identifiers(default, licence, identifier):
    data = metadata(replace(default.card, licence=licence))
    assert data.license == identifier
    assert data.get("license_name") == (licence if identifier == "other" else None)


def test_the_same_licence_in_two_spellings_is_one(default):
    assert licence_identifier("GPL-3.0-or-later") == "gpl-3.0"
    assert licence_identifier("homemade") is None


def test_a_converted_model_names_what_it_was_made_of(default):
    data = metadata(replace(default.card, source="https://huggingface.co/AlayaLab/FlowSep-hive"))
    assert data.base_model == "AlayaLab/FlowSep-hive"
    assert metadata(default.card).base_model is None


def test_texts_of_a_card_cannot_break_the_page(default):
    page = model_page(replace(default.card, name="---\nlicense: mit\n---", description="a\n---\n# b"), "org/name")
    assert huggingface_hub.ModelCard(page).data.license == "gpl-3.0"


def test_a_repository_is_not_written_over_files(default, tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(UsageError, match="is not empty"):
        prepare_repository(default, HubReference("org/name"), tmp_path)
