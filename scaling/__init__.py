"""5. How many tasks each model needs, told to CloudWatch; and what AWS makes of it."""
