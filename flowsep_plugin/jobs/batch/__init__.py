"""Batches of files: manifests, runners (worker, this process, cluster), reports, and watched folders."""
