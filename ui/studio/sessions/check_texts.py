"""The check of a session as texts in the user's language: a summary, then sections of lines."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flowsep_ui.studio.difference_texts import owner_text
from flowsep_ui.studio.texts import translate

from flowsep_plugin.timeline.check import ClipGroup, MissingMedia, SessionCheck

from .placement_words import counted

_MOST_NAMES = 6


@dataclass(frozen=True, slots=True)
class CheckSection:
    """A title and its lines, at least one."""

    title: str
    lines: tuple[str, ...]


def check_summary(check: SessionCheck) -> str:
    """Return one sentence on how much of the session can be separated."""
    text = translate("Check", "{0}: {1} Hz, {2} tracks; {3} of {4} clips can be separated.")
    return text.format(check.name, check.rate, check.tracks, check.separable, check.clips)


def check_sections(check: SessionCheck) -> tuple[CheckSection, ...]:
    """Return what is to be said about the session, worst first; empty where all is well."""
    sections = (
        (translate("Check", "Cannot be saved now"), [check.obstacle] if check.obstacle else []),
        (translate("Check", "Missing media"), map(_missing, check.missing)),
        (translate("Check", "Cannot be separated"), map(_group, check.refused)),
        (translate("Check", "Not in the stems"), map(owner_text, check.differences)),
        (translate("Check", "Gain automation, rendered into the stems where the format cannot hold it"),
         dict.fromkeys(check.moving_gains)),
        (translate("Check", "Silent in the session; separated only where you select them"), map(_group, check.silent)),
        (translate("Check", "Media at another rate"), map(_group, check.other_rates)),
        (translate("Check", "Clips past their file"), map(_group, check.past_media)),
        (translate("Check", "Media found elsewhere"), (f"{path} → {file}" for path, file in check.relinked.items())),
        (translate("Check", "Left as it is"), check.untouched),
        (translate("Check", "Ids that several clips have"), check.duplicate_ids),
    )  # fmt: skip
    return tuple(_sections(sections))


def check_text(check: SessionCheck) -> str:
    """Return summary and sections as plain text, to copy."""
    lines = [check_summary(check)]
    for section in check_sections(check):
        lines += [f"{section.title}:", *(f"  {line}" for line in section.lines)]
    return "\n".join(lines)


def _sections(pairs: Iterable[tuple[str, Iterable[str]]]) -> Iterator[CheckSection]:
    for title, lines in pairs:
        if texts := tuple(lines):
            yield CheckSection(title, texts)


def _group(group: ClipGroup) -> str:
    names = list(dict.fromkeys(group.clips))
    text = ", ".join(names[:_MOST_NAMES])
    if len(names) > _MOST_NAMES:
        text = translate("Check", "{0} and {1} more").format(text, len(names) - _MOST_NAMES)
    return f"{text}: {group.reason}"


def _missing(media: MissingMedia) -> str:
    clips = counted(media.clips, translate("Place", "{0} clip"), translate("Place", "{0} clips"))
    if not media.matches:
        text = translate("Check", "{0} ({1}), not below the session's folder either")
        return text.format(media.path, clips)
    if len(media.matches) == 1:
        return translate("Check", "{0} ({1}), there is one in {2}").format(media.path, clips, media.matches[0].parent)
    text = translate("Check", "{0} ({1}), several files fit equally: {2}")
    return text.format(media.path, clips, ", ".join(map(str, media.matches)))
