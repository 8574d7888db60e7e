"""A batch on disk, next to the workspace: JSON, written atomically, read back to equal clips."""

import json
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from flowsep_ui.studio.autosave import from_plain, to_plain

from flowsep_plugin.media.atomic import write_json_atomic

from .batch_clips import BatchClip

FORMAT = 1


def batch_file(workspace: Path) -> Path:
    """Return the file of the batch that belongs to the saved workspace at `workspace`."""
    return workspace.with_name(f"{workspace.stem}.batch.json")


def save_batch(path: Path, clips: Iterable[BatchClip]) -> None:
    """Write the clips atomically. Inverse: `load_batch`. Raises MediaError or OSError where that is impossible."""
    plain = [
        {**to_plain(replace(clip, done=None, result=None, rows=())), "result": clip.result, "rows": list(clip.rows)}
        for clip in clips
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json_atomic(path, {"format": FORMAT, "clips": plain})


def load_batch(path: Path) -> tuple[BatchClip, ...]:
    """Return the saved clips; none where there is no file, or where it is damaged: it is renamed to "….damaged"."""
    try:
        record = json.loads(path.read_text("utf-8"))
        if record["format"] != FORMAT:
            return _put_aside(path)
        return tuple(_clip(plain) for plain in record["clips"])
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return _put_aside(path)


def _put_aside(path: Path) -> tuple[BatchClip, ...]:
    os.replace(path, path.with_suffix(".damaged"))
    return ()


def _clip(plain: dict[str, Any]) -> BatchClip:
    result, rows = plain.pop("result"), plain.pop("rows")
    return replace(from_plain(BatchClip, plain), result=result, rows=tuple(rows))
