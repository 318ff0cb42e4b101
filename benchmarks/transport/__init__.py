"""What one call to AWS costs a worker, by the library that makes it."""
