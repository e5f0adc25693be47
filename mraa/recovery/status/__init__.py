"""What `mraa status` shows beside the state: replication's backlog and lag, and CloudFormation's statuses."""
