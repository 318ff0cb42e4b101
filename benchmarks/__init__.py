"""What is fast, against whom, with the command that shows it."""
