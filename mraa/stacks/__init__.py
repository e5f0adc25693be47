"""The deployer: preflight checks, plans, deployments, drift detection and deletion of CloudFormation stacks."""
