"""Builds model folders: the demo model, and synthetic ones of any size for load tests."""
