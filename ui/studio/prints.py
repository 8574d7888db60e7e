"""Prints: stems written through the effects of their lanes. The dry stem stays, "NAME [fx].wav" lies beside it.

LanePrint (file + chain) ─► find_print | write_print (panel's cache) ─► publish_print (beside the dry stem)

The last line of a print's coding history holds its key, a digest of the dry file and the chain: an equal print is found
again, also after a restart. Prints hold 24 bits, and 32-bit floats where the effects pass full scale.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from flowsep_plugin.audio.span import Span
from flowsep_plugin.effects import EffectChain
from flowsep_plugin.errors import FlowsepError, MediaError
from flowsep_plugin.files.publish_copy import publish_copy
from flowsep_plugin.media import BITS, Format, open_media, open_writer, probe, stem_adm, stem_metadata
from flowsep_plugin.progress import ProgressCallback

from .effects import chain_text
from .lanes import PRINT_MARK as MARK
from .lanes import StudioLane, final_file
from .reconcile import has_finals
from .texts import translate
from .workspace import Workspace

_BLOCK: Final = 1 << 18
_MOST_CACHED: Final = 2
"""Prints of one dry file that stay in the panel's cache: the newest, and the one before for undo."""


class FileRenderer(Protocol):
    """Writes a file through a chain: `flowsep_plugin.effects.host.EffectHost`."""

    def render_file(self, chain: EffectChain, source: Path, destination: Path, progress: ProgressCallback) -> object:
        """Write `source` through `chain` to `destination`: same length, aligned. Raises EffectError, MediaError."""
        ...


@dataclass(frozen=True, slots=True)
class LanePrint:
    """A dry file to print through the active slots of `chain`, then with `gain_db`. `lane`: id of its lane."""

    lane: str
    source: Path
    chain: EffectChain
    gain_db: float = 0.0

    @property
    def name(self) -> str:
        """File name of the print, without suffix."""
        return self.source.stem + MARK

    @property
    def is_dry(self) -> bool:
        """Whether the print would equal the dry file, so that none is needed."""
        return not self.chain and not self.gain_db

    @property
    def description(self) -> str:
        """The active effects and the gain, such as "Compressor > Reverb, +3.0 dB"."""
        gain = [f"{self.gain_db:+.1f} dB"] if self.gain_db else []
        return ", ".join([*([chain_text(self.chain)] if self.chain else []), *gain])

    @property
    def key(self) -> str:
        """Digest of chain, gain, plug-in files, and the dry file's size and time. Raises MediaError without it."""
        plug_ins = [_stamp(slot.path) for slot in self.chain.active.slots if slot.path is not None]
        content = (self.chain.active.as_json(), self.gain_db, _stamp(self.source), plug_ins)
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def lane_prints(workspace: Workspace, lanes: Iterable[StudioLane]) -> tuple[LanePrint, ...]:
    """Return a print of every final stem in `lanes` whose lane has active effects; drafts have none."""
    return tuple(
        LanePrint(lane.id, path, lane.chain)
        for lane in lanes
        if lane.chain and lane.kind != "draft"
        for stem in lane.stems
        if not stem.is_missing and has_finals(workspace, stem.take, stem.result)
        if (path := final_file(stem)) is not None
    )


def printed_files(prints: Iterable[LanePrint], cache: Path) -> dict[Path, Path]:
    """Return the prints that exist, published beside their dry files: dry file -> wet file. Raises MediaError."""
    files = ((one.source, find_print(one, cache)) for one in prints)
    return {dry: publish_print(wet, dry.parent) for dry, wet in files if wet is not None}


def find_print(one: LanePrint, cache: Path) -> Path | None:
    """Return the file of an equal print, beside the dry stem or in `cache`; None where there is none."""
    with suppress(MediaError):
        key = one.key
        return next((path for path in _candidates(one, cache, key) if key_of(path) == key), None)
    return None


def write_print(one: LanePrint, cache: Path, renderer: FileRenderer, progress: ProgressCallback) -> Path:
    """Return the file of a print, from `find_print` or written to `cache`.

    Raises EffectError with the slot, MediaError, and what `progress` raises; nothing is left then.
    """
    existing = find_print(one, cache)
    if existing is not None:
        return existing
    folder = _folder(one, cache)
    path, raw = folder / one.key / f"{one.name}.wav", folder / one.key / "raw.wav"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if one.chain:
            renderer.render_file(one.chain, one.source, raw, progress)
        _with_facts(one, raw if one.chain else one.source, path)
    except BaseException as error:
        shutil.rmtree(path.parent, ignore_errors=True)
        if isinstance(error, OSError):
            text = translate("Studio", "{0} cannot be written ({1}); choose another folder.")
            raise MediaError(text.format(path, error.strerror)) from error
        raise
    raw.unlink(missing_ok=True)
    _tidy(folder, newest=path.parent)
    return path


def publish_print(path: Path, folder: Path) -> Path:
    """Place a print in `folder` and return it there; an earlier one of another chain stays. Raises MediaError."""
    return publish_copy(path, folder)


def key_of(path: Path) -> str | None:
    """Return the key in a print's coding history; None where the file is none."""
    with suppress(FlowsepError, OSError):
        bext = probe(path).bext
        lines = [] if bext is None else bext.coding_history.split("\r\n")
        return next((line.rpartition("fx=")[2][:16] for line in reversed(lines) if "fx=" in line), None)
    return None


def _with_facts(one: LanePrint, raw: Path, path: Path) -> None:
    """Write `raw` with the gain, the dry stem's metadata and the key to `path`."""
    gain = 10 ** (one.gain_db / 20)
    with open_media(one.source) as dry, open_media(raw) as wet:
        format: Format = "wav24" if wet.info.subtype == "PCM_24" and not one.gain_db else "wav32f"
        bext, ixml = stem_metadata(dry.info, 0, f"{one.source.stem}: {one.description}", bits=BITS[format])
        line = f"A=PCM,F={wet.rate},T=flowsep effects {one.description.replace(',', ';')} fx={one.key}\r\n"
        bext = replace(bext, coding_history=bext.coding_history + line)
        adm = stem_adm(dry, Span(0, dry.frames, dry.rate)).chunks
        with open_writer(
            path, wet.rate, wet.channels, dry.frames, format, bext=bext, ixml=ixml,
            channel_mask=dry.info.stem_mask if wet.channels == dry.channels else None, tail=adm,
        ) as out:  # fmt: skip
            for first in range(0, dry.frames, _BLOCK):
                out.write(gain * wet.read(first, min(first + _BLOCK, dry.frames)))


def _candidates(one: LanePrint, cache: Path, key: str) -> Iterator[Path]:
    yield _folder(one, cache) / key / f"{one.name}.wav"
    with suppress(OSError):
        yield from (path for path in one.source.parent.iterdir() if path.name.startswith(one.name))


def _folder(one: LanePrint, cache: Path) -> Path:
    """Return the folder for all prints of one dry file."""
    return cache / hashlib.sha256(str(one.source).encode("utf-8", "surrogateescape")).hexdigest()[:12]


def _tidy(folder: Path, newest: Path) -> None:
    folders = [path for path in folder.iterdir() if path != newest]
    folders.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for old in folders[_MOST_CACHED - 1 :]:
        shutil.rmtree(old, ignore_errors=True)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError as error:
        text = translate("Studio", "{0} cannot be read ({1}); choose another file.")
        raise MediaError(text.format(path, error.strerror)) from error
    return status.st_size, status.st_mtime_ns
