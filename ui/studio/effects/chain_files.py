"""Chain files: the JSON of a chain of effects, to share it or to pass it to `flowsep separate --post`."""

import json
from pathlib import Path

from flowsep_ui.studio.texts import translate

from flowsep_plugin.effects import EffectChain
from flowsep_plugin.errors import UsageError
from flowsep_plugin.media.atomic import write_json_atomic


def read_chain(path: Path) -> EffectChain:
    """Return the chain in the file at `path`. Inverse: `write_chain`.

    Raises UsageError, with the file's name, where it cannot be read or is not a chain of effects.
    """
    try:
        return EffectChain.from_json(json.loads(path.read_text("utf-8")))
    except OSError as error:
        text = translate("Studio", "{0} cannot be read ({1}); choose another file.")
        raise UsageError(text.format(path.name, error.strerror)) from error
    except ValueError as error:
        raise UsageError(translate("Studio", "{0} is not a chain of effects.").format(path.name)) from error
    except UsageError as error:
        raise UsageError(f"{path.name}: {error}") from error


def write_chain(path: Path, chain: EffectChain) -> None:
    """Write `chain` as a chain file, whole or not at all. Inverse: `read_chain`. Raises UsageError, MediaError."""
    try:
        write_json_atomic(path, chain.as_json())
    except OSError as error:
        text = translate("Studio", "{0} cannot be written ({1}); choose another folder.")
        raise UsageError(text.format(path, error.strerror)) from error
