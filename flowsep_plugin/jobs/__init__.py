"""The background worker: a durable queue, a process that empties it, and those who feed it."""
