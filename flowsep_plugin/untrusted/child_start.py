"""Start of a child process: `python -m flowsep_plugin.untrusted.child_start [with-thread] MODULE ARGUMENT…`.

It runs a module like `python -m`, but ends with its parent from its first moment on, also while it still imports.
"""

import runpy
import sys

from .child_process import end_with_parent


def main() -> None:
    """Run the module that the command line names."""
    words = sys.argv[1:]
    with_thread = words[0] == WITH_THREAD
    end_with_parent(with_thread=with_thread)
    module, *sys.argv[1:] = words[with_thread:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


WITH_THREAD = "with-thread"


if __name__ == "__main__":
    main()
