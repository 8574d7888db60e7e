"""Write what packages of other systems say about a release: versions, addresses and hashes, from one place.

    python packaging/fill.py OUT [--sums dist/SHA256SUMS] [--date 2026-01-31]

`packaging/templates/` holds the files with names such as `@version@`; OUT gets them filled, in the same folders. Those
that need the hash of a released file are written only where --sums names the hashes.
"""

import argparse
import datetime
import os
import re
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from conda_requirements import conda_entry_points, conda_requirements
from package_facts import AUTHORS, IDENTIFIER, ROOT, PackageFacts, read_facts

TEMPLATES: Final = ROOT / "packaging" / "templates"
_NAME: Final = re.compile(r"@([a-z_0-9]+)@")
_SUFFIX: Final = ".in"

ARTEFACTS: Final = {
    "appimage": "FlowSep-{version}-x86_64.AppImage",
    "deb": "flowsep_{version}_amd64.deb",
    "setup": "FlowSep-{version}-windows-x64-setup.exe",
    "dmg": "FlowSep-{version}-macos-arm64.dmg",
    "sdist": "flowsep_plugin-{version}.tar.gz",
    "wheel": "flowsep_plugin-{version}-py3-none-any.whl",
}
"""Short name of a released file -> its file name."""


class MissingHash(ValueError):
    """A template needs the hash of a file that SHA256SUMS does not list."""


def artefacts(facts: PackageFacts) -> dict[str, str]:
    """Return the names of the released files, by their short names."""
    return {short: name.format(version=facts.version) for short, name in ARTEFACTS.items()}


def values(facts: PackageFacts, date: str, sums: Mapping[str, str]) -> dict[str, str]:
    """Return what the templates may name; `<artefact>_sha256` only for files that `sums` (file name -> hash) lists."""
    named = {
        "version": facts.version,
        "numbers": ".".join(map(str, facts.numbers)),
        "summary": facts.summary,
        "licence": facts.licence,
        "source": facts.repository,
        "documentation": facts.documentation,
        "authors": AUTHORS,
        "identifier": IDENTIFIER,
        "guid": str(uuid.uuid5(uuid.NAMESPACE_URL, facts.repository)).upper(),
        "date": date,
        "conda_run": conda_requirements(),
        "entry_points": conda_entry_points(),
    }
    for short, name in artefacts(facts).items():
        named[f"{short}_name"] = name
        named[f"{short}_url"] = f"{facts.repository}/releases/download/v{facts.version}/{name}"
        if name in sums:
            named[f"{short}_sha256"] = sums[name]
    return named


def fill(text: str, named: Mapping[str, str]) -> str:
    """Return a template's text with every `@name@` replaced.

    Raises MissingHash for the hash of an artefact that is not there, KeyError for any other unknown name.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name not in named and name.removesuffix("_sha256") in ARTEFACTS:
            raise MissingHash(f"the hash of {ARTEFACTS[name.removesuffix('_sha256')]}")
        return named[name]

    return _NAME.sub(value, text)


def read_sums(path: Path) -> dict[str, str]:
    """Return the hashes of SHA256SUMS by file name. Raises ValueError for a line that is none of `sha256sum`."""
    sums = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        match = re.fullmatch(r"([0-9a-f]{64}) [ *](?:.*/)?([^/]+)", line)
        if match is None:
            raise ValueError(f"{path}: no line of sha256sum: {line!r}")
        sums[match[2]] = match[1]
    return sums


def fill_all(out: Path, named: Mapping[str, str]) -> dict[Path, str | None]:
    """Write every template to `out`; return their paths below it, with what was missing where one was left out."""
    results: dict[Path, str | None] = {}
    for template in sorted(TEMPLATES.rglob(f"*{_SUFFIX}")):
        relative = Path(fill(str(template.relative_to(TEMPLATES)).removesuffix(_SUFFIX), named))
        try:
            text = fill(template.read_text(encoding="utf-8"), named)
        except MissingHash as missing:
            results[relative] = str(missing)
            continue
        (out / relative).parent.mkdir(parents=True, exist_ok=True)
        (out / relative).write_text(text, encoding="utf-8", newline="\n")
        results[relative] = None
    return results


def main(arguments: list[str] | None = None) -> int:
    """Fill all templates; returns 1 where hashes were named and one of them is missing."""
    parser = argparse.ArgumentParser(prog="packaging/fill.py", description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--sums", type=Path, help="SHA256SUMS of the released files")
    parser.add_argument("--date", default=_release_date(), help="of the release; default: SOURCE_DATE_EPOCH, or today")
    options = parser.parse_args(arguments)
    sums = read_sums(options.sums) if options.sums else {}
    results = fill_all(options.out, values(read_facts(), options.date, sums))
    for path, missing in results.items():
        sys.stdout.write(f"{path}\n" if missing is None else f"{path}: not written, it needs {missing}\n")
    return 1 if options.sums and any(results.values()) else 0


def _release_date() -> str:
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    moment = datetime.datetime.fromtimestamp(int(epoch), datetime.UTC) if epoch else datetime.datetime.now(datetime.UTC)
    return moment.date().isoformat()


if __name__ == "__main__":
    sys.exit(main())
