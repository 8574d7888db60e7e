"""Find models: the embedded one in this package, installed ones in the user's data folder, any folder by its path."""

from pathlib import Path

import platformdirs

from flowsep_plugin.errors import BundleError

EMBEDDED = Path(__file__).parent
DEFAULT = "flowsep-base"


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
    folder = Path(model).expanduser()
    if folder.is_dir() or isinstance(model, Path) or len(folder.parts) > 1:
        return folder
    raise BundleError(
        f"no model {str(model)!r}: installed are {', '.join(sorted(folders)) or 'none'} (and echo); "
        "the path of a bundle's folder works too"
    )
