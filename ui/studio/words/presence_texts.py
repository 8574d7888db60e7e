"""Texts about where the sounds of a take were found, and where they were looked for."""

from collections.abc import Iterable

from flowsep_ui.studio.results import Presence, TakeResult
from flowsep_ui.studio.texts import number, translate
from flowsep_ui.studio.workspace import Take


def presence_texts(take: Take, result: TakeResult) -> tuple[str, ...]:
    """Return a text per query about its presence: "3× · -8 dB", "may be there · 1× · -14 dB", "not found", "".

    "doubtful" stands before a query that is far from every label of the model.
    """
    presence = result.presence
    if presence is None:
        return tuple("" for _ in take.stem_queries)
    return tuple(_presence_text(presence, result, index) for index in range(len(take.stem_queries)))


def missing_queries(take: Take, result: TakeResult) -> tuple[str, ...]:
    """Return the texts of the queries that the model did not find in the clip; empty while nothing is known."""
    presence = result.presence
    if presence is None:
        return ()
    return tuple(query.text for query, is_found in zip(take.stem_queries, presence.found, strict=False) if not is_found)


def unsure_queries(take: Take, result: TakeResult) -> tuple[str, ...]:
    """Return the texts of the queries whose sound may be there, as the model is not sure; empty while unknown."""
    presence = result.presence
    if presence is None:
        return ()
    rows = zip(take.stem_queries, presence.found, presence.unsure, strict=False)
    return tuple(query.text for query, is_found, is_unsure in rows if is_found and is_unsure)


def not_found_text(takes: Iterable[Take]) -> str:
    """Return where a sound was not found: only what was listened to is named, which may be less than the clip."""
    takes = tuple(takes)
    if all(take.within is None for take in takes):
        return translate("Studio", "not found in this clip")
    if any(take.draft for take in takes):
        return translate("Studio", "not found in the drafted part")
    return translate("Studio", "not found in the selection")


def far_queries(take: Take, result: TakeResult) -> tuple[str, ...]:
    """Return the texts that are far from every label of the model: nonsense, another language, or a rare sound."""
    presence = result.presence
    if presence is None:
        return ()
    return tuple(query.text for query, is_far in zip(take.stem_queries, presence.far, strict=False) if is_far)


def _presence_text(presence: Presence, result: TakeResult, index: int) -> str:
    if index >= len(presence.found):
        return ""
    if not presence.found[index]:
        return translate("Studio", "not found")
    places = len(result.regions[index]) if index < len(result.regions) else 0
    share = f"{number(presence.share_db[index], 0)} dB"
    return " · ".join([*_doubt(presence, index), *([f"{places}×"] if places else []), share])


def _doubt(presence: Presence, index: int) -> list[str]:
    if index < len(presence.far) and presence.far[index]:
        return [translate("Studio", "doubtful")]
    return [translate("Studio", "may be there")] if index < len(presence.unsure) and presence.unsure[index] else []
