"""Texts for targets: templates over phrases, casing, sums, negations, groups, absent things.

`Phrasebook.describe` names what is asked for; `Phrasebook.deny` names what is not, so that the target is the rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from . import phrases

PLAIN = ("{}",) * 8 + (
    "the sound of {}", "sound of {}", "{} sound", "{} noise", "a recording of {}", "isolate {}", "only {}",
    "extract {}", "{} in the foreground", "separate {}", "{} please", "just {}", "keep {}", "I want {}",
)  # fmt: skip
DENIED = (
    "everything except {}", "all but {}", "everything but {}", "no {}", "without {}", "remove {}", "anything but {}",
    "all except {}", "everything else than {}", "not {}", "everything without {}", "get rid of {}", "take out {}",
)  # fmt: skip
SUMS = ("{} and {}", "{} and {}", "{} with {}", "{}, {}", "{} plus {}", "both {} and {}")


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

    @classmethod
    def of(cls, things: Sequence[Thing]) -> "Phrasebook":
        """Gather the captions that each label has."""
        found: dict[str, dict[str, None]] = {}
        for thing in things:
            found.setdefault(thing.label, {})[thing.caption] = None
        return cls({label: tuple(captions) for label, captions in sorted(found.items())})

    def name(self, rng: np.random.Generator, thing: Thing) -> str:
        """One phrase for a thing: its caption, its label, a synonym, with or without an article."""
        draw = rng.random()
        known = phrases.SYNONYMS.get(thing.label, ())
        if known and draw < 0.55:
            phrase = known[rng.integers(len(known))]
        elif draw < 0.75:
            phrase = thing.caption
        else:
            phrase = thing.label
        if rng.random() < 0.2:
            phrase = _without_article(phrase)
        elif rng.random() < 0.1:
            phrase = "the " + _without_article(phrase)
        return phrase

    def describe(self, rng: np.random.Generator, wanted: Sequence[Thing], rest: Sequence[Thing]) -> str:
        """A text that means all of `wanted` and nothing of `rest`."""
        groups = common_groups(wanted, rest)
        if groups and rng.random() < 0.3:
            choices = groups[rng.integers(len(groups))]
            return _dress(rng, choices[rng.integers(len(choices))], PLAIN)
        names = [self.name(rng, thing) for thing in wanted]
        while len(names) > 1:
            first, second = names.pop(0), names.pop(0)
            names.insert(0, SUMS[rng.integers(len(SUMS))].format(first, second))
        return _dress(rng, names[0], PLAIN)

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
            if not any(phrases.too_alike(thing.label, o.label) or related(thing.label, o.label) for o in present):
                return _dress(rng, self.name(rng, thing), PLAIN)

    def any_thing(self, rng: np.random.Generator) -> Thing:
        """A label and one of its captions."""
        label = list(self.captions)[rng.integers(len(self.captions))]
        captions = self.captions[label]
        return Thing(label, captions[rng.integers(len(captions))], "")


def related(one: str, other: str) -> bool:
    """Whether some group holds both labels."""
    return any(one in labels and other in labels for labels, _ in phrases.GROUPS.values())


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


def _dress(rng: np.random.Generator, phrase: str, templates: Sequence[str]) -> str:
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
