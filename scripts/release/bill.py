"""Software bill of materials (CycloneDX 1.6, JSON) of a lock: versions, hashes, and who needs what."""

import json
import os
import subprocess
import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from scripts.lock.pins import read

from .graph import dependencies


def write_bill(tree: Path, lock: Path, target: Path, epoch: int) -> int:
    """Write the bill of the file `lock`, by which `tree` is installed; return how many components it has.

    Raises CalledProcessError, or ValueError where the result is not CycloneDX.
    """
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "cyclonedx_py",
        "requirements",
        str(lock),
        "--output-file",
        str(target),
    ]
    command += ["--pyproject", "pyproject.toml", "--mc-type", "application", "--spec-version", "1.6"]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}
    subprocess.run([*command, "--output-reproducible"], check=True, cwd=tree, env=environment)
    bill = json.loads(target.read_text(encoding="utf-8"))
    bill["dependencies"] = dependencies(bill, read(lock.read_text(encoding="utf-8")))
    text = json.dumps(bill, indent=2, sort_keys=True) + "\n"
    if (error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)) is not None:
        raise ValueError(f"{target.name} is not CycloneDX 1.6: {error}")
    target.write_text(text, encoding="utf-8")
    return len(bill["components"])
