"""Rows of the export dialog: the stems of all lanes, dry and through their effects, and a mix of the lanes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

from flowsep_ui.studio.document_content import DocumentContent
from flowsep_ui.studio.lanes import StudioLane
from flowsep_ui.studio.prints import MARK, LanePrint

from flowsep_plugin.audio.span import Span
from flowsep_plugin.files.export import ExportItem, PlannedFile

EffectPolicy: TypeAlias = Literal["both", "wet", "dry"]
"""Stems of lanes with effects: the print and the dry stem, the print alone, or the dry stem alone."""


@dataclass(frozen=True, slots=True)
class ExportRow:
    """A stem to export, or the mix. `print`: its way through effects and gain; None for the mix, and without a lane.

    is_selected : ticked when the dialog opens.     is_mix : the mix of all lanes as heard.
    """

    item: ExportItem
    print: LanePrint | None = None
    is_selected: bool = True
    is_mix: bool = False


def lane_rows(
    content: DocumentContent, lanes: Iterable[StudioLane], takes: Sequence[str] | None = None
) -> tuple[ExportRow, ...]:
    """Return a row for every stem and residual of `lanes` that has a file; drafts have none.

    takes : ids of the takes whose rows are ticked; None ticks all.
    """
    names = {track.id: track.name for track in content.timeline.tracks}
    return tuple(
        ExportRow(
            item=ExportItem(
                path=stem.path,
                clip=Path(stem.clip.name).stem,
                sound="rest" if stem.index is None else lane.title,
                take=stem.take.number,
                track=names[lane.track],
            ),
            print=LanePrint(lane.id, stem.path, lane.chain, lane.mix.gain_db),
            is_selected=takes is None or stem.take.id in takes,
        )
        for lane in lanes
        if lane.kind != "draft"
        for stem in lane.stems
        if stem.path is not None
    )


def mix_row(content: DocumentContent, path: Path) -> ExportRow:
    """Return the row of the mix, which is written to `path` before it is exported."""
    timeline = content.timeline
    length = Span(0, content.frames, timeline.rate)
    name = Path(timeline.name).stem
    item = ExportItem(path=path, clip=name, sound="mix", track=name, at=0, length=length)
    return ExportRow(item, is_selected=False, is_mix=True)


def export_prints(rows: Iterable[ExportRow], policy: EffectPolicy, *, gain: bool) -> dict[ExportItem, LanePrint]:
    """Return the items that are prints, with what has to be printed for them. `gain`: with the gain of the lane."""
    prints = {}
    for row in rows:
        one = None if row.print is None else row.print if gain else replace(row.print, gain_db=0.0)
        if one is not None and not one.is_dry and policy != "dry":
            prints[replace(row.item, suffix=MARK)] = one
    return prints


def export_items(rows: Iterable[ExportRow], policy: EffectPolicy, *, gain: bool) -> tuple[ExportItem, ...]:
    """Return the items to export for `rows`, in their order: a stem, its print, or both."""
    items: list[ExportItem] = []
    for row in rows:
        wet = tuple(export_prints([row], policy, gain=gain))
        items += [*([row.item] if policy != "wet" or not wet else []), *wet]
    return tuple(items)


def with_printed_files(plan: Sequence[PlannedFile], files: dict[ExportItem, Path]) -> list[PlannedFile]:
    """Return the plan with the file of every print in place of its dry stem's."""
    return [
        replace(planned, item=replace(planned.item, path=files[planned.item])) if planned.item in files else planned
        for planned in plan
    ]
