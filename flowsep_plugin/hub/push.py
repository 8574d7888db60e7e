"""Publish a bundle: its folder as a repository of the Hub, then, after a yes, the upload."""

import shutil
from pathlib import Path

from flowsep_plugin.engine.bundle import ModelBundle
from flowsep_plugin.engine.card import CARD
from flowsep_plugin.errors import UsageError

from .client import HubClient
from .failures import HubError
from .page import model_page
from .reference import HubReference
from .remote import SUFFIXES

ATTRIBUTES = "".join(f"*{suffix} filter=lfs diff=lfs merge=lfs -text\n" for suffix in (".data", ".npz", ".onnx"))
_PAGE, _ATTRIBUTES = "README.md", ".gitattributes"


def prepare_repository(bundle: ModelBundle, reference: HubReference, folder: Path) -> list[Path]:
    """Write what the repository will hold into the empty folder `folder`: page, attributes, card, the card's files.

    Returns the paths. Raises UsageError where the folder is not empty or a file cannot be published, HubError where
    it cannot be written.
    """
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty; name another folder", setting="out")
    names = [CARD, *dict(bundle.named_files())]
    for name in names:
        if Path(name).suffix.lower() not in SUFFIXES or name == _PAGE:
            raise UsageError(f"{bundle.card.name}: {name} cannot be published; rename it and export the model again")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _PAGE).write_text(model_page(bundle.card, reference.repository), encoding="utf-8")
        (folder / _ATTRIBUTES).write_text(ATTRIBUTES, encoding="utf-8")
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(bundle.folder / name, folder / name)
    except OSError as error:
        raise HubError(f"{folder} cannot be written ({error.strerror}); name another folder") from error
    return [folder / name for name in (_PAGE, _ATTRIBUTES, *names)]


def upload_repository(
    folder: Path, reference: HubReference, client: HubClient, *, private: bool = False, message: str = ""
) -> str:
    """Create the repository unless it is there, upload `folder` as one commit; return the commit's address.

    Raises HubError where the login is missing, may not write, or the network fails.
    """
    with client.explained(reference.repository):
        client.refuse_if_offline()
        if not client.has_token():
            raise HubError("publishing needs a login: `hf auth login`, or HF_TOKEN with a token that may write")
        client.api.create_repo(reference.repository, private=private, exist_ok=True)
        commit = client.api.upload_folder(
            repo_id=reference.repository,
            folder_path=folder,
            path_in_repo=reference.folder or None,
            revision=reference.revision,
            commit_message=message or "Publish a flowsep bundle",
        )
    return str(commit.commit_url)
