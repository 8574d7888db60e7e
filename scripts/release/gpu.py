"""Make the tree of `flowsep-plugin-gpu`, the distribution with the CUDA build of ONNX Runtime, of this one.

    python -m scripts.release.gpu FOLDER      (links to this tree, to install from: scripts/install.sh PYTHON panel gpu)

Both distributions hold the same packages. They differ in pyproject.toml: in the name, by which extras name their own
distribution too, in the ONNX Runtime that they need, and in the extra `cuda`, which brings CUDA's libraries from PyPI.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAME = "flowsep-plugin-gpu"
_RUNTIME = re.compile(r'^  "onnxruntime(>=[^"]+)",$', re.MULTILINE)
_EXTRAS = "[project.optional-dependencies]\n"


def pyproject(text: str) -> str:
    """Return the pyproject.toml of `flowsep-plugin-gpu`. Raises ValueError where `text` is another."""
    runtimes = _RUNTIME.findall(text)
    if 'name = "flowsep-plugin"\n' not in text or len(runtimes) != 1 or text.count(_EXTRAS) != 1:
        raise ValueError("pyproject.toml is not that of flowsep-plugin with one onnxruntime")
    text = text.replace('name = "flowsep-plugin"\n', f'name = "{NAME}"\n')
    text = _RUNTIME.sub(r'  "onnxruntime-gpu\1",', text)
    text = text.replace(_EXTRAS, f'{_EXTRAS}cuda = ["onnxruntime-gpu[cuda,cudnn]{runtimes[0]}"]\n')
    text = text.replace(
        '  "Environment :: Console",\n', '  "Environment :: Console",\n  "Environment :: GPU :: NVIDIA CUDA",\n'
    )
    return re.sub(r'"flowsep-plugin\[', f'"{NAME}[', text)


def change(tree: Path) -> None:
    """Make `tree`, a copy of this one, that of `flowsep-plugin-gpu`."""
    path = tree / "pyproject.toml"
    path.write_text(pyproject(path.read_text(encoding="utf-8")), encoding="utf-8")


def link(root: Path, target: Path) -> None:
    """Fill the folder `target` with links to what is in `root`, and a pyproject.toml of `flowsep-plugin-gpu`."""
    target.mkdir(parents=True, exist_ok=True)
    for path in root.iterdir():
        if not path.name.startswith(".") and path.name not in ("build", "dist", "pyproject.toml"):
            (target / path.name).unlink(missing_ok=True)
            (target / path.name).symlink_to(path)
    (target / "pyproject.toml").write_text(pyproject((root / "pyproject.toml").read_text(encoding="utf-8")), "utf-8")


if __name__ == "__main__":
    link(ROOT, Path(sys.argv[1]))
