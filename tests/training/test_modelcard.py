"""The model card: short, with the figures of the bundle, and with every author within reach."""

import json
from pathlib import Path

import pytest
import yaml
from flowsep_training.bundling import modelcard
from flowsep_training.data.sources import Library

ROOT = Path(__file__).parents[2]
BUNDLE = ROOT / "flowsep_plugin" / "models" / "flowsep-base"
CARD, DETAILS = ROOT / "docs" / "model-card.md", ROOT / "docs" / "model-card" / "details.md"


@pytest.fixture(scope="module")
def texts():
    return yaml.safe_load((ROOT / "training" / "bundling" / "model-card.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def results():
    return json.loads((BUNDLE / "card.json").read_text("utf-8"))["measured"]


def test_the_pages_show_what_the_bundle_says_was_measured(results, texts):
    card, details = CARD.read_text("utf-8"), DETAILS.read_text("utf-8")
    assert modelcard.summary_table(results, texts["version"]) in card
    assert modelcard.absent_table(results, texts["version"]) in card
    assert modelcard.judged_table(results) in details


def test_the_pages_hold_the_texts_of_people(texts):
    pages = CARD.read_text("utf-8") + DETAILS.read_text("utf-8")
    assert all(str(text).strip() in pages for text in texts.values())
    assert "{{" not in pages


def test_the_version_is_the_bundles(texts):
    assert json.loads((BUNDLE / "card.json").read_text("utf-8"))["version"] == texts["version"]


def test_the_card_is_two_screens_at_most():
    assert len(CARD.read_text("utf-8").split()) < 1000


def test_the_authors_are_in_the_bundle_and_linked_from_the_card():
    assert "CREDITS.md" in json.loads((BUNDLE / "card.json").read_text("utf-8"))["files"]
    link = "../flowsep_plugin/models/flowsep-base/CREDITS.md"
    assert f"]({link})" in CARD.read_text("utf-8")
    assert "Licences that ask for credit" not in CARD.read_text("utf-8")
    assert "## Licences that ask for credit" in (CARD.parent / link).read_text("utf-8")


def test_card_and_details_are_written_side_by_side(library: Library, results, texts, tmp_path):
    facts = {"results": results, "labels": {"unseen libraries": {"dog": [14.9, 17]}}, "texts": texts}
    modelcard.write_pages(library, facts, tmp_path / "model-card.md")
    assert modelcard.data_table(library) in (tmp_path / "model-card.md").read_text("utf-8")
    assert "| dog | 14.9 | 17 |" in (tmp_path / "model-card" / "details.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("licence", "kind"),
    [
        ("CC-BY-SA-4.0", "CC BY-SA"),
        ("CC0-1.0 (clip); dataset CC-BY-3.0", "CC BY"),
        ("GPL-3+ (see copyright)", "GPL"),
        ("Unlicense (public domain)", "CC0, public domain"),
        ("WTFPL", "others"),
    ],
)
def test_of_several_licences_the_strictest_is_counted(licence, kind):
    assert modelcard.licence_kind(licence) == kind
