"""Remarks about queries for the user, each with texts that can be used instead."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from flowsep_ui.studio.queries import query_hints
from flowsep_ui.studio.results import Presence, TakeResult
from flowsep_ui.studio.texts import translate
from flowsep_ui.studio.workspace import Take

from flowsep_plugin.languages import Understood, understand

from .known_sounds import word_key
from .presence_texts import far_queries, missing_queries, not_found_text, unsure_queries


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark about the query `query`, with texts that the user may have meant (`instead`)."""

    text: str
    query: str
    instead: tuple[str, ...] = ()


def typed_remarks(text: str) -> tuple[Remark, ...]:
    """Return remarks about a text that is being typed, before any model has seen it."""
    understood = understand(text)
    hints = query_hints(text) if understood is None else (_understood_text(text.strip(), understood),)
    return tuple(Remark(hint, text) for hint in hints)


def take_remarks(take: Take, result: TakeResult, others: Iterable[str] = ()) -> tuple[Remark, ...]:
    """Return remarks about sounds of a take that were not found, may not be there, or that the model cannot name.

    The last says what queries in other languages were understood as.

    others : texts that need no remark, as another take has them.
    """
    keys = {text.casefold() for text in others}

    def of_interest(texts: Iterable[str]) -> list[str]:
        return [text for text in texts if text.casefold() not in keys]

    far = of_interest(far_queries(take, result))
    missing = [text for text in of_interest(missing_queries(take, result)) if text not in far]
    unsure = [text for text in of_interest(unsure_queries(take, result)) if text not in far]
    about_far = (_about_far(query) for query in far)
    doubts = (*about_far, *_about_missing(take, result, missing), *_about_unsure(unsure))
    return (*doubts, *_about_understood(take, result, of_interest))


def query_of_label(label: str) -> str:
    """Return a label of a model, such as "Walk, footsteps" or "Whimper (dog)", as a query: "walk", "whimper"."""
    return re.sub(r"\s*\(.*?\)", "", label.split(",")[0]).strip().lower()


def _about_missing(take: Take, result: TakeResult, queries: Sequence[str]) -> Iterator[Remark]:
    """Yield a remark for each sound with labels to try instead, and one for all others."""
    text, where = translate("Studio", "{0}: {1}. Try other words or a longer part."), not_found_text([take])
    labels = {query: _labels(take, result, query) for query in queries}
    for query, instead in labels.items():
        if instead:
            yield Remark(text.format(_quoted([query]), where), query, instead)
    if others := [query for query in queries if not labels[query]]:
        yield Remark(text.format(_quoted(others), where), others[0])


def _about_unsure(queries: Sequence[str]) -> Iterator[Remark]:
    if queries:
        text = translate("Studio", "{0}: may be there; the model is not sure. Listen before you use it.")
        yield Remark(text.format(_quoted(queries)), queries[0])


def _about_far(query: str) -> Remark:
    text = translate(
        "Studio",
        "“{0}” is far from every sound that the model can name, so its stem may be anything. Describe the sound in "
        "English, e.g. “a dog barking”, or name it by one word in another language.",
    )
    return Remark(text.format(query), query)


def _about_understood(
    take: Take, result: TakeResult, of_interest: Callable[[Iterable[str]], list[str]]
) -> Iterator[Remark]:
    """Yield a remark about all queries of the take that the model got in English instead."""
    captions = () if result.presence is None else result.presence.understood
    meanings = {query.text: caption for query, caption in zip(take.stem_queries, captions, strict=False) if caption}
    if queries := of_interest(meanings):
        text = translate("Studio", "“{0}” was understood as “{1}”.")
        yield Remark(" ".join(text.format(query, meanings[query]) for query in queries), queries[0])


def _understood_text(query: str, understood: Understood) -> str:
    language = _language_names().get(understood.language or "", "")
    if understood.near:
        text = translate("Studio", "“{0}”: understood as “{1}” ({2}, nearest name: “{3}”).")
        return text.format(query, understood.caption, language, understood.name)
    return translate("Studio", "“{0}”: understood as “{1}” ({2}).").format(query, understood.caption, language)


def _language_names() -> dict[str, str]:
    return {
        "de": translate("Studio", "German"),
        "fr": translate("Studio", "French"),
        "es": translate("Studio", "Spanish"),
        "it": translate("Studio", "Italian"),
        "pt": translate("Studio", "Portuguese"),
        "ja": translate("Studio", "Japanese"),
        "zh": translate("Studio", "Chinese"),
    }


def _labels(take: Take, result: TakeResult, query: str) -> tuple[str, ...]:
    """Return the labels nearest to a query of the take, as queries, without the query itself."""
    presence = result.presence
    texts = [row.text for row in take.stem_queries]
    if not isinstance(presence, Presence) or texts.index(query) >= len(presence.labels):
        return ()
    labels = (query_of_label(label) for label in presence.labels[texts.index(query)])
    return tuple(dict.fromkeys(label for label in labels if word_key(label) != word_key(query)))


def _quoted(texts: Iterable[str]) -> str:
    return ", ".join(f"“{text}”" for text in texts)
