"""Names of models on the Hub: `org/name`, `org/name@revision`, `org/name/folder@revision`."""

import re
from dataclasses import dataclass

from flowsep_plugin.errors import UsageError
from flowsep_plugin.untrusted.shortened import shortened

_REFERENCE = re.compile(
    r"(?P<owner>[A-Za-z0-9][\w.-]{0,95})/(?P<name>[A-Za-z0-9][\w.-]{0,95})"
    r"(?P<folder>(?:/[\w.-]+)*)(?:@(?P<revision>[\w./-]{1,255}))?",
    re.ASCII,
)
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class HubReference:
    """A bundle on the Hub. `folder` is "" for the root of its repository, `revision` a branch, tag or commit."""

    repository: str
    folder: str = ""
    revision: str = "main"

    @classmethod
    def parse(cls, text: str) -> "HubReference":
        """Read `org/name[/folder][@revision]`, also behind `hf://` or https://huggingface.co/.

        Raises UsageError for anything else.
        """
        plain = re.sub(r"^(hf://|https://(huggingface\.co|hf\.co)/)", "", text.strip()).rstrip("/")
        match = _REFERENCE.fullmatch(plain)
        folder = match["folder"].strip("/") if match else ""
        if match is None or {".", ".."} & set(folder.split("/")) or ".." in (match["revision"] or ""):
            raise UsageError(f"{shortened(text)} does not name a model on the Hub; write org/name or org/name@revision")
        return cls(f"{match['owner']}/{match['name']}", folder, match["revision"] or "main")

    @property
    def is_pinned(self) -> bool:
        """Whether the revision is a commit, which never changes."""
        return _COMMIT.fullmatch(self.revision) is not None

    def path(self, name: str) -> str:
        """Return the path in the repository of the bundle's file `name`."""
        return f"{self.folder}/{name}" if self.folder else name

    def __str__(self) -> str:
        place = self.path("").rstrip("/")
        return "/".join(filter(None, (self.repository, place))) + (
            f"@{self.revision}" if self.revision != "main" else ""
        )


def looks_like_reference(text: str) -> bool:
    """Whether `text` has the form of a reference, so that it can be one if it is no folder."""
    try:
        HubReference.parse(text)
    except UsageError:
        return False
    return True
