"""What is told of jobs: each event on its way to each destination."""
