"""A stand-in for SQS, DynamoDB and S3 that is quick, slow on purpose, and counts."""
