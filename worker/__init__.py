"""The worker: it keeps one model in memory and drains that model's queue."""
