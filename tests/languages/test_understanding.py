"""Queries in seven languages: names are understood as their captions, English is left alone, nothing is guessed."""

import random
from collections import Counter

import pytest
from flowsep_training.queries import names as sources
from flowsep_training.queries.words import vocabulary
from hypothesis import given
from hypothesis import strategies as st

from flowsep_plugin.languages import LANGUAGE_NAMES, english_of, names_in, understand
from flowsep_plugin.languages.names import name_table
from flowsep_plugin.languages.spelling import LANGUAGES, key, without_accents, without_english_article

TABLE = sources.merged()
NAMES = [
    (language, name, caption)
    for caption, row in TABLE.items()
    for language, names in row.names.items()
    for name in names
]
"""Language, name and caption of everything that is in the sources."""

SENSES = Counter(form for form, _ in {(key(name), caption) for _, name, caption in NAMES})
LATIN = [row for row in NAMES if row[0] not in ("ja", "zh")]
ARTICLES = {
    "de": "ein eine der die das", "fr": "un une le la les des", "es": "un una el la los", "it": "un una il la i",
    "pt": "um uma o os as",
}  # fmt: skip
ENGLISH = sorted(
    {
        text
        for words in vocabulary().values()
        for text in (*words.english, *words.held_out, *words.hypernyms, *words.requests, *words.hard_absent)
    }
    | {text for name, texts in sources.class_captions().items() for text in (*texts, *sources.class_wordings(name))}
    | set(vocabulary())
)


def is_free(name: str) -> bool:
    """Whether a name is no English wording, and means one sound in all languages that have it."""
    form = key(name)
    english = name_table().english
    return not {form, without_english_article(form), form.removesuffix("s")} & english and SENSES[form] == 1


def slip(rng: random.Random, text: str) -> str:
    """`text` with a letter too few, too many, wrong, or swapped with the next."""
    at, letter = rng.randrange(len(text)), rng.choice("abcdefghijklmnopqrstuvwxyz")
    before, here, after = text[:at], text[at], text[at + 1 :]
    return before + rng.choice((after, letter + here + after, letter + after, after[:1] + here + after[1:]))


def test_every_name_of_the_sources_is_understood_as_its_caption() -> None:
    found = {row: understand(row[1]) for row in NAMES}
    wrong = [row for row, understood in found.items() if understood is not None and understood.caption != row[2]]
    assert not wrong
    unknown = [row for row in NAMES if found[row] is None and is_free(row[1]) and not row[1].isascii()]
    assert not unknown
    assert sum(understood is not None for understood in found.values()) > 0.94 * len(NAMES)


def test_every_class_and_label_has_a_name_in_every_language() -> None:
    captions = {caption for caption, _ in sources.class_captions().values()}
    missing = [(caption, code) for caption in captions for code in LANGUAGES if not TABLE[caption].names[code]]
    assert len(missing) < 0.06 * len(captions) * len(LANGUAGES)  # where all names belong to a label
    assert len(captions) == 521


@given(st.sampled_from(NAMES), st.sampled_from((str.upper, str.lower, str.title)), st.sampled_from(("", ".", "!", " ")))
def test_case_and_punctuation_change_nothing(
    row: tuple[str, str, str], case: "type[str.upper]", sign: str
) -> None:  # fmt: skip
    _, name, _ = row
    assert understand(f" {case(name)}{sign}") == understand(name)


@given(st.sampled_from(LATIN), st.data())
def test_a_name_with_an_article_is_its_caption(row: tuple[str, str, str], data: st.DataObject) -> None:
    language, name, caption = row
    article = data.draw(st.sampled_from(ARTICLES[language].split()))
    understood = understand(f"{article} {name}")
    if is_free(name):
        assert understood is not None
    if understood is not None:
        assert understood.caption == caption or SENSES[key(name)] > 1


def test_accents_may_be_left_out() -> None:
    captions: dict[str, set[str]] = {}
    for _, name, caption in LATIN:
        captions.setdefault(without_accents(key(name)), set()).add(caption)
    for _, name, _ in LATIN[::3]:
        plain = without_accents(key(name))
        understood = understand(plain)
        assert understood is None or understood.caption in captions[plain], name
        assert understood is not None or len(captions[plain]) > 1 or not is_free(plain), name


def test_german_may_be_typed_without_umlauts() -> None:
    assert [english_of(text) for text in ("Loewe", "bruellender Loewe", "Moewe")] == ["a lion", "a lion", "a seagull"]


def test_no_english_wording_is_touched() -> None:
    assert len(ENGLISH) > 8000
    touched = [text for text in ENGLISH for typed in (text, text.upper(), f"{text}.") if understand(typed) is not None]
    assert touched == []


@pytest.mark.parametrize("word", sources.english_words())
def test_a_word_that_is_english_too_is_english_without_its_own_article(word: str) -> None:
    assert understand(word) is None


def test_an_article_tells_the_language() -> None:
    assert [english_of(text) for text in ("chat", "un chat", "le chat")] == ["chat", "a cat", "a cat"]
    assert [english_of(text) for text in ("Boot", "das Boot", "the boot")] == ["Boot", "a boat", "the boot"]
    assert english_of("una gaita") == "the bagpipes"
    assert english_of("uma gaita") == "a harmonica"
    assert english_of("gaita") == "gaita"


def test_a_slip_in_a_long_name_is_understood_rightly_or_not_at_all() -> None:
    rng = random.Random(1)
    outcomes: Counter[str] = Counter()
    wrong = []
    for _, name, caption in LATIN[::5]:
        typed = slip(rng, name)
        understood = understand(typed)
        if len(key(name)) < 8 or understood is None or not understood.near:
            outcomes["not near"] += 1
        elif understood.caption == caption:
            outcomes["right"] += 1
        else:
            wrong.append((name, typed, understood))
    assert wrong == []
    assert outcomes["right"] > 1200


@pytest.mark.parametrize(
    ("typed", "other"),
    [("Löwe", "Möwe"), ("Hund", "Huhn"), ("雨の音", "雷の音"), ("schlürfen", "schlurfen"), ("clavier", "claviers")],
)
def test_names_that_look_alike_are_told_apart(typed: str, other: str) -> None:
    exact = {name.casefold(): caption for _, name, caption in NAMES}
    for text in (typed, other):
        if text.casefold() in exact:
            assert english_of(text) == exact[text.casefold()]


@pytest.mark.parametrize("typed", ["Lölwe", "Hubd", "perto", "chiem", "雪崩の音楽", "猫舌", "狗屁"])
def test_short_words_have_no_near_names(typed: str) -> None:
    assert understand(typed) is None


@pytest.mark.parametrize(
    ("typed", "english"),
    [
        ("Hundegebel", "a dog barking"), ("Vogelgezwitcher", "a bird chirping"), ("tronçoneuse", "a chainsaw"),
        ("Gitarren", "a guitar"), ("das bellende Hund", "a dog barking"), ("犬の声", "a dog"),
        ("チェインソー", "a chainsaw"), ("一只狗", "a dog"),
    ],
)  # fmt: skip
def test_near_names_are_marked_as_such(typed: str, english: str) -> None:
    understood = understand(typed)
    assert understood is not None
    assert understood.caption == english
    assert understood.near is (typed != "一只狗")
    assert understood.language in LANGUAGE_NAMES


@pytest.mark.parametrize(
    "text",
    [
        "alles außer Hund", "Hund und Regen", "kein Hund", "ohne Regen", "tout sauf la pluie", "pas de chien",
        "sans pluie", "todo menos el perro", "sin lluvia", "perro y lluvia", "senza pioggia", "cane e pioggia",
        "sem chuva", "cachorro e chuva", "犬と雨", "犬以外", "没有狗", "狗和雨",
        "asdf qwer", "blorp", "42", "…", "собака",
    ],
)  # fmt: skip
def test_denials_two_sounds_and_nonsense_go_to_the_encoder_as_they_are(text: str) -> None:
    assert english_of(text) == text


@given(st.text(alphabet="bcdfghjklmnpqrstvwxz ", min_size=6, max_size=30))
def test_letters_without_vowels_are_no_name(text: str) -> None:
    understood = understand(text)
    assert understood is None or not understood.near


@given(st.text(max_size=60))
def test_any_text_is_understood_or_stays_as_it_is(text: str) -> None:
    understood = understand(text)
    assert english_of(text) == (text if understood is None else understood.caption)


def test_the_names_of_a_language_are_offered_as_they_are_written() -> None:
    assert "Hundegebell" in set(names_in("de"))
    assert not list(names_in("en"))
    assert sum(1 for code in LANGUAGE_NAMES for _ in names_in(code)) > 15_000
