"""Every port, answered by AWS. Nothing is imported here: the hot path does without boto3."""
