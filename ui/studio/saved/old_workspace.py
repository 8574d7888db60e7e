"""Workspaces saved by version 0.1, which had one set of render settings for all sounds."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flowsep_ui.studio.document_content import DocumentContent
from flowsep_ui.studio.lanes import track_lane_id
from flowsep_ui.studio.workspace import Workspace


def with_settings_by_sound(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record of a saved workspace with the common render settings moved to each sound; a newer one as it is.

    Raises KeyError or TypeError where the record does not have that form.
    """
    workspace = record["workspace"]
    stem_counts = {take["id"]: sum(not row["negative"] for row in take["sounds"]) for take in workspace["takes"]}
    return {
        **record,
        "workspace": {
            **_moved(workspace, "sounds"),
            "takes": [_moved(take, "sounds") for take in workspace["takes"]],
            "presets": [_moved(preset, "sounds") for preset in workspace["presets"]],
        },
        "results": {name: _result(result, stem_counts.get(name, 1)) for name, result in record["results"].items()},
    }


def with_tracks(workspace: Workspace, document: str, content: DocumentContent) -> Workspace:
    """Return the workspace with the tracks of takes that were saved without, and the mixes of their lanes moved along.

    Lanes of version 0.1 belonged to takes: "TAKE/0", "TAKE/rest".
    """
    tracks = {clip.id: track.id for track, clip in content.timeline.clips()}
    old = [take for take in workspace.takes if take.document == document and not take.track and take.clip in tracks]
    if not old:
        return workspace
    mixes = dict(workspace.mixes)
    for take in old:
        texts: list[tuple[str, str | None]] = [(str(i), query.text) for i, query in enumerate(take.stem_queries)]
        for index, text in (*texts, ("rest", None)):
            mix = mixes.pop(f"{take.id}/{index}", None)
            if mix is not None:
                mixes.setdefault(track_lane_id(document, tracks[take.clip], text), mix)
    takes = tuple(replace(take, track=tracks[take.clip]) if take in old else take for take in workspace.takes)
    return replace(workspace, takes=takes, mixes=mixes)


def _moved(owner: Mapping[str, Any], rows: str) -> dict[str, Any]:
    """Return `owner` without "render", which every row under the key `rows` gets."""
    if "render" not in owner:
        return dict(owner)
    others = {key: value for key, value in owner.items() if key != "render"}
    return {**others, rows: [{**row, "render": owner["render"]} for row in owner[rows]]}


def _result(result: Mapping[str, Any], stem_count: int) -> dict[str, Any]:
    refused = result.get("refused")
    is_old = refused is not None and "keep_absent" not in refused
    return {
        **result,
        **{key: _with_settings(result.get(key), stem_count) for key in ("pending", "files", "kept")},
        "refused": {"render": [refused] * stem_count} if is_old else refused,
    }


def _with_settings(owner: Any, stem_count: int) -> Any:
    """Return the files of a job, or a pending job, with its "render" as settings of each stem."""
    if owner is None or "render" not in owner:
        return owner
    count = len(owner["stems"]) if "stems" in owner else stem_count
    others = {key: value for key, value in owner.items() if key != "render"}
    return {**others, "settings": {"render": [owner["render"]] * count}}
