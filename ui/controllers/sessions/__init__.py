"""Sessions and batches: placing, checking, missing media, markers, and jobs besides takes."""
