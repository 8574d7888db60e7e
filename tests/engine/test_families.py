"""A family is one module and one row; nothing else in the tree asks which family a model is of."""

import ast
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.engine.base import Request
from flowsep_plugin.engine.families import FAMILIES, find_family, load_card, parse_card
from flowsep_plugin.errors import BundleError
from flowsep_plugin.separate import Separator

ROOT = Path(__file__).parents[2]
MODULES = [
    path for package in ("flowsep_plugin", "export", "ui", "training") for path in ROOT.glob(f"{package}/**/*.py")
]
RATE = 16_000
CARD = {
    "format": 1, "name": "halves", "version": "1", "family": "toy", "licence": "CC0-1.0",
    "audio": {"rate": RATE, "window_frames": 16_000, "overlap_frames": 4_000},
    "text": {"kind": "wordpiece", "files": [], "length": 1, "width": 1},
    "toy": {"n_fft": 512, "hop": 160},
}  # fmt: skip


@pytest.fixture
def toy(monkeypatch, tmp_path):
    """The folder of a bundle of the toy family, whose row is in the table while a test runs."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    monkeypatch.setitem(FAMILIES, "toy", "toy_family")
    (tmp_path / "card.json").write_text(json.dumps(CARD))
    yield tmp_path
    sys.modules.pop("toy_family", None)


def test_a_new_family_separates_after_one_module_and_one_row(toy):
    time = np.arange(2 * RATE) / RATE
    low, high = (0.1 * np.sin(2 * np.pi * hertz * time) for hertz in (1_000, 6_000))
    separation = Separator.open(toy, "cpu").separate(AudioClip((low + high).astype(np.float32), RATE), Request(["low"]))
    assert np.abs(separation["low"].samples[0] - low)[800:-800].max() < 0.01
    assert separation.null_db < -100


def test_the_card_of_a_new_family_is_checked_by_its_own_entries(toy):
    assert load_card(toy / "card.json").toy.hop == 160
    with pytest.raises(BundleError, match=r"toy\.hop is 0, must be 1 or more"):
        parse_card({**CARD, "toy": {"n_fft": 512, "hop": 0}})


def test_a_family_without_a_row_is_refused_with_those_that_have_one():
    with pytest.raises(BundleError, match="family 'toy' is not one of flowsep, audiosep"):
        parse_card(CARD)


@pytest.mark.parametrize("name", FAMILIES)
def test_every_row_leads_to_a_family(name):
    assert find_family(name).card.__name__.lower() == f"{name}card"


def mentions_family(node):
    """Whether an expression reads a family: a name, attribute or key called so."""
    names = [getattr(part, "id", getattr(part, "attr", getattr(part, "value", None))) for part in ast.walk(node)]
    return "family" in names


def family_switches(path):
    """Lines on which a module compares a family with a family's name, or matches on one."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            parts = [part for side in sides for part in ast.walk(side) if isinstance(part, ast.Constant)]
            if any(part.value in FAMILIES for part in parts) and any(map(mentions_family, sides)):
                yield node.lineno
        if isinstance(node, ast.Match) and mentions_family(node.subject):
            yield node.lineno


def test_no_module_asks_which_family_a_model_is_of():
    modules_with_switches = [f"{path.relative_to(ROOT)}:{line}" for path in MODULES for line in family_switches(path)]
    assert not modules_with_switches
