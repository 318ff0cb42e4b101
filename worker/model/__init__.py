"""A model's files: what its manifest promises, and how they come from S3 into place."""
