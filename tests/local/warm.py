"""What every verb imports and reads, loaded once: the process that verbs are forked from imports this module."""

import functools
import importlib

import boto3
import botocore.session

from mraa.cli.main import VERBS

# a loader keeps the services' models that it has read
botocore.session.create_loader = functools.cache(botocore.session.create_loader)

for _module, _ in VERBS.values():
    importlib.import_module(_module)
_session = boto3.Session(aws_access_key_id="none", aws_secret_access_key="none")
for _service in ("apigateway", "cloudformation", "cloudwatch", "dynamodb", "iam", "lambda", "logs", "s3", "ssm", "sts"):
    _session.client(_service, region_name="us-east-1")
