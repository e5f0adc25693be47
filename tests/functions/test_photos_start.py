"""What the photos function makes when: a first request waits for nothing that it does not need."""

import os
import subprocess
import sys

from photos_api import handler
from tests.functions.conftest import Clients, Context
from tests.functions.test_photos_api import request
from tests.functions.test_photos_failures import dynamo
from tests.regions import PRIMARY

STARTING = """
import boto3
boto3.client = lambda service, **_: print(service)
from photos_api import handler
"""


def test_while_lambda_starts_the_function_the_client_of_dynamodb_is_made() -> None:
    environment = {**os.environ, "AWS_LAMBDA_FUNCTION_NAME": "photos", "PYTHONPATH": os.pathsep.join(sys.path)}
    started = subprocess.run(
        [sys.executable, "-c", STARTING], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert (started.stdout, started.stderr) == ("dynamodb\n", "")


def test_a_listing_makes_no_client_of_s3(clients: Clients) -> None:
    clients.made[("dynamodb", PRIMARY)] = dynamo()
    assert handler.handle(request("GET", "/photos"), Context())["statusCode"] == 200
    assert ("s3", PRIMARY) not in clients.made
