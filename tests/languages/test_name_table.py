"""The table of names: that of the sources, read lazily, refused where it is damaged; distances of names."""

import subprocess
import sys
from itertools import product
from pathlib import Path

import flowsep_training
import pytest
from flowsep_training.queries import names as sources
from hypothesis import given
from hypothesis import strategies as st

from flowsep_plugin.errors import EngineError
from flowsep_plugin.languages import names, near
from flowsep_plugin.languages.spelling import LANGUAGES, key, plurals, without_tail

ROOT = Path(flowsep_training.__file__).resolve().parents[1]
WORDS = st.text(alphabet="abc ", max_size=8)


def reference(one: str, other: str) -> int:
    """The optimal string alignment distance by its definition."""
    table = {(row, 0): row for row in range(len(one) + 1)} | {(0, column): column for column in range(len(other) + 1)}
    for row, column in product(range(1, len(one) + 1), range(1, len(other) + 1)):
        steps = [table[row - 1, column] + 1, table[row, column - 1] + 1]
        steps.append(table[row - 1, column - 1] + (one[row - 1] != other[column - 1]))
        if row > 1 and column > 1 and (one[row - 2], one[row - 1]) == (other[column - 1], other[column - 2]):
            steps.append(table[row - 2, column - 2] + 1)
        table[row, column] = min(steps)
    return table[len(one), len(other)]


@given(WORDS, WORDS, st.integers(1, 4))
def test_distances_are_those_of_the_definition_up_to_a_limit(one: str, other: str, most: int) -> None:
    assert min(near.edit_distance(one, other, most), most + 1) == min(reference(one, other), most + 1)


@pytest.mark.parametrize("query", ["tronconeuse", "hundegebel", "a dog barkin", "vogelgezwitcher", "ambulanza"])
def test_no_name_within_reach_is_missed(query: str) -> None:
    index = near._latin()
    some = {form for form in index.forms if abs(len(form) - len(query)) < 3 and form[-1] in query[-3:]}
    within = {form for _, form, _ in index.within(query, 2)}
    assert within & some == {form for form in some if reference(query, form) <= 2}


def test_the_delivered_table_is_that_of_the_sources() -> None:
    script = ROOT / "scripts" / "sound_words.py"
    ended = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_decisions_are_about_names_that_both_or_several_have() -> None:
    captions = sources.merged()
    for language, name, caption, why in sources.read_table(sources.DECISIONS, ("language", "name", "caption", "why")):
        assert language in LANGUAGES
        assert why
        if caption:
            assert key(name) in map(key, captions[caption].names[language]), name
        else:
            assert not [row for row in captions.values() if key(name) in map(key, row.names[language])]


def test_names_of_a_language_have_keys_of_their_own() -> None:
    rows = sources.merged().values()
    for language in LANGUAGES:
        forms = [key(name) for row in rows for name in row.names[language]]
        assert len(set(forms)) == len(forms)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("class\tnames\nBark\tBellen\n", "columns must be class, caption"),
        ("class\tcaption\tchip\nBark\n", "line 2: 1 cells"),
    ],
)
def test_a_malformed_source_is_refused_by_line(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "table.tsv").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=reason):
        list(sources.read_table(tmp_path / "table.tsv", ("class", "caption", "chip")))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"a dog\tdog\n", b"a\tb\tc\td\te\tf\tg\th\ti|j\nk\n"])
def test_a_damaged_table_is_refused_by_name(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "names.tsv").write_bytes(content)
    monkeypatch.setattr(names, "FILE", tmp_path / "names.tsv")
    with pytest.raises(EngineError, match=r"names\.tsv: the table of names cannot be read .*; install flowsep again"):
        names.name_table.__wrapped__()


def test_a_whole_table_is_turned_into_keys_at_once() -> None:
    cells = [["L'eau qui coule", "Chauve-souris"], ["クラリネット", "  ＤＯＧ! "]]
    text = "\n".join("|".join(row) for row in cells)
    assert key(text) == "\n".join("|".join(map(key, row)) for row in cells)


def test_plurals_and_tails_are_those_of_the_languages() -> None:
    assert "hunde" in plurals("hund", "de")
    assert "canciones" in plurals("cancion", "es")
    assert "baloes" in plurals("balao", "pt")
    assert plurals("campana", "it") == ("campane",)
    assert plurals("cane che abbaia", "it") == ()
    assert [without_tail(key(text)) for text in ("犬の鳴き声", "狗叫声", "音")] == ["犬", "狗", "音"]
