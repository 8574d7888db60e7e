"""List, add and remove installed models, always as whole folders."""

import importlib
import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flowsep_plugin.engine.bundle import ModelBundle
from flowsep_plugin.engine.card import CARD, ModelCard
from flowsep_plugin.engine.families import load_card

from .errors import BundleError, UsageError
from .models import DEFAULT, EMBEDDED, installed, models_folder

RESERVED = ("default", "echo")
"""Names that no installed model can have: they mean the default model and the built-in engine."""


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
        files = (self.folder / name for name in (CARD, *_files(self.card)))
        return sum(file.stat().st_size for file in files if file.exists())


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
    return f"Converting models needs {', '.join(missing)}: pip install 'flowsep-plugin[export]'"


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
    directory, target = models_folder(), models_folder() / card.name
    if target.exists() and not replace:
        raise UsageError(
            f"the model {card.name} is already installed in {target}; replace it, or remove it first", setting="replace"
        )
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".adding-", dir=directory) as scratch:
            copy = Path(scratch) / card.name
            for file in (CARD, *_files(card)):
                (copy / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(folder / file, copy / file)
            ModelBundle.open(copy)
            if target.exists():
                target.rename(Path(scratch) / "old")
            os.replace(copy, target)
    except OSError as error:
        raise BundleError(
            f"{directory}: {card.name} cannot be copied there ({error.strerror}); free some disk space"
        ) from error
    return target


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


def _files(card: ModelCard) -> set[str]:
    """Return every file that the card names."""
    return {graph.file for graph in card.graphs.values()} | set(card.files)
