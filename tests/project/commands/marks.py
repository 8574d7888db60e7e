"""Marks of a block, in a comment on the line before it: `<!-- not run: installs packages -->`."""

from .blocks import OTHER_SHELLS, Block

REASONS = {
    "installs packages": "it would change the environment, or ask a package index",
    "needs a network": "it downloads, or talks to another machine",
    "needs a GPU": "CI has none",
    "needs the published weights": "gigabytes that are downloaded with consent only",
    "needs a sound library": "recordings that are not in the repository",
    "needs a DAW": "a running REAPER, Ardour or Audacity; tests/hosts has stubs, and two of them for real",
    "needs a controller": "a MIDI port with something behind it",
    "needs a container engine": "docker or podman",
    "needs a plug-in": "a VST3 or Audio Unit that is not ours",
    "needs secrets": "accounts, tokens or certificates",
    "opens a window": "a person has to close it; tests/ui has the panel's tests",
    "trains for hours": "on the two cores that CI has",
    "takes minutes": "the tests run a smaller form of it",
    "stays": "it runs until it is stopped",
    "another system": "a command of Windows, macOS or another distribution",
    "a fragment": "shows the form of a command, or needs what only its reader has",
}
"""Why a block may not be run, and what that means."""

KINDS = {
    "not run": "the reason why it is not",
    "parsed": "the reason why it is not run; its programs, options and targets are checked",
    "writes": "files that it leaves, separated by commas; may have * and ?",
    "run until": "a text that it prints; then it gets Ctrl-C",
    "model": "the model of its commands, where it is not echo",
}


def problems(block: Block) -> list[str]:
    """Return what is wrong with the marks of a block."""
    unknown = [kind for kind, _ in block.marks if kind in {"not-run", "notrun", "run"}]
    texts = [text for kind in ("not run", "parsed") if (text := block.mark(kind)) is not None]
    found = [f"unknown mark {kind!r}" for kind in unknown]
    found += [f"reason {text!r} is none of: {', '.join(REASONS)}" for text in texts if reason(text) not in REASONS]
    if len(texts) > 1:
        found.append("is marked both as not run and as parsed")
    if block.language in OTHER_SHELLS and block.mark("not run") is None:
        found.append(f"{block.language} is not run by the tests: mark it as not run")
    return found


def reason(text: str) -> str:
    """Return the reason in a mark's text; after a semicolon it may say more."""
    return text.split(";")[0].strip()


def fate(block: Block) -> str:
    """Return `run`, `parsed` or `not run`."""
    return next((kind for kind in ("not run", "parsed") if block.mark(kind) is not None), "run")
