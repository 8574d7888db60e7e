"""The models that a user has: listed, checked, added and removed, always as whole folders."""

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
"""Names that mean something else."""


@dataclass(frozen=True, slots=True)
class Shelved:
    """One installed model; `card` is None, and `trouble` says why, where it cannot be read."""

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
        """Bytes on the disk, of what the card names; 0 where there is no card."""
        if self.card is None:
            return 0
        files = (self.folder / name for name in (CARD, *_files(self.card)))
        return sum(file.stat().st_size for file in files if file.exists())


@dataclass(frozen=True, slots=True)
class Published:
    """A model that `flowsep models install` fetches and converts; `size` in bytes to fetch, None where nobody says."""

    name: str
    licence: str
    size: int | None
    source: str


def published() -> list[Published]:
    """Every model that can be installed; empty where this build has no converter."""
    try:
        models = importlib.import_module("flowsep_export.install").MODELS
    except ImportError:
        return []
    return [
        Published(name, model.licence, sum(file.size or 0 for file in model.files) or None, model.files[0].url)
        for name, model in sorted(models.items())
    ]


def why_no_install() -> str | None:
    """What the converter lacks here and the line that brings it; None where models can be installed."""
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
    """Every installed model, damaged ones too."""
    for name, folder in sorted(installed().items()):
        try:
            yield Shelved(name, folder, load_card(folder / CARD))
        except BundleError as error:
            yield Shelved(name, folder, None, str(error))


def add_model(folder: Path, *, replace: bool = False) -> Path:
    """Copy the bundle in `folder` to the user's models, after a full check of the copy; returns its new folder.

    Raises BundleError where it is damaged or the disk refuses, UsageError where its name is taken or cannot be one.
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
            f"{directory}: {card.name} cannot be copied there ({error.strerror}); free some room"
        ) from error
    return target


def remove_model(name: str) -> Path:
    """Delete the user's model `name`; returns the folder that is gone.

    Raises UsageError for an unknown name and for a model that came with flowsep.
    """
    own = {model.name: model for model in shelf() if not model.is_embedded}
    if name not in own:
        came = name in RESERVED or name in installed()
        why = "comes with flowsep and stays" if came else "is not installed"
        raise UsageError(f"{name}: {why}; what can be removed: {', '.join(own) or 'nothing'}")
    folder = own[name].folder
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise BundleError(f"{folder}: cannot be removed ({error.strerror}); delete it by hand") from error
    return folder


def _check_name(name: str, folder: Path) -> None:
    plain = all(sign.isalnum() or sign in "-_." for sign in name) and name.strip(".") == name
    if not plain or not name or name.casefold() in RESERVED:
        raise UsageError(f"{folder}: its card calls it {name!r}; a model's name is letters, digits, - _ . and not echo")


def _files(card: ModelCard) -> set[str]:
    """Every file that the card names."""
    return {graph.file for graph in card.graphs.values()} | set(card.files)
