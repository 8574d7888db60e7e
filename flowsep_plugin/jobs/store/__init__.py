"""Durable state of the worker: the job queue's database, the estimate cache, and publishing of results."""
