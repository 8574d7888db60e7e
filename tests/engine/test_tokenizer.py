import pytest

from flowsep_plugin.engine.tokenizer import WordPiece, pad_ids
from flowsep_plugin.errors import BundleError

PROMPTS = [
    "a dog barking", "A Dog BARKING!", "rain, wind and thunder", "the acoustic guitar", "  spaces   and\ttabs\n",
    "café naïve Ångström", "don't stop", "8-bit 4/4 snare (close-mic)", "emoji 🐕 bark", "", "İstanbul ſtreet",
    "日本語の声", "犬が吠える a dog", "a\u200bb", "x" * 120, "supercalifragilisticexpialidocious",
    "file_name[01].wav", "“quotes” – dashes…",
]  # fmt: skip


@pytest.fixture
def vocabulary(pocket):
    return pocket / "vocab.txt"


@pytest.mark.parametrize("prompt", PROMPTS)
def test_wordpiece_equals_the_tokenizers_package(vocabulary, prompt):
    backend = pytest.importorskip("tokenizers").BertWordPieceTokenizer(str(vocabulary), lowercase=True)
    assert WordPiece(vocabulary).ids(prompt, 512) == backend.encode(prompt).ids


def test_a_long_text_is_cut_and_still_ends(vocabulary):
    wordpiece = WordPiece(vocabulary)
    ids = wordpiece.ids("dog " * 100, 16)
    assert len(ids) == 16
    assert ids[-1] == wordpiece.ids("dog", 16)[-1]


def test_rows_are_padded_to_the_longest():
    ids, mask = pad_ids([[1, 2, 3], [4]], pad=9)
    assert ids.tolist() == [[1, 2, 3], [4, 9, 9]]
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0]]


def test_a_file_that_is_no_vocabulary_is_refused(tmp_path):
    (tmp_path / "vocab.txt").write_text("just\nwords\n")
    with pytest.raises(BundleError, match="not a BERT vocabulary"):
        WordPiece(tmp_path / "vocab.txt")
