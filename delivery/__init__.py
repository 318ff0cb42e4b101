"""4. Result → destination: each job's end is told where its caller said."""
