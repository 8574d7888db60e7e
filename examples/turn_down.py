"""Attenuate a sound by several amounts from one estimate: `python turn_down.py interview.wav "traffic"`.

The model runs once; new render settings take milliseconds.
"""

import sys
import time

from flowsep_plugin import RenderSettings, Request, Separator, read_clip, write_clip

path, query, *model = sys.argv[1:]

clip = read_clip(path)
separator = Separator.open(model[0] if model else "default")
with separator.estimate(clip, clip.start, clip.span, Request([query])) as estimate:
    for reduce_db in (6, 12, 24):
        start = time.perf_counter()
        settings = RenderSettings(strength=1.5, reduce_db=reduce_db)
        separation = separator.render(clip, estimate, Request([query], render=settings))
        write_clip(f"down {reduce_db} dB.wav", separation.residual)
        print(f"{query!r} down by {reduce_db} dB: {1000 * (time.perf_counter() - start):.0f} ms")
