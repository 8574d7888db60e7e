"""Sessions in the panel: their check as texts, and a placement as a sentence and a picture."""
