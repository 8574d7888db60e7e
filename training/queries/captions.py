"""Texts for targets: templates over phrases, casing, sums, negations, groups, other languages, absent things.

`Phrasebook.describe` names what is asked for; `Phrasebook.deny` names what is not, so that the target is the rest;
`Phrasebook.absent` and `Phrasebook.hard_absent` name what is not there at all.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from . import phrases
from .words import bare, held_out, words_of

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
SUFFIXED = 3  # words that "{} sound" may be made of at most
REQUESTS, GENERAL = 0.04, 0.08  # shares of texts that are a whole written request, that name a hypernym


@dataclass(frozen=True, slots=True)
class Thing:
    """One sound in a mixture, as far as words go."""

    label: str
    caption: str
    domain: str


@dataclass(frozen=True)
class Phrasebook:
    """Words for every label of a library. `things` is one row a source: its label, caption and domain."""

    captions: Mapping[str, tuple[str, ...]]
    foreign: float = 0.06  # share of texts in another language, where all that is named has names in one
    languages: tuple[str, ...] = READABLE

    @classmethod
    def of(cls, things: Sequence[Thing]) -> "Phrasebook":
        """Gather the captions that each label has."""
        found: dict[str, dict[str, None]] = {}
        for thing in things:
            found.setdefault(thing.label, {})[thing.caption] = None
        return cls({label: tuple(captions) for label, captions in sorted(found.items())})

    def name(self, rng: np.random.Generator, thing: Thing) -> str:
        """One phrase for a thing: its caption, its label, a synonym or wording, with or without an article."""
        draw = rng.random()
        known = wordings(thing.label)
        if known and draw < 0.55:
            phrase = known[rng.integers(len(known))]
        elif draw < 0.75:
            phrase = thing.caption
        else:
            phrase = thing.label
        if rng.random() < 0.2:
            phrase = _without_article(phrase)
        elif rng.random() < 0.1 and (words_of(thing.label) is None or phrase != _without_article(phrase)):
            phrase = "the " + _without_article(phrase)
        return phrase

    def describe(self, rng: np.random.Generator, wanted: Sequence[Thing], rest: Sequence[Thing]) -> str:
        """A text that means all of `wanted` and nothing of `rest`."""
        groups = common_groups(wanted, rest)
        if groups and rng.random() < 0.3:
            choices = groups[rng.integers(len(groups))]
            return _dress(rng, choices[rng.integers(len(choices))], PLAIN)
        general = common_hypernyms(wanted, rest)
        if general and rng.random() < GENERAL:
            return _dress(rng, general[rng.integers(len(general))], PLAIN)
        return self._ask(rng, wanted)

    def deny(self, rng: np.random.Generator, unwanted: Sequence[Thing], rest: Sequence[Thing]) -> str:
        """A text that means all but `unwanted`."""
        groups = common_groups(unwanted, rest)
        names = [self.name(rng, thing) for thing in unwanted]
        if groups and rng.random() < 0.3:
            choices = groups[rng.integers(len(groups))]
            names = [choices[rng.integers(len(choices))]]
        return _dress(rng, " and ".join(names), DENIED)

    def absent(self, rng: np.random.Generator, present: Sequence[Thing]) -> str:
        """A text for a label that is not there and is like nothing that is."""
        while True:
            thing = self.any_thing(rng)
            if not any(may_be_meant(thing.label, other.label) for other in present):
                return self._ask(rng, (thing,), present)

    def hard_absent(self, rng: np.random.Generator, present: Sequence[Thing]) -> str | None:
        """A text for a sound that is not there but sounds like one that is; None where no such text is known."""
        choices = list(dict.fromkeys(_confusions(present)))
        if not choices:
            return None
        choice = choices[rng.integers(len(choices))]
        if words_of(choice) is None:
            return _dress(rng, choice, PLAIN)
        captions = self.captions.get(choice, (choice,))
        return self._ask(rng, (Thing(choice, captions[rng.integers(len(captions))], ""),), present)

    def any_thing(self, rng: np.random.Generator) -> Thing:
        """A label and one of its captions."""
        label = list(self.captions)[rng.integers(len(self.captions))]
        captions = self.captions[label]
        return Thing(label, captions[rng.integers(len(captions))], "")

    def _ask(self, rng: np.random.Generator, wanted: Sequence[Thing], absent_from: Sequence[Thing] = ()) -> str:
        """A text that names all of `wanted` and, where those are not there, nothing of what is."""
        languages = [language for language in self.languages if all(language in names for names in _foreign(wanted))]
        if languages and rng.random() < self.foreign:
            return _dress(rng, _foreign_sum(rng, wanted, languages[rng.integers(len(languages))]), ("{}",))
        requests = _requests(wanted)
        if requests and rng.random() < REQUESTS:
            return _dress(rng, requests[rng.integers(len(requests))], ("{}",))
        names = [self.name(rng, thing) for thing in wanted]
        for _ in range(20):
            if not any(_mentions(name, thing.label) for name in names for thing in absent_from):
                break
            names = [self.name(rng, thing) for thing in wanted]
        while len(names) > 1:
            first, second = names.pop(0), names.pop(0)
            names.insert(0, SUMS[rng.integers(len(SUMS))].format(first, second))
        return _dress(rng, names[0], PLAIN)


@cache
def reserved() -> frozenset[str]:
    """Wordings that evaluation keeps for itself, as `bare` makes them."""
    return held_out() | {bare(phrase) for kept in phrases.HELD_OUT.values() for phrase in kept}


@cache
def wordings(label: str) -> tuple[str, ...]:
    """Synonyms and English wordings of a label that may be trained on, none twice."""
    words = words_of(label)
    known = phrases.SYNONYMS.get(label, ()) + (words.english if words else ())
    return tuple({phrase.casefold(): phrase for phrase in known if bare(phrase) not in reserved()}.values())


@cache
def true_of(label: str) -> frozenset[str]:
    """What may be said of every recording of a label, as `bare` makes it."""
    words = words_of(label)
    return frozenset(bare(phrase) for phrase in (label, *wordings(label), *(words.hypernyms if words else ())))


def related(one: str, other: str) -> bool:
    """Whether some group holds both labels."""
    return any(one in labels and other in labels for labels, _ in phrases.GROUPS.values())


def may_be_meant(one: str, other: str) -> bool:
    """Whether a text for one of two labels could be answered by a recording of the other."""
    return phrases.too_alike(one, other) or related(one, other) or overlap(one, other)


def overlap(one: str, other: str) -> bool:
    """Whether a recording of one label may contain the other, or is one of what the other is a wider term for."""
    return _covers(one, other) or _covers(other, one)


@cache
def _covers(one: str, other: str) -> bool:
    wide, narrow = words_of(one), words_of(other)
    if wide is None or narrow is None:
        return False
    names = {bare(phrase) for phrase in (one, *wordings(one))}
    return other in wide.may_hold or any(bare(term) in names for term in narrow.hypernyms)


def common_hypernyms(wanted: Sequence[Thing], rest: Sequence[Thing]) -> list[str]:
    """Wider terms for all of `wanted` that hold for nothing of `rest`; none where a label has no words."""
    known = [words for thing in (*wanted, *rest) if (words := words_of(thing.label))]
    if not wanted or len(known) < len(wanted) + len(rest):
        return []
    beside = {label for words in known[len(wanted) :] for label in words.may_hold} | {thing.label for thing in rest}
    spoiled = {phrase for label in beside for phrase in true_of(label)}
    shared = [term for term in known[0].hypernyms if all(term in words.hypernyms for words in known[: len(wanted)])]
    return [term for term in shared if bare(term) not in spoiled]


def common_groups(wanted: Sequence[Thing], rest: Sequence[Thing]) -> list[tuple[str, ...]]:
    """Phrases of the groups that hold all of `wanted` and nothing of `rest`."""
    found = [
        words
        for labels, words in phrases.GROUPS.values()
        if all(thing.label in labels for thing in wanted) and not any(thing.label in labels for thing in rest)
    ]
    domains = {thing.domain for thing in wanted}
    if len(domains) == 1 and not any(thing.domain in domains for thing in rest):
        found += [words for domain, words in phrases.DOMAIN_PHRASES.items() if domain in domains]
    return found


def _confusions(present: Sequence[Thing]) -> Iterator[str]:
    """The hard absents of `present` that none of it could be meant by."""
    for thing in present:
        words = words_of(thing.label)
        others = [other.label for other in present if other.label != thing.label]
        for choice in words.hard_absent if words else ():
            if words_of(choice) is None:
                if not any(_shares_a_word(choice, other) for other in others):
                    yield choice
            elif not any(choice == other or may_be_meant(choice, other) for other in others):
                yield choice


def _mentions(name: str, label: str) -> bool:
    """Whether a name is one of the label's own, or has the label in it, as "a prairie wolf" has "wolf"."""
    return bare(name) in true_of(label) or f" {label} " in f" {name.casefold()} "


def _shares_a_word(text: str, label: str) -> bool:
    return bool(_stems(text) & set().union(*(_stems(phrase) for phrase in true_of(label))))


def _stems(text: str) -> frozenset[str]:
    """The first four letters of each word: coarse, so that "a wolf howls" and "howling wind" share one."""
    words = set(text.casefold().split()) - {"the", "and", "with", "from", "sound", "some", "someone", "something"}
    return frozenset(word[:4] for word in words if len(word) > 2)


def _requests(wanted: Sequence[Thing]) -> tuple[str, ...]:
    words = words_of(wanted[0].label) if len(wanted) == 1 else None
    return words.requests if words else ()


def _foreign(things: Sequence[Thing]) -> list[Mapping[str, tuple[str, ...]]]:
    """Names of every thing by language; none for a label without words."""
    return [words.foreign if (words := words_of(thing.label)) else {} for thing in things]


def _foreign_sum(rng: np.random.Generator, things: Sequence[Thing], language: str) -> str:
    known = [names[language] for names in _foreign(things)]
    text, *more = [names[rng.integers(len(names))] for names in known]
    for name in more:
        text = FOREIGN_SUMS[language].format(text, name)
    return text


def _fits(template: str, phrase: str) -> bool:
    """Whether a template makes English of a phrase: no "sound of the sound of", no long clause before "sound"."""
    spoken = {"sound", "sounds", "noise", "noises", "recording"}
    if spoken.isdisjoint(template.split()):
        return True
    return spoken.isdisjoint(phrase.split()) and not (template.startswith("{}") and phrase.count(" ") >= SUFFIXED)


def _dress(rng: np.random.Generator, phrase: str, templates: Sequence[str]) -> str:
    templates = [template for template in templates if _fits(template, phrase)]
    text = templates[rng.integers(len(templates))].format(phrase)
    draw = rng.random()
    if draw < 0.15:
        text = text[0].upper() + text[1:]
    elif draw < 0.19:
        text = text.upper()
    return text + "." if rng.random() < 0.06 else text


def _without_article(phrase: str) -> str:
    for article in ("a ", "an ", "the "):
        if phrase.startswith(article):
            return phrase[len(article) :]
    return phrase
