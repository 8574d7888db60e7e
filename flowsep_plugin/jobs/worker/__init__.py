"""The background worker: its process, HTTP API, dispatcher and engine process."""
