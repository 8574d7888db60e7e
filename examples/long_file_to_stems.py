"""Separate a long file to stems, block by block: `python long_file_to_stems.py hour.flac speech music`.

Memory does not depend on the length of the file.
"""

import sys

from flowsep_plugin.bridge import FlowSep

path, *queries = sys.argv[1:]
model = queries.pop() if queries[-1] == "echo" else "default"


def show(progress):
    print(f"\r{progress.stage} {progress.fraction:4.0%}", end="", flush=True)


flowsep = FlowSep(*queries, model=model)
flowsep.process_file(path, *(f"{query}.wav" for query in queries), residual="rest.wav", progress=show)
print()
