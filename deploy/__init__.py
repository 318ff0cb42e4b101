"""From this checkout to a working system in an AWS account, and back to nothing."""
