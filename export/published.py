"""Published checkpoints that `flowsep models install` fetches and converts; a row each, without torch.

Files of a branch have no commit here, because none was read from their server. An installation records the commit and
SHA-256 that it got (`provenance.json`), and later ones fetch that commit and check that sum.
"""

from dataclasses import dataclass, replace

_BRANCH = "main"


@dataclass(frozen=True, slots=True)
class Download:
    """One file: `size` in bytes and `sha256` in hex, None where the publisher names none."""

    name: str
    url: str
    size: int | None = None
    sha256: str | None = None

    @property
    def is_pinned(self) -> bool:
        """Whether the file cannot change: its checksum or its commit is here."""
        return self.sha256 is not None or f"/resolve/{_BRANCH}/" not in self.url

    def at(self, commit: str, sha256: str) -> "Download":
        """Return the same file at a commit of its repository, with its checksum."""
        return replace(self, url=self.url.replace(f"/resolve/{_BRANCH}/", f"/resolve/{commit}/"), sha256=sha256)


@dataclass(frozen=True, slots=True)
class PublishedModel:
    """A model that can be installed: `files` with the checkpoint first, then the tokenizer's."""

    name: str
    family: str
    licence: str
    files: tuple[Download, ...]

    @property
    def size(self) -> int | None:
        """Bytes to fetch, None where one file's size is not known."""
        sizes = [file.size for file in self.files]
        return None if None in sizes else sum(size for size in sizes if size is not None)


def _hub(repository: str, revision: str, path: str) -> str:
    return f"https://huggingface.co/{repository}/resolve/{revision}/{path}"


_T5 = Download("tokenizer.json", _hub("google/flan-t5-large", _BRANCH, "tokenizer.json"))
_ROBERTA = Download("tokenizer.json", _hub("FacebookAI/roberta-base", _BRANCH, "tokenizer.json"))

MODELS = {
    model.name: model
    for model in (
        PublishedModel(
            "flowsep-v2",
            "flowsep",
            "none named by the publisher (weights on Zenodo, record 13869712)",
            (Download("v2_100k.ckpt", "https://zenodo.org/records/13869712/files/v2_100k.ckpt?download=1"), _T5),
        ),
        PublishedModel(
            "flowsep-hive",
            "flowsep",
            "Apache-2.0, by its model page",
            (
                Download(
                    "flowsep_hive.ckpt",
                    _hub("AlayaLab/FlowSep-hive", "7af336090e0c155b1850de37ab310cf36c3e390e", "flowsep_hive.ckpt"),
                ),
                _T5,
            ),
        ),
        PublishedModel(
            "audiosep",
            "audiosep",
            "MIT (code); the weights' page names none of its own",
            (
                Download(
                    "audiosep_base_4M_steps.ckpt",
                    _hub("spaces/Audio-AGI/AudioSep", _BRANCH, "checkpoint/audiosep_base_4M_steps.ckpt"),
                    1_264_844_076,
                    "f8cda01bfd0ebd141eef45d41db7a3ada23a56568465840d3cff04b8010ce82c",
                ),
                _ROBERTA,
            ),
        ),
        PublishedModel(
            "audiosep-hive",
            "audiosep",
            "Apache-2.0, by its model page",
            (
                Download(
                    "audiosep_hive.ckpt",
                    _hub("AlayaLab/AudioSep-hive", "113d2e4399a4f19b6a0d567bbde38f2fe1b11794", "audiosep_hive.ckpt"),
                    1_264_846_755,
                    "a13fff5fa4ece1a8bc13e42e1c7b8d90e21603075302ca89e4339c9471973300",
                ),
                _ROBERTA,
            ),
        ),
    )
}
