"""Features of Ardour's tracks and regions that their stems will not have: plug-ins, sends, overlaps."""

from collections.abc import Iterator
from typing import Final

from flowsep_plugin.timeline.difference import Difference
from flowsep_plugin.timeline.formats.xml_text import Element

from .program import is_on

COPIED_PROCESSORS: Final = frozenset({"diskwriter", "diskreader", "polarity", "trim", "amp", "meter", "main-outs"})
"""Processors that the track of a stem has too, with their automation."""

_WITHOUT_SOUND: Final = frozenset({"intreturn", "return", "monitor", "triggerbox", "capture", "delay", "listen"})
_SENDS: Final = frozenset({"send", "intsend", "sursend"})
_MONITORS: Final = ("Listen",)


def track_differences(route: Element) -> tuple[Difference, ...]:
    """Return the active plug-ins, inserts and sends of a track. Its level, pan and their automation are copied."""
    return tuple(_of_processors(route))


def region_differences(region: Element) -> tuple[Difference, ...]:
    """Return the plug-ins of a region, which Ardour 8 and later have."""
    return tuple(Difference("plug-in", _name(plugin)) for plugin in region.iterfind("RegionFXPlugin"))


def _of_processors(route: Element) -> Iterator[Difference]:
    for processor in route.iterfind("Processor"):
        kind = processor.get("type") or ""
        if kind in COPIED_PROCESSORS | _WITHOUT_SOUND or not is_on(processor.get("active"), True):
            continue
        if kind in _SENDS:
            if processor.get("role") not in _MONITORS and _is_audible(processor):
                yield Difference("send", _name(processor))
        elif kind in ("port", "insert"):
            yield Difference("effect", _name(processor))
        else:
            yield Difference("plug-in", _name(processor))


def _is_audible(send: Element) -> bool:
    """Whether a send has a level above 0, or automation that plays."""
    playing = any(
        curve.get("automation-id") in ("send", "gain") and curve.get("state") not in (None, "Off")
        for curve in send.iter("AutomationList")
    )
    level = send.find(".//Controllable[@name='gaincontrol']")
    return playing or level is None or float(level.get("value") or 1) > 0


def _name(element: Element) -> str:
    return element.get("name") or element.get("unique-id") or ""
