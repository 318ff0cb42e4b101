"""The worker beside what a user would pick instead: `make bench-worker`."""
