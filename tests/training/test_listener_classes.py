from pathlib import Path

import numpy as np
import pytest
from flowsep_training.bundling.listener import class_phrases, class_vectors, logit_statistics
from flowsep_training.queries.text import HashedText

from flowsep_plugin.engine.tokenizer import WordPiece

VOCABULARY = Path(__file__).parents[2] / "flowsep_plugin" / "models" / "flowsep-base" / "vocab.txt"


@pytest.fixture(scope="module")
def phrases():
    return class_phrases()


def test_all_521_classes_have_three_to_six_wordings(phrases):
    assert len(phrases) == 521
    for name, wordings in phrases.items():
        assert 3 <= len(wordings) <= 6, name
        assert len({wording.casefold() for wording in wordings}) == len(wordings), name
        assert all(isinstance(wording, str) and wording == wording.strip() for wording in wordings), name


def test_no_wording_stands_for_two_classes(phrases):
    owners = {}
    for name, wordings in phrases.items():
        for wording in wordings:
            owners.setdefault(wording.casefold(), []).append(name)
    assert {wording: names for wording, names in owners.items() if len(names) > 1} == {}


def test_wordings_are_spelt_so_that_the_text_encoder_can_read_them(phrases):
    words = WordPiece(VOCABULARY)
    unknown = words.ids("[UNK]", 3)[1]
    for wordings in phrases.values():
        for wording in wordings:
            ids = words.ids(wording, 24)
            assert unknown not in ids[1:-1], wording
            assert len(ids) < 24, wording


def test_class_vectors_are_of_length_one_and_lie_near_their_phrases():
    vectors = class_vectors(HashedText(8, width=16), {"Dog": ["a dog", "dog barking"], "Rain": ["rain"]})
    assert vectors.shape == (2, 16)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_a_class_that_never_changes_keeps_a_spread():
    mean, spread = logit_statistics(np.full((10, 3), -8, np.float32))
    np.testing.assert_array_equal(mean, -8)
    assert (spread > 0).all()
