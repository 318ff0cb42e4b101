"""A flood of requests: what AWS does with it by arithmetic, and what this system does by trial."""
