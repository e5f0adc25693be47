"""CloudFormation on the local cloud: what the engine lacks, one gap a module."""
