"""The version resource of a Windows program: what Explorer shows under Properties, Details."""

from pathlib import Path

from package_facts import AUTHORS, PackageFacts

_DESCRIPTIONS = {"flowsep": "FlowSep, command line", "flowsep-panel": "FlowSep"}
_ENGLISH_UTF16 = "040904B0"


def write_version_file(facts: PackageFacts, program: str, folder: Path) -> Path:
    """Write the resource of `program` to `folder` as PyInstaller reads it, a Python expression; return its path."""
    file = folder / f"{program}-version.txt"
    file.write_text(version_text(facts, program), encoding="utf-8")
    return file


def version_text(facts: PackageFacts, program: str) -> str:
    """Return the expression: numbers for the system, texts for people."""
    texts = {
        "CompanyName": AUTHORS,
        "FileDescription": _DESCRIPTIONS[program],
        "FileVersion": facts.version,
        "InternalName": program,
        "LegalCopyright": f"{AUTHORS}, {facts.licence}",
        "OriginalFilename": f"{program}.exe",
        "ProductName": "FlowSep",
        "ProductVersion": facts.version,
    }
    structs = ", ".join(f"StringStruct({name!r}, {text!r})" for name, text in texts.items())
    return (
        f"VSVersionInfo(ffi=FixedFileInfo(filevers={facts.numbers}, prodvers={facts.numbers}, mask=0x3f, flags=0x0, "
        "OS=0x40004, fileType=0x1, subtype=0x0, date=(0, 0)), "
        f"kids=[StringFileInfo([StringTable({_ENGLISH_UTF16!r}, [{structs}])]), "
        "VarFileInfo([VarStruct('Translation', [1033, 1200])])])\n"
    )
