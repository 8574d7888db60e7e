"""Text-queried sound separation for timelines.

>>> from flowsep_plugin import Request, Separator, read_clip
>>> clip = read_clip("field.wav")                                        # doctest: +SKIP
>>> made = Separator.open().separate(clip, Request(["a dog barking"]))   # doctest: +SKIP
>>> made["a dog barking"], made.rest                                     # doctest: +SKIP
"""
