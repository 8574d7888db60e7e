"""A batch on disk, next to the workspace: JSON, written atomically, read back to equal clips."""

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from flowsep_ui.studio.autosave import DAMAGE, from_plain, to_plain

from flowsep_plugin.media.atomic import write_atomic
from flowsep_plugin.untrusted.regular_file import read_regular_text

from .batch_clips import BatchClip

FORMAT = 1


def batch_file(workspace: Path) -> Path:
    """Return the file of the batch that belongs to the saved workspace at `workspace`."""
    return workspace.with_name(f"{workspace.stem}.batch.json")


class BatchWriter:
    """Writes a batch to `path`. Of a clip that has not changed since the last time, the text is used again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._texts: dict[str, tuple[BatchClip, str]] = {}

    def save(self, clips: Sequence[BatchClip]) -> None:
        """Write the clips atomically. Inverse: `load_batch`.

        Raises MediaError or OSError where the file cannot be written.
        """
        texts = {clip.key: self._text(clip) for clip in clips}
        self._texts = {clip.key: (clip, texts[clip.key]) for clip in clips}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        lines = ",\n".join(texts.values())
        text = f'{{"format": {FORMAT}, "clips": [\n{lines}\n]}}\n'
        write_atomic(self._path, text.encode())

    def _text(self, clip: BatchClip) -> str:
        clip = replace(clip, done=None)
        before, text = self._texts.get(clip.key, (None, ""))
        return text if before is not None and replace(before, done=None) == clip else _text(clip)


def load_batch(path: Path) -> tuple[BatchClip, ...]:
    """Return the saved clips; none where there is no file, or where it is damaged: it is renamed to "….damaged"."""
    try:
        record = json.loads(read_regular_text(path))
        if record["format"] != FORMAT:
            return _put_aside(path)
        return tuple(_clip(plain) for plain in record["clips"])
    except FileNotFoundError:
        return ()
    except DAMAGE:
        return _put_aside(path)


def _text(clip: BatchClip) -> str:
    plain = to_plain(replace(clip, result=None, rows=()))
    return json.dumps({**plain, "result": clip.result, "rows": list(clip.rows)}, default=str)


def _put_aside(path: Path) -> tuple[BatchClip, ...]:
    os.replace(path, path.with_suffix(".damaged"))
    return ()


def _clip(plain: dict[str, Any]) -> BatchClip:
    result, rows = plain.pop("result"), plain.pop("rows")
    return replace(from_plain(BatchClip, plain), result=result, rows=tuple(rows))
