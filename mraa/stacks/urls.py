"""Addresses: of published templates, and of the CloudFormation console with everything filled in.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-create-stacks-quick-create-links.html
"""

import urllib.parse
from collections.abc import Mapping

from mraa import names
from mraa.partitions import url_suffix
from mraa.settings import Settings

_CONSOLES = {"amazonaws.com.cn": "console.amazonaws.cn", "amazonaws.eu": "console.amazonaws-eusc.eu"}


def template_url(settings: Settings, file_name: str) -> str:
    """Where CloudFormation fetches a template from: the primary Region's code bucket."""
    region = settings.primary_region
    host = f"{names.code_bucket(settings.bucket_prefix, region)}.s3.{region}.{url_suffix(region)}"
    return f"https://{host}/{template_key(settings, file_name)}"


def template_key(settings: Settings, file_name: str) -> str:
    """A template's key in every code bucket."""
    return f"{settings.solution_name}/{settings.solution_version}/{file_name}"


def launch_url(region: str, suffix: str, template_url: str, stack_name: str, parameters: Mapping[str, str]) -> str:
    """A quick-create link. ``suffix`` is the end of AWS's host names in this Region's partition."""
    console = _CONSOLES.get(suffix, "console.aws.amazon.com")
    if region.startswith("us-gov-"):
        console = "console.amazonaws-us-gov.com"
    words = {"templateURL": template_url, "stackName": stack_name}
    words |= {f"param_{name}": value for name, value in parameters.items()}
    query = urllib.parse.urlencode(words, quote_via=urllib.parse.quote, safe="")
    return f"https://{region}.{console}/cloudformation/home?region={region}#/stacks/create/review?{query}"
