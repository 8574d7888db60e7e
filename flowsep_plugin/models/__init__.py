"""Where models live: the embedded one here, installed ones in the user's data folder, any folder by its path."""

from pathlib import Path

import platformdirs

from flowsep_plugin.errors import BundleError

EMBEDDED = Path(__file__).parent
DEFAULT = "flowsep-base"


def models_folder() -> Path:
    """Where `flowsep models add` puts bundles."""
    return Path(platformdirs.user_data_dir("flowsep", appauthor=False)) / "models"


def installed() -> dict[str, Path]:
    """Name -> folder of every bundle; a user's own hides an embedded one of the same name."""
    found: dict[str, Path] = {}
    for directory in (EMBEDDED, models_folder()):
        if directory.is_dir():
            found |= {path.parent.name: path.parent for path in sorted(directory.glob("*/card.json"))}
    return found


def find_model(model: str | Path = "default") -> Path:
    """Folder of a model given by name or path. Raises BundleError that lists what is there."""
    known = installed()
    if model == "default":
        if DEFAULT in known:
            return known[DEFAULT]
        raise BundleError(
            "this build has no default model; name an installed model, or try the setup with the model echo",
            setting="model",
        )
    if str(model) in known:
        return known[str(model)]
    folder = Path(model).expanduser()
    if folder.is_dir() or isinstance(model, Path) or len(folder.parts) > 1:
        return folder
    raise BundleError(
        f"no model {str(model)!r}: installed are {', '.join(sorted(known)) or 'none'} (and echo); "
        "a folder's path works too"
    )
