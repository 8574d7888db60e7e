"""HTTP of the worker: connections and their limits, answers, query parameters, event streams."""
