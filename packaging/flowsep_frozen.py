"""The frozen program: double-clicked it is the panel, with words `flowsep …`, and for its own processes `-m NAME`.

The worker, its engine and the panel are started as `<program> -m <module>`, as Python would be; a frozen program has no
`-m` of its own, so it is done here, for flowsep's modules alone.
"""

import multiprocessing
import runpy
import sys

_OWN = ("flowsep_plugin", "flowsep_ui")


def main() -> None:
    """Run what the arguments say."""
    given = sys.argv[1:]
    if given[:1] == ["-m"] and len(given) > 1 and given[1].split(".")[0] in _OWN:
        sys.argv = [sys.argv[0], *given[2:]]
        runpy.run_module(given[1], run_name="__main__", alter_sys=True)
    else:
        from flowsep_plugin.cli import main as flowsep

        flowsep(given or ["panel"])


if __name__ == "__main__":
    multiprocessing.freeze_support()
    main()
