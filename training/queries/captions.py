"""Random queries: templates over phrases, casing, sums, negations, groups, other languages, absent sounds.

`Phrasebook.describe` names the target; `Phrasebook.deny` names the residual, and means all else;
`Phrasebook.absent` and `Phrasebook.hard_absent` name sounds that are not in the mixture.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from . import phrases
from .words import held_out, plain_words, words_of

PLAIN = ("{}",) * 8 + (
    "the sound of {}", "sound of {}", "{} sound", "{} noise", "a recording of {}", "isolate {}", "only {}",
    "extract {}", "{} in the foreground", "separate {}", "{} please", "just {}", "keep {}", "I want {}",
)  # fmt: skip
DENIED = (
    "everything except {}", "all but {}", "everything but {}", "no {}", "without {}", "remove {}", "anything but {}",
    "all except {}", "everything else than {}", "not {}", "everything without {}", "get rid of {}", "take out {}",
)  # fmt: skip
SUMS = ("{} and {}", "{} and {}", "{} with {}", "{}, {}", "{} plus {}", "both {} and {}")
FOREIGN_SUMS = {
    "de": "{} und {}", "fr": "{} et {}", "es": "{} con {}", "it": "{} e {}", "pt": "{} e {}", "ja": "{}と{}",
    "zh": "{}和{}",
}  # fmt: skip
READABLE = ("de", "fr", "es", "it", "pt")  # an English WordPiece turns 3 in 4 names in Japanese and Chinese into [UNK]
SUFFIXED = 3  # most words of a phrase before "sound"
WHOLE_REQUEST, HYPERNYM, GROUP = 0.04, 0.08, 0.3
"""Shares of the texts that are a whole written request, a hypernym, a group, where the label has such."""

WORDING, CAPTION = 0.55, 0.2
"""Shares of names that are a wording or synonym, and the caption; the others are the label."""

WITHOUT_ARTICLE, WITH_THE = 0.2, 0.1
"""Share of names without their article, and of the others that get "the"."""

CAPITAL, UPPER_CASE, FULL_STOP = 0.15, 0.04, 0.06
"""Shares of texts that begin with a capital, that are all capitals, that end with a full stop."""


@dataclass(frozen=True, slots=True)
class LabelledSound:
    """Label, caption and domain of one sound."""

    label: str
    caption: str
    domain: str


@dataclass(frozen=True)
class Phrasebook:
    """Random texts about the labels of a library.

    captions : those of each label.     languages : for texts that are not English.
    """

    captions: Mapping[str, tuple[str, ...]]
    foreign: float = 0.06  # share of texts in another language, where every target has a name in it
    languages: tuple[str, ...] = READABLE

    @classmethod
    def of(cls, sounds: Sequence[LabelledSound]) -> "Phrasebook":
        """Return a book with the captions that each label has among `sounds`."""
        captions: dict[str, dict[str, None]] = {}
        for sound in sounds:
            captions.setdefault(sound.label, {})[sound.caption] = None
        return cls({label: tuple(texts) for label, texts in sorted(captions.items())})

    def name(self, rng: np.random.Generator, sound: LabelledSound) -> str:
        """Return a phrase for a sound: its caption, label, a synonym or wording, with or without an article."""
        draw = rng.random()
        choices = wordings(sound.label)
        if choices and draw < WORDING:
            phrase = choices[rng.integers(len(choices))]
        elif draw < WORDING + CAPTION:
            phrase = sound.caption
        else:
            phrase = sound.label
        if rng.random() < WITHOUT_ARTICLE:
            phrase = _without_article(phrase)
        elif rng.random() < WITH_THE and (words_of(sound.label) is None or phrase != _without_article(phrase)):
            phrase = "the " + _without_article(phrase)
        return phrase

    def describe(
        self, rng: np.random.Generator, targets: Sequence[LabelledSound], others: Sequence[LabelledSound]
    ) -> str:
        """Return a text that names all of `targets` and none of `others`."""
        groups = common_groups(targets, others)
        if groups and rng.random() < GROUP:
            choices = groups[rng.integers(len(groups))]
            return _dress(rng, choices[rng.integers(len(choices))], PLAIN)
        general = common_hypernyms(targets, others)
        if general and rng.random() < HYPERNYM:
            return _dress(rng, general[rng.integers(len(general))], PLAIN)
        return self._query(rng, targets)

    def deny(
        self, rng: np.random.Generator, residual: Sequence[LabelledSound], targets: Sequence[LabelledSound]
    ) -> str:
        """Return a text that names `targets` as all but `residual`."""
        groups = common_groups(residual, targets)
        names = [self.name(rng, sound) for sound in residual]
        if groups and rng.random() < GROUP:
            choices = groups[rng.integers(len(groups))]
            names = [choices[rng.integers(len(choices))]]
        return _dress(rng, " and ".join(names), DENIED)

    def absent(self, rng: np.random.Generator, present: Sequence[LabelledSound]) -> str:
        """Return a text for a label that none of `present` has or could be named by."""
        while True:
            sound = self.any_sound(rng)
            if not any(may_be_meant(sound.label, other.label) for other in present):
                return self._query(rng, (sound,), present)

    def hard_absent(self, rng: np.random.Generator, present: Sequence[LabelledSound]) -> str | None:
        """Return a text for an absent sound that resembles one of `present`; None where no label has such a text."""
        choices = list(dict.fromkeys(_confusions(present)))
        if not choices:
            return None
        choice = choices[rng.integers(len(choices))]
        if words_of(choice) is None:
            return _dress(rng, choice, PLAIN)
        captions = self.captions.get(choice, (choice,))
        return self._query(rng, (LabelledSound(choice, captions[rng.integers(len(captions))], ""),), present)

    def any_sound(self, rng: np.random.Generator) -> LabelledSound:
        """Return a random label with one of its captions."""
        label = list(self.captions)[rng.integers(len(self.captions))]
        captions = self.captions[label]
        return LabelledSound(label, captions[rng.integers(len(captions))], "")

    def _query(
        self, rng: np.random.Generator, targets: Sequence[LabelledSound], present: Sequence[LabelledSound] = ()
    ) -> str:
        """Return a text that names all of `targets`; where those are absent, none of `present`."""
        languages = [language for language in self.languages if all(language in names for names in _foreign(targets))]
        if languages and rng.random() < self.foreign:
            return _dress(rng, _foreign_sum(rng, targets, languages[rng.integers(len(languages))]), ("{}",))
        requests = _requests(targets)
        if requests and rng.random() < WHOLE_REQUEST:
            return _dress(rng, requests[rng.integers(len(requests))], ("{}",))
        names = [self.name(rng, sound) for sound in targets]
        for _ in range(20):
            if not any(_mentions(name, sound.label) for name in names for sound in present):
                break
            names = [self.name(rng, sound) for sound in targets]
        while len(names) > 1:
            first, second = names.pop(0), names.pop(0)
            names.insert(0, SUMS[rng.integers(len(SUMS))].format(first, second))
        return _dress(rng, names[0], PLAIN)


@cache
def reserved() -> frozenset[str]:
    """Return the wordings that only evaluation uses, as `plain_words` gives them."""
    return held_out() | {plain_words(phrase) for wordings in phrases.HELD_OUT.values() for phrase in wordings}


@cache
def wordings(label: str) -> tuple[str, ...]:
    """Return the synonyms and English wordings of a label that may be trained on, none twice."""
    words = words_of(label)
    choices = phrases.SYNONYMS.get(label, ()) + (words.english if words else ())
    return tuple({phrase.casefold(): phrase for phrase in choices if plain_words(phrase) not in reserved()}.values())


@cache
def true_of(label: str) -> frozenset[str]:
    """Return the phrases that are true of every recording of a label, as `plain_words` gives them."""
    words = words_of(label)
    return frozenset(plain_words(phrase) for phrase in (label, *wordings(label), *(words.hypernyms if words else ())))


def related(one: str, other: str) -> bool:
    """Return whether a group of `phrases.GROUPS` has both labels."""
    return any(one in labels and other in labels for labels, _ in phrases.GROUPS.values())


def may_be_meant(one: str, other: str) -> bool:
    """Return whether a recording of one label could be the answer to a text for the other."""
    return phrases.too_alike(one, other) or related(one, other) or overlap(one, other)


def overlap(one: str, other: str) -> bool:
    """Return whether a recording of one label may contain the other, or one is a wider term for the other."""
    return _covers(one, other) or _covers(other, one)


@cache
def _covers(one: str, other: str) -> bool:
    wide, narrow = words_of(one), words_of(other)
    if wide is None or narrow is None:
        return False
    names = {plain_words(phrase) for phrase in (one, *wordings(one))}
    return other in wide.may_hold or any(plain_words(term) in names for term in narrow.hypernyms)


def common_hypernyms(targets: Sequence[LabelledSound], others: Sequence[LabelledSound]) -> list[str]:
    """Return the wider terms for all of `targets` that fit none of `others`; none where a label has no wordings."""
    words = [words for sound in (*targets, *others) if (words := words_of(sound.label))]
    if not targets or len(words) < len(targets) + len(others):
        return []
    own, foreign = words[: len(targets)], words[len(targets) :]
    other_labels = {label for entry in foreign for label in entry.may_hold} | {sound.label for sound in others}
    ambiguous = {phrase for label in other_labels for phrase in true_of(label)}
    shared = [term for term in own[0].hypernyms if all(term in entry.hypernyms for entry in own)]
    return [term for term in shared if plain_words(term) not in ambiguous]


def common_groups(targets: Sequence[LabelledSound], others: Sequence[LabelledSound]) -> list[tuple[str, ...]]:
    """Return the phrases of each group and domain that has all of `targets` and none of `others`."""
    groups = [
        words
        for labels, words in phrases.GROUPS.values()
        if all(sound.label in labels for sound in targets) and not any(sound.label in labels for sound in others)
    ]
    domains = {sound.domain for sound in targets}
    if len(domains) == 1 and not any(sound.domain in domains for sound in others):
        groups += [words for domain, words in phrases.DOMAIN_PHRASES.items() if domain in domains]
    return groups


def _confusions(present: Sequence[LabelledSound]) -> Iterator[str]:
    """Yield the hard absents of `present` that could name none of the other sounds there."""
    for sound in present:
        words = words_of(sound.label)
        others = [other.label for other in present if other.label != sound.label]
        for choice in words.hard_absent if words else ():
            if words_of(choice) is None:
                if not any(_shares_a_word(choice, other) for other in others):
                    yield choice
            elif not any(choice == other or may_be_meant(choice, other) for other in others):
                yield choice


def _mentions(name: str, label: str) -> bool:
    """Return whether a name is one of the label's own, or contains it, as "a prairie wolf" contains "wolf"."""
    return plain_words(name) in true_of(label) or f" {label} " in f" {name.casefold()} "


def _shares_a_word(text: str, label: str) -> bool:
    return bool(_stems(text) & set().union(*(_stems(phrase) for phrase in true_of(label))))


def _stems(text: str) -> frozenset[str]:
    """Return the first four letters of each word: coarse, so that "a wolf howls" and "howling wind" share one."""
    words = set(text.casefold().split()) - {"the", "and", "with", "from", "sound", "some", "someone", "something"}
    return frozenset(word[:4] for word in words if len(word) > 2)


def _requests(targets: Sequence[LabelledSound]) -> tuple[str, ...]:
    words = words_of(targets[0].label) if len(targets) == 1 else None
    return words.requests if words else ()


def _foreign(sounds: Sequence[LabelledSound]) -> list[Mapping[str, tuple[str, ...]]]:
    """Return the names of every sound by language; none for a label without wordings."""
    return [words.foreign if (words := words_of(sound.label)) else {} for sound in sounds]


def _foreign_sum(rng: np.random.Generator, sounds: Sequence[LabelledSound], language: str) -> str:
    choices = [names[language] for names in _foreign(sounds)]
    text, *more = [names[rng.integers(len(names))] for names in choices]
    for name in more:
        text = FOREIGN_SUMS[language].format(text, name)
    return text


def _fits(template: str, phrase: str) -> bool:
    """Return whether a template suits a phrase: no "sound of the sound of", no long clause before "sound"."""
    sound_words = {"sound", "sounds", "noise", "noises", "recording"}
    if sound_words.isdisjoint(template.split()):
        return True
    return sound_words.isdisjoint(phrase.split()) and not (template.startswith("{}") and phrase.count(" ") >= SUFFIXED)


def _dress(rng: np.random.Generator, phrase: str, templates: Sequence[str]) -> str:
    templates = [template for template in templates if _fits(template, phrase)]
    text = templates[rng.integers(len(templates))].format(phrase)
    draw = rng.random()
    if draw < CAPITAL:
        text = text[0].upper() + text[1:]
    elif draw < CAPITAL + UPPER_CASE:
        text = text.upper()
    return text + "." if rng.random() < FULL_STOP else text


def _without_article(phrase: str) -> str:
    for article in ("a ", "an ", "the "):
        if phrase.startswith(article):
            return phrase[len(article) :]
    return phrase
