"""Jobs: the background worker with its durable queue, its clients, and batches of files."""
