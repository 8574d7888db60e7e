"""Find models: the embedded one in this package, installed ones in the user's data folder, any folder by its path."""

import re
from pathlib import Path

import platformdirs

from flowsep_plugin.errors import BundleError
from flowsep_plugin.untrusted.regular_file import is_folder
from flowsep_plugin.untrusted.shortened import shortened

from .provenance import read_provenance

EMBEDDED = Path(__file__).parent
DEFAULT = "flowsep-base"
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)


def models_folder() -> Path:
    """Return the folder of installed models, one bundle each."""
    return Path(platformdirs.user_data_dir("flowsep", appauthor=False)) / "models"


def installed() -> dict[str, Path]:
    """Return the folder of every bundle by name; a user's own hides an embedded one of the same name."""
    folders: dict[str, Path] = {}
    for directory in (EMBEDDED, models_folder()):
        if directory.is_dir():
            folders |= {path.parent.name: path.parent for path in sorted(directory.glob("*/card.json"))}
    return folders


def find_model(model: str | Path = "default") -> Path:
    """Return the folder of a model given by name or path. Raises BundleError that lists the installed models."""
    folders = installed()
    if model == "default":
        if DEFAULT in folders:
            return folders[DEFAULT]
        raise BundleError(
            "this build has no default model; name an installed model, or try the setup with the model echo",
            setting="model",
        )
    if str(model) in folders:
        return folders[str(model)]
    folder = _folder(model)
    if isinstance(model, str) and not is_folder(folder) and _REPOSITORY.fullmatch(model):
        if (from_hub := find_repository(model)) is not None:
            return from_hub
        raise BundleError(
            f"{model} is neither a model folder nor an installed model; if it is a model on the Hub, install it: "
            f"flowsep models install {model}"
        )
    if is_folder(folder) or isinstance(model, Path) or len(folder.parts) > 1:
        return folder
    raise BundleError(
        f"no model {shortened(str(model))}: installed are {', '.join(sorted(folders)) or 'none'} (and echo); "
        "the path of a bundle's folder works too",
        setting="model",
    )


def find_repository(repository: str, folder: str | None = None) -> Path | None:
    """Return the folder of the model that was installed from `org/name` of the Hub; None where there is none.

    folder : that the bundle has in the repository, "" for its root; None is any.
    """
    if not _REPOSITORY.fullmatch(repository):
        return None
    for path in installed().values():
        record = read_provenance(path)
        if record and record.repository == repository and folder in (None, record.folder):
            return path
    return None


def _folder(model: str | Path) -> Path:
    """Return the path that `model` names; "~" of a user who is unknown stays as it is."""
    try:
        return Path(model).expanduser()
    except RuntimeError:
        return Path(model)
