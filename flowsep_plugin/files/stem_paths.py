"""Names of stem files next to each other: valid on every system, unused, and created all together or not at all."""

import contextlib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import MediaError
from flowsep_plugin.media import SUFFIXES
from flowsep_plugin.media.atomic import disk_error
from flowsep_plugin.unfinished import begin, end

from .request import FileRequest

_LONGEST_NAME = 80


def safe_name(text: str) -> str:
    """Return `text` as part of a file name that is valid on every system, of at most 80 characters."""
    name = re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*]+', "_", text).strip(" .")
    return name[:_LONGEST_NAME].rstrip(" .") or "_"


@dataclass(frozen=True, slots=True)
class StemPaths:
    """Paths of the stems in the order of the queries, None for one that is left out; of the rest if written, of the
    receipt, and of the copy of the video if one is written.
    """

    stems: tuple[Path | None, ...]
    residual: Path | None
    receipt: Path
    video: Path | None = None

    @property
    def audio(self) -> tuple[Path, ...]:
        """The audio files that are written: stems, then the rest."""
        return tuple(path for path in (*self.stems, self.residual) if path is not None)

    @property
    def every(self) -> tuple[Path, ...]:
        """All files: the audio, the copy of the video if one is written, then the receipt."""
        return (*self.audio, *([] if self.video is None else [self.video]), self.receipt)


@contextlib.contextmanager
def all_or_none(paths: StemPaths) -> Iterator[StemPaths]:
    """Delete the new files of `paths` if the context ends with an exception, such as a full disk or Ctrl-C."""
    new = [path for path in paths.every if not path.exists()]
    begin(new)
    try:
        yield paths
    except BaseException:
        for path in new:
            path.unlink(missing_ok=True)
        raise
    finally:
        end(new)


def make_folder(folder: Path) -> None:
    """Create the output folder. Raises MediaError, or StorageFull, where that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk_error(error)(
            f"the folder {folder} cannot be created ({error.strerror}); choose another folder", setting="out"
        ) from error


def free_stem_paths(path: Path, request: Request, files: FileRequest, stems: Collection[int]) -> StemPaths:
    """Return unused paths `<clip> [<query>].<suffix>`; if one exists, all get the same number, such as " (2)".

    stems : indices of the queries whose stems are written.
    Raises MediaError where the folder holds 10,000 sets of them.
    """
    titles = [*request.queries, *(["rest"] if files.residual else [])]
    labels: list[str] = []
    for title in titles:
        label, number = safe_name(title), 2
        while label.casefold() in (other.casefold() for other in labels):
            label, number = f"{safe_name(title)[: _LONGEST_NAME - 4]} {number}", number + 1
        labels.append(label)
    for number in range(1, 10_000):
        mark = "" if number == 1 else f" ({number})"
        audio = [files.out / f"{path.stem} [{label}]{mark}{SUFFIXES[files.format]}" for label in labels]
        stem_paths = [name if index in stems else None for index, name in enumerate(audio[: len(request.queries)])]
        receipt = files.out / f"{path.stem} [{labels[0]}]{mark}.json"
        video = files.out / f"{path.stem} [{labels[0]}]{mark}{path.suffix}" if files.mux else None
        paths = StemPaths(tuple(stem_paths), audio[-1] if files.residual else None, receipt, video)
        if path.resolve() in (name.resolve() for name in paths.every):
            continue
        if files.overwrite or not any(name.exists() for name in paths.every):
            return paths
    raise MediaError(
        f"{files.out} holds 10,000 sets of stems of {path.name} already; choose another folder", setting="out"
    )
