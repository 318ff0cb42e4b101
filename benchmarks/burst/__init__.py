"""A burst of jobs for a sleeping model: its tasks come, work, and go back to none."""
