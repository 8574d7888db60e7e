"""Wordings of labels: complete, told apart from those held out, never naming what is there."""

import re
import unicodedata
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from flowsep_training.data.instruments import PROGRAMS
from flowsep_training.data.noises import NOISES
from flowsep_training.queries import phrases
from flowsep_training.queries.captions import FOREIGN_SUMS, PLAIN, LabelledSound, Phrasebook, overlap, true_of, wordings
from flowsep_training.queries.words import FOLDER, LANGUAGES, held_out, plain_words, read, vocabulary, words_of

KNOWN = sorted(
    {program.label for program in PROGRAMS}
    | {"drums", *NOISES, *phrases.SYNONYMS, *phrases.HELD_OUT}
    | set(chain.from_iterable(labels for labels, _ in phrases.GROUPS.values()))
    | set(chain.from_iterable(phrases.ALIKE))
)
DOG, RAIN = LabelledSound("dog", "a dog barking", "environment"), LabelledSound("rain", "rain falling", "environment")
SECTION = "english: [a dog]\n  held_out: [a hound]\n  foreign: {de: [ein Hund]}\n  hard_absent: [wolf]"


def each(key: str) -> list[tuple[str, str]]:
    """Every phrase under a key, with its label."""
    return [(label, phrase) for label, words in vocabulary().items() for phrase in getattr(words, key)]


def book(*sounds: LabelledSound, foreign: float = 0.0) -> Phrasebook:
    return Phrasebook(Phrasebook.of(sounds).captions, foreign)


def texts(draw, count: int = 300) -> set[str]:
    rng = np.random.default_rng(1)
    return {draw(rng) for _ in range(count)}


def refuses(folder: Path, text: str, expected: str):
    (folder / "some.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(expected)):
        read(folder)


def test_every_label_that_the_trainer_knows_has_words():
    assert not [label for label in KNOWN if words_of(label) is None]


def test_labels_that_are_rendered_have_twenty_wordings():
    rendered = {program.label for program in PROGRAMS} | set(NOISES)
    assert not [label for label in rendered if len(words_of(label).english) < 20]


def test_every_label_has_twelve_wordings_and_three_to_eight_hard_absents():
    for label, words in vocabulary().items():
        assert len(words.english) >= 12, label
        assert 3 <= len(words.hard_absent) <= 8, label


def test_a_tenth_of_the_wordings_is_held_out():
    for label, words in vocabulary().items():
        assert len(words.held_out) >= round(len(words.english) / 12), label
    assert 0.08 < len(each("held_out")) / (len(each("english")) + len(each("held_out"))) < 0.12


def test_every_label_has_a_name_or_two_in_every_language():
    for label, words in vocabulary().items():
        assert tuple(words.foreign) == LANGUAGES, label
        assert all(1 <= len(names) <= 2 for names in words.foreign.values()), label


def test_names_are_written_in_the_script_of_their_language():
    for label, words in vocabulary().items():
        for language, names in words.foreign.items():
            latin = [unicodedata.name(sign).startswith("LATIN") for sign in "".join(names) if sign.isalpha()]
            assert (not any(latin)) if language in ("ja", "zh") else all(latin), (label, language)


def test_english_is_written_in_printable_latin_letters():
    for label, phrase in chain(each("english"), each("held_out"), each("requests"), each("hypernyms")):
        assert all(sign.isprintable() and ord(sign) < 0x180 for sign in phrase), (label, phrase)


def test_no_held_out_wording_is_trained_on_under_any_label():
    trained = {plain_words(phrase) for label in vocabulary() for phrase in (label, *wordings(label))}
    trained |= {plain_words(phrase) for key in ("english", "requests", "hypernyms") for _, phrase in each(key)}
    trained |= {plain_words(phrase) for synonyms in phrases.SYNONYMS.values() for phrase in synonyms}
    assert not trained & held_out()
    dressed = {plain_words(template.format(phrase)) for template in PLAIN for phrase in trained}
    assert not dressed & held_out()


def test_words_do_not_train_on_what_the_report_holds_out():
    reserved = {plain_words(phrase) for wordings_of_label in phrases.HELD_OUT.values() for phrase in wordings_of_label}
    assert not reserved & {plain_words(phrase) for label in vocabulary() for phrase in wordings(label)}


def test_held_out_wordings_are_all_different():
    assert len(held_out()) == len(each("held_out"))


def test_hard_absents_name_nothing_that_is_there():
    for label, choice in each("hard_absent"):
        assert plain_words(choice) not in true_of(label), (label, choice)
        assert not phrases.too_alike(choice, label), (label, choice)
        assert not overlap(choice, label), (label, choice)


def test_a_hard_absent_that_is_not_a_label_is_no_wording_of_one():
    queries = {plain_words(phrase) for label in vocabulary() for phrase in (label, *wordings(label))}
    assert not [
        (label, text) for label, text in each("hard_absent") if words_of(text) is None and plain_words(text) in queries
    ]


def test_a_book_draws_wordings_and_keeps_the_captions():
    names = texts(lambda rng: book(DOG).name(rng, DOG))
    assert {"a dog in the distance", "a dog barking", "dog"} <= names


def test_held_out_wordings_are_never_drawn():
    sounds = [LabelledSound(label, label, "environment") for label in ("dog", "rain", "piano", "door creak")]
    for sound in sounds:
        queries = {
            plain_words(text.rstrip(".")) for text in texts(lambda rng, t=sound: book(t).describe(rng, [t], []), 2000)
        }
        assert not queries & held_out()


def test_a_label_without_words_is_named_by_its_caption_and_itself():
    sound = LabelledSound("glass organ", "a glass organ playing", "music")
    assert words_of(sound.label) is None
    assert {plain_words(text) for text in texts(lambda rng: book(sound).name(rng, sound))} == {
        "glass organ", "glass organ playing",
    }  # fmt: skip


def test_foreign_names_come_as_often_as_asked():
    names = {name.casefold() for names in words_of("dog").foreign.values() for name in names}
    rng = np.random.default_rng(2)

    def share(foreign: float) -> float:
        queries = [book(DOG, foreign=foreign).describe(rng, [DOG], [DOG]) for _ in range(2000)]
        return sum(text.rstrip(".").casefold() in names for text in queries) / len(queries)

    assert share(0.0) == 0
    assert share(0.06) == pytest.approx(0.06, abs=0.02)


def test_two_foreign_names_are_in_one_language():
    pairs = {
        FOREIGN_SUMS[language].format(dog, rain).casefold()
        for language in LANGUAGES
        for dog in words_of("dog").foreign[language]
        for rain in words_of("rain").foreign[language]
    }
    draw = Phrasebook(book(DOG, RAIN).captions, 1.0, LANGUAGES)
    queries = {text.rstrip(".").casefold() for text in texts(lambda rng: draw.describe(rng, [DOG, RAIN], [DOG]))}
    assert queries <= pairs
    assert len(queries) > 10


def test_a_wider_term_is_used_only_where_the_rest_is_none_of_it():
    wolf, cow, drill = (LabelledSound(label, label, "environment") for label in ("wolf", "cow", "drill"))
    alone = texts(lambda rng: book(wolf).describe(rng, [wolf], [drill]).casefold(), 1000)
    beside = texts(lambda rng: book(wolf).describe(rng, [wolf], [cow]).casefold(), 1000)
    assert "an animal" in alone
    assert "an animal" not in beside


def test_a_book_says_the_same_for_the_same_seed():
    draw = book(DOG, RAIN, foreign=0.5)
    one, two = (
        [(draw.describe(rng, [DOG], [RAIN]), draw.absent(rng, [DOG]), draw.hard_absent(rng, [DOG])) for _ in range(50)]
        for rng in (np.random.default_rng(3), np.random.default_rng(3))
    )
    assert one == two


def test_hard_absents_of_a_dog_are_what_sounds_like_one():
    queries = " ".join(texts(lambda rng: book(DOG).hard_absent(rng, [DOG]).casefold()))
    assert "wolf" in queries
    assert "fox" in queries
    assert "a seal barking" in queries


def test_a_hard_absent_is_not_named_where_it_is_there():
    wolf, owl = (
        LabelledSound("wolf", "a wolf howling", "environment"),
        LabelledSound("owl", "an owl hooting", "environment"),
    )
    queries = texts(lambda rng: book(DOG).hard_absent(rng, [DOG, wolf]).casefold())
    assert not [text for text in queries if "wolf" in text or "wolves" in text]
    queries = texts(
        lambda rng: book(DOG).hard_absent(rng, [LabelledSound("cat", "a cat", "environment"), owl]).casefold()
    )
    assert not [text for text in queries if re.search(r"\bowls?\b", text)]


def test_a_thing_without_words_has_no_hard_absent():
    sound = LabelledSound("glass organ", "a glass organ playing", "music")
    assert book(sound).hard_absent(np.random.default_rng(1), [sound]) is None


def test_music_that_is_there_rules_out_its_instruments():
    music, violin = LabelledSound("music", "a song", "music"), LabelledSound("violin", "a violin", "music")
    queries = texts(lambda rng: book(violin).hard_absent(rng, [violin, music]) or "")
    assert not [text for text in queries if any(word in text.casefold() for word in ("flute", "oboe", "accordion"))]


def test_no_template_says_sound_twice_or_follows_a_long_clause():
    clause = LabelledSound("dog", "a dog barking somewhere behind the house", "environment")
    queries = texts(lambda rng: book(clause).describe(rng, [clause], [DOG]).casefold().rstrip("."), 1500)
    assert "the sound of the sound of a dog" not in queries
    assert not [text for text in queries if text.endswith(("house sound", "house noise"))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- dog", "some.yaml: must map labels to sections"),
        ("dog: [a dog]", "some.yaml: dog: must be a section with the keys english, held_out, foreign, hard_absent"),
        (f"dog:\n  {SECTION}\n  colour: [brown]", "some.yaml: dog: unknown key 'colour'"),
        ("dog:\n  english: [a dog]\n  foreign: {}\n  hard_absent: [wolf]", "some.yaml: dog: key 'held_out' is missing"),
        (f"dog:\n  {SECTION}".replace("[a dog]", "a dog"), "some.yaml: dog: english: must be a list"),
        (
            f"dog:\n  {SECTION}".replace("[a dog]", "[yes]"),
            "some.yaml: dog: english: True is not a text; put it in quot",
        ),
        (f"dog:\n  {SECTION}".replace("[a dog]", "['a dog ']"), "'a dog ' has stray spaces"),
        (f"dog:\n  {SECTION}".replace("[a dog]", "[a dog, A Dog]"), "some.yaml: dog: 'A Dog' is listed twice"),
        (f"dog:\n  {SECTION}".replace("de:", "xx:"), "some.yaml: dog: foreign must map some of de, fr, es, it, pt"),
        (f"dog:\n  {SECTION}".replace("[wolf]", "[dog]"), "dog: hard_absent names the label itself"),
        (f"dog:\n  {SECTION}\n  may_hold: [cat]", "dog: may_hold names 'cat', which has no section"),
    ],
)
def test_a_malformed_section_is_refused_by_name(tmp_path: Path, text: str, expected: str):
    refuses(tmp_path, text, expected)


def test_a_label_in_two_files_is_refused(tmp_path: Path):
    (tmp_path / "other.yaml").write_text(f"dog:\n  {SECTION}", encoding="utf-8")
    refuses(tmp_path, f"dog:\n  {SECTION}", "some.yaml: dog: the label already has a section")


def test_the_files_are_read_as_written():
    assert read(FOLDER) == dict(vocabulary())
