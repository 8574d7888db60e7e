"""Effects on the stems of a separation: a wet file beside each dry one, and the chain in the receipt.

The null is that of the dry stems: they and the rest sum to the clip, the wet ones do not.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from flowsep_plugin.errors import MediaError
from flowsep_plugin.media import probe
from flowsep_plugin.media.atomic import write_json_atomic
from flowsep_plugin.progress import Progress, ProgressCallback, ignore

from .catalog import require_effects
from .chain import EffectChain
from .host import EffectHost

WET_MARK: Final = " [fx]"
RECEIPT_KEY: Final = "effects"
_MOST_NUMBERS: Final = 10_000


@dataclass(frozen=True, slots=True)
class WetStems:
    """Files with effects, in the order of the dry stems; None where there is no dry one. `record` : the receipt."""

    files: tuple[Path | None, ...]
    record: Mapping[str, Any]


def apply_effects(
    chain: EffectChain | str | Path, source: str | Path, destination: str | Path, progress: ProgressCallback = ignore
) -> None:
    """Write the audio file `source` through `chain`, or the chain file of that path, to `destination`.

    Raises as `render.render_file` does, and UsageError without Pedalboard.
    """
    require_effects()
    with EffectHost() as host:
        host.render_file(as_chain(chain), source, destination, progress)


def as_chain(chain: EffectChain | str | Path) -> EffectChain:
    """Return `chain`, read from its file where it is a path. Raises as `EffectChain.load` does."""
    return chain if isinstance(chain, EffectChain) else EffectChain.load(chain)


def check_on_host(chain: EffectChain, host: EffectHost) -> None:
    """Open and close `chain`, so that what is wrong with it is told before a separation.

    Raises UsageError without Pedalboard or for a chain that does not fit it, EffectError for an effect that fails.
    """
    require_effects()
    host.open(chain, 48_000, 2).close()


def add_wet_stems(
    host: EffectHost,
    chain: EffectChain,
    stems: Sequence[Path | None],
    receipt: Path,
    record: Mapping[str, Any],
    *,
    overwrite: bool = False,
    progress: ProgressCallback = ignore,
) -> WetStems:
    """Write `NAME [fx].wav` beside each of `stems`, and the chain and their names into the receipt.

    receipt : file to write, over the dry one or beside it.     record : content of the dry one, with its stems in the
    order of `stems`.     overwrite : replace older wet files.
    Raises EffectError where an effect fails, MediaError, and what `progress` raises; then there are no new wet files,
    and the dry ones stay.
    """
    files = tuple(None if stem is None else wet_path(stem, overwrite=overwrite) for stem in stems)
    notes = list(record.get("notes", ()))
    with _all_or_none([receipt, *(path for path in files if path is not None)]):
        for dry, wet, report in zip(stems, files, _reports(stems, progress), strict=True):
            if dry is not None and wet is not None:
                note = host.render_file(chain, dry, wet, report).note
                notes += [note] if note else []
        names = [{"wet": path.name} if path is not None else {} for path in files]
        written_stems = [{**stem, **name} for stem, name in zip(record["stems"], names, strict=True)]
        notes_record = {"notes": notes} if notes else {}
        record = {**record, "stems": written_stems, RECEIPT_KEY: chain.as_json(), **notes_record}
        write_json_atomic(receipt, record, ensure_ascii=False)
    return WetStems(files, record)


def chain_of_receipt(record: Mapping[str, Any]) -> EffectChain | None:
    """Return the chain that a receipt names; None where its stems have no effects. Raises UsageError."""
    return EffectChain.from_json(record[RECEIPT_KEY]) if RECEIPT_KEY in record else None


def wet_path(stem: Path, *, overwrite: bool = False) -> Path:
    """Return the path of the wet file of `stem`, with a number where it exists and may not be replaced.

    Raises MediaError where 10,000 of them exist.
    """
    for number in range(1, _MOST_NUMBERS):
        mark = WET_MARK if number == 1 else f"{WET_MARK} ({number})"
        path = stem.with_name(f"{stem.stem}{mark}{stem.suffix}")
        if overwrite or not path.exists():
            return path
    raise MediaError(
        f"{stem.parent} holds 10,000 files with effects of {stem.name}; choose another folder", setting="out"
    )


def _reports(stems: Sequence[Path | None], progress: ProgressCallback) -> Iterator[ProgressCallback]:
    """Yield a callback for each stem that reports its frames as part of those of all stems."""
    lengths = [0 if stem is None else probe(stem).frames for stem in stems]
    for index in range(len(stems)):
        yield _report(progress, sum(lengths[:index]), sum(lengths))


def _report(progress: ProgressCallback, before: int, total: int) -> ProgressCallback:
    def report(own: Progress) -> None:
        if own.eta_seconds is None or not own.done:
            progress(Progress("effects", before + own.done, total, None))
        else:
            pace = own.eta_seconds / max(1, own.total - own.done)
            progress(Progress("effects", before + own.done, total, pace * (total - before - own.done)))

    return report


@contextmanager
def _all_or_none(paths: Sequence[Path]) -> Iterator[None]:
    """Delete those of `paths` that are new, where the context ends with an exception."""
    new = [path for path in paths if not path.exists()]
    try:
        yield
    except BaseException:
        for path in new:
            path.unlink(missing_ok=True)
        raise
