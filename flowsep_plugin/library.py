"""List, add and remove installed models, always as whole folders."""

import contextlib
import importlib
import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from flowsep_plugin.engine.bundle import ModelBundle
from flowsep_plugin.engine.card import CARD, ModelCard
from flowsep_plugin.engine.families import load_card
from flowsep_plugin.version import install_command

from . import unfinished
from .errors import BundleError, UsageError
from .models import DEFAULT, EMBEDDED, installed, models_folder

RESERVED = ("default", "echo")
"""Names that no installed model can have: they mean the default model and the built-in engine."""

_TRUE = ("1", "ON", "YES", "TRUE")


@dataclass(frozen=True, slots=True)
class Shelved:
    """An installed model; where its card cannot be read `card` is None and `trouble` the reason."""

    name: str
    folder: Path
    card: ModelCard | None
    trouble: str | None = None

    @property
    def is_default(self) -> bool:
        """Whether this is the model that is used when none is named."""
        return self.name == DEFAULT

    @property
    def is_embedded(self) -> bool:
        """Whether it came with flowsep."""
        return self.folder.parent == EMBEDDED

    @property
    def size(self) -> int:
        """Bytes on disk of the card and the files that it names; 0 without a card."""
        if self.card is None:
            return 0
        return sum(_size(self.folder / name) for name in (CARD, *_files(self.card)))


@dataclass(frozen=True, slots=True)
class Published:
    """A model that `flowsep models install` fetches and converts; `size` is bytes to fetch, None where not known."""

    name: str
    licence: str
    size: int | None
    source: str


def published() -> list[Published]:
    """Return every model that can be installed; empty where this build has no converter."""
    try:
        models = importlib.import_module("flowsep_export.install").MODELS
    except ImportError:
        return []
    return [
        Published(name, model.licence, sum(file.size or 0 for file in model.files) or None, model.files[0].url)
        for name, model in sorted(models.items())
    ]


def published_in(repository: str) -> str | None:
    """Return the name of the published model whose checkpoint is in this repository of the Hub; None for others."""
    place = f"https://huggingface.co/{repository.casefold()}/"
    spaces = f"https://huggingface.co/spaces/{repository.casefold()}/"
    return next((one.name for one in published() if one.source.casefold().startswith((place, spaces))), None)


def is_offline() -> bool:
    """Return whether FLOWSEP_OFFLINE or HF_HUB_OFFLINE say that nothing may be downloaded."""
    return any(os.environ.get(name, "").upper() in _TRUE for name in ("FLOWSEP_OFFLINE", "HF_HUB_OFFLINE"))


def why_no_install() -> str | None:
    """Return the packages that converting models needs and how to install them; None where all are here."""
    if getattr(sys, "frozen", False):
        return (
            "This build has no converter. Convert the model on a machine with Python "
            "(pip install 'flowsep-plugin[export]'), then add its folder."
        )
    missing = [name for name in ("torch", "onnx", "safetensors") if importlib.util.find_spec(name) is None]
    if not missing:
        return None
    return f"Converting models needs {', '.join(missing)}: {install_command('export')}"


def shelf() -> Iterator[Shelved]:
    """Yield every installed model, damaged ones included, by name."""
    for name, folder in sorted(installed().items()):
        try:
            yield Shelved(name, folder, load_card(folder / CARD))
        except BundleError as error:
            yield Shelved(name, folder, None, str(error))


def add_model(folder: Path, *, replace: bool = False) -> Path:
    """Copy the bundle in `folder` to the user's models and check the copy; return its new folder.

    Raises BundleError where it is damaged or cannot be written, UsageError where its name is in use or not allowed.
    """
    card = ModelBundle.open(folder).card
    _check_name(card.name, folder)
    target = models_folder() / card.name
    if target.exists() and not replace:
        raise UsageError(
            f"the model {card.name} is already installed in {target}; replace it, or remove it first", setting="replace"
        )
    return put_on_shelf(target, {name: folder / name for name in (CARD, *_files(card))})


def put_on_shelf(target: Path, files: Mapping[str, Path], finish: Callable[[Path], None] = lambda folder: None) -> Path:
    """Copy a bundle's files to `target`, whole and checked or not at all, in place of a model there; return `target`.

    files : path by name in the bundle.     finish : called with the copy before it gets its name.
    Raises BundleError where the bundle is damaged or cannot be written; what was in `target` is then as it was.
    """
    directory = target.parent
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".adding-", dir=directory) as scratch, _deleted_if_killed(scratch):
            copy = Path(scratch) / target.name
            for name, path in files.items():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy / name)
            ModelBundle.open(copy)
            finish(copy)
            if target.exists():
                target.rename(Path(scratch) / "old")
            os.replace(copy, target)
    except OSError as error:
        raise BundleError(
            f"{directory}: {target.name} cannot be copied there ({error.strerror}); free some disk space"
        ) from error
    return target


def own_folder(name: str) -> Path:
    """Return the folder in the user's models for a model of this name. Raises UsageError for a name that is refused."""
    _check_name(name, models_folder())
    return models_folder() / name


@contextlib.contextmanager
def _deleted_if_killed(folder: str) -> Iterator[None]:
    """Have a process that ends at once delete the folder."""
    unfinished.begin([Path(folder)])
    try:
        yield
    finally:
        unfinished.end([Path(folder)])


def remove_model(name: str) -> Path:
    """Delete the user's model `name`; return the folder it was in.

    Raises UsageError for an unknown name and for a model that comes with flowsep, BundleError where files are in use.
    """
    own = {model.name: model for model in shelf() if not model.is_embedded}
    if name not in own:
        included = name in RESERVED or name in installed()
        why = "comes with flowsep and cannot be removed" if included else "is not installed"
        raise UsageError(f"{name} {why}; models that can be removed: {', '.join(own) or 'none'}")
    folder = own[name].folder
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise BundleError(f"{folder}: cannot be removed ({error.strerror}); delete it by hand") from error
    return folder


def _check_name(name: str, folder: Path) -> None:
    plain = all(sign.isalnum() or sign in "-_." for sign in name) and name.strip(".") == name
    if not plain or not name or name.casefold() in RESERVED:
        raise UsageError(
            f"{folder}: the card names the model {name!r}; use letters, digits and - _ . and not echo or default"
        )


def _size(path: Path) -> int:
    """Return a file's bytes; 0 for one that is missing, or whose name no file can have."""
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return 0


def _files(card: ModelCard) -> set[str]:
    """Return every file that the card names."""
    return {graph.file for graph in card.graphs.values()} | set(card.files)
