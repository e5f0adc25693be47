"""What `mraa status` shows besides the state: replication's backlog and lag, and CloudFormation's statuses."""
