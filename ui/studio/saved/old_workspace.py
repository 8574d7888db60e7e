"""Workspaces saved by version 0.1, which had one set of render settings for all sounds."""

from collections.abc import Mapping
from typing import Any


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
