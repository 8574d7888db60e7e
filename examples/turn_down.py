"""Try settings on one estimate, without waiting: `python turn_down.py interview.wav "traffic"`.

The model listens once. Strength, gate and reduction are heard from what it said, in milliseconds.
"""

import sys
import time

from flowsep_plugin import RenderSettings, Request, Separator, read_clip, write_clip

path, query, *model = sys.argv[1:]

clip = read_clip(path)
separator = Separator.open(model[0] if model else "default")
with separator.estimate(clip, clip.start, clip.span, Request([query])) as heard:
    for reduce_db in (6, 12, 24):
        began = time.perf_counter()
        settings = RenderSettings(strength=1.5, reduce_db=reduce_db)
        made = separator.render(clip, heard, Request([query], render=settings))
        write_clip(f"down {reduce_db} dB.wav", made.residual)
        print(f"{query!r} down by {reduce_db} dB: {1000 * (time.perf_counter() - began):.0f} ms")
