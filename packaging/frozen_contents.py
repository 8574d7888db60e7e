"""Lists the contents of the frozen folder: flowsep's own modules and data, and parts of others that are left out."""

import importlib.metadata
import shutil
import subprocess
import sys
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from package_facts import PackageFacts

EXCLUDED: Final = [
    # Packages of the trainer, the exporter, plots, documentation and tests; none is needed to separate or to listen.
    "torch", "onnx", "onnxscript", "safetensors", "flowsep_export", "flowsep_training", "ray", "matplotlib", "PIL",
    "IPython", "ipykernel", "jedi", "debugpy", "pytest", "_pytest", "hypothesis", "mypy", "mkdocs", "nbclient",
    "nbformat", "imageio_ffmpeg", "sympy", "networkx", "tkinter", "setuptools", "pip", "pkg_resources",
    "wheel", "lupa", "psutil",
    # Uvicorn and huggingface_hub name these, and go on without them.
    "hf_xet", "uvloop", "httptools", "websockets", "wsproto", "gradio", "fastai", "tensorflow", "keras",
    # Tools of ONNX Runtime for people who make models.
    "onnxruntime.transformers", "onnxruntime.quantization", "onnxruntime.tools", "onnxruntime.datasets",
    # Parts of SciPy and NumPy that nothing here imports.
    "scipy.io", "scipy.cluster", "scipy.odr", "scipy.datasets", "scipy.misc", "scipy.conftest", "numpy.distutils",
    "numpy.conftest",
    # Modules of Qt that the panel does not use.
    "PyQt6.QtQml", "PyQt6.QtQuick", "PyQt6.QtQuick3D", "PyQt6.QtQuickWidgets", "PyQt6.QtDesigner", "PyQt6.QtHelp",
    "PyQt6.QtMultimedia", "PyQt6.QtMultimediaWidgets", "PyQt6.QtSpatialAudio", "PyQt6.QtTextToSpeech", "PyQt6.QtPdf",
    "PyQt6.QtPdfWidgets", "PyQt6.QtBluetooth", "PyQt6.QtNfc", "PyQt6.QtPositioning", "PyQt6.QtSensors",
    "PyQt6.QtSerialPort", "PyQt6.QtSql", "PyQt6.QtStateMachine", "PyQt6.QtTest", "PyQt6.QtWebChannel",
    "PyQt6.QtWebSockets", "PyQt6.QtRemoteObjects", "PyQt6.QtNetwork", "PyQt6.QtOpenGL", "PyQt6.QtOpenGLWidgets",
    "PyQt6.QtPrintSupport", "PyQt6.QtXml", "PyQt6.uic",
]  # fmt: skip
"""Modules that are not to be frozen."""

_UNUSED: Final = (
    "*/Qt6/qml/*", "*/Qt6/lib/*Qt6Quick*", "*/Qt6/lib/*Qt6Qml*", "*/Qt6/lib/*Qt6Pdf*", "*/Qt6/lib/*Qt6VirtualKeyboard*",
    "*/Qt6/bin/Qt6Quick*", "*/Qt6/bin/Qt6Qml*", "*/Qt6/bin/Qt6Pdf*", "*/Qt6/bin/Qt6VirtualKeyboard*",
    "*/Qt6/bin/opengl32sw.dll", "*/Qt6/plugins/platforminputcontexts/*virtualkeyboard*",
    "*/Qt6/plugins/imageformats/*pdf*", "*/Qt6/plugins/multimedia/*", "*/Qt6/plugins/networkinformation/*",
    "*/Qt6/plugins/tls/*", "*/Qt6/plugins/generic/*", "*/Qt6/plugins/egldeviceintegrations/*",
    "*/Qt6/plugins/platforms/*eglfs*", "*/Qt6/plugins/platforms/*linuxfb*", "*/Qt6/plugins/platforms/*vnc*",
    "*/Qt6/plugins/platforms/*vkkhrdisplay*", "*/tests/*", "*/opentimelineview/*", "libQt6Pdf*", "*Qt6EglFS*",
    # GTK's file dialogs and theme, with the libraries that only they need.
    "*/platformthemes/libqgtk3*", "libgtk-3*", "libgdk*", "libatk*", "libatspi*", "libcairo*", "libpango*", "libepoxy*",
    "libthai*", "libdatrie*", "libfribidi*", "libXcomposite*", "libXdamage*", "libXinerama*",
)  # fmt: skip
"""Patterns of files that Qt, GTK and SciPy bring and nothing here opens."""

_QT_TRANSLATIONS: Final = "PyQt6/Qt6/translations/"
_LANGUAGES: Final = ("qtbase_de.qm", "qtbase_en.qm", "qt_de.qm", "qt_en.qm")

_RUNTIMES: Final = ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-windowsml")

_WITH_SYMBOLS: Final = ("libpython*", "av/*", "scipy/*", "tokenizers/*", "python3*/lib-dynload/*")
"""Binaries whose symbols of debuggers are 57 MB on Linux. Libraries that auditwheel changed do not bear `strip`."""

_DATA_SUFFIXES_OF_CODE: Final = (".py", ".pyc", ".pyi", ".typed")


def check_one_runtime() -> None:
    """Raise SystemExit where not exactly one ONNX Runtime is installed: two overwrite each other's files."""
    names = [name for name in _RUNTIMES if _is_installed(name)]
    if len(names) != 1:
        raise SystemExit(f"exactly one ONNX Runtime may be installed, here are {len(names)}: {', '.join(names)}")


def _is_installed(distribution: str) -> bool:
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def own_modules(packages: Path) -> list[str]:
    """Return the dotted names of all modules under `packages`."""
    names = []
    for file in sorted(packages.rglob("*.py")):
        parts = file.relative_to(packages).with_suffix("").parts
        names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


def own_data(packages: Path) -> list[tuple[str, str]]:
    """Return every file under `packages` that is not code, with the folder that it goes to.

    Two modules are data as well: they are copied to DAWs, whose Python or Lua runs them.
    """
    copied = {"stdlib_client.py", "flowsep_script.py"}
    return [
        (str(file), str(file.relative_to(packages).parent))
        for file in sorted(packages.rglob("*"))
        if file.is_file() and (file.suffix not in _DATA_SUFFIXES_OF_CODE or file.name in copied)
    ]


def write_metadata(facts: PackageFacts, folder: Path) -> Path:
    """Write the METADATA file that names the frozen version, without paths of the machine that froze it."""
    file = folder / "METADATA"
    file.write_text(
        f"Metadata-Version: 2.4\nName: {facts.name}\nVersion: {facts.version}\nSummary: {facts.summary}\n"
        f"License-Expression: {facts.licence}\n",
        encoding="utf-8",
    )
    return file


def drop_unused(entries: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Return the entries (destination, source, kind) that the folder needs."""
    return [entry for entry in entries if not _is_unused(entry[0].replace("\\", "/"))]


def _is_unused(destination: str) -> bool:
    if destination.startswith(_QT_TRANSLATIONS):
        return not destination.endswith(_LANGUAGES)
    return any(fnmatch(destination, pattern) for pattern in _UNUSED)


def stripped(entries: list[tuple[str, str, str]], folder: Path) -> list[tuple[str, str, str]]:
    """Return the entries with copies in `folder` for those that have symbols; on Linux, where `strip` is there."""
    tool = shutil.which("strip")
    if sys.platform != "linux" or tool is None:
        return entries
    return [
        (name, _without_symbols(tool, Path(source), folder / name), kind)
        if kind in ("BINARY", "EXTENSION") and any(fnmatch(name, pattern) for pattern in _WITH_SYMBOLS)
        else (name, source, kind)
        for name, source, kind in entries
    ]


def _without_symbols(tool: str, source: Path, copy: Path) -> str:
    copy.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([tool, "--strip-unneeded", "-o", str(copy), str(source)], check=True)
    return str(copy)
