"""What the functions share: answers to CloudFormation, clients, retries, logs."""
