"""The export needs torch; where it is not installed, its tests are not collected."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("torch") and find_spec("onnxscript") else ["test_*.py"]
