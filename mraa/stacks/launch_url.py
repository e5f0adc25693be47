"""Links that open the CloudFormation console with everything filled in.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-create-stacks-quick-create-links.html
"""

import urllib.parse
from collections.abc import Mapping

_CONSOLES = {"amazonaws.com.cn": "console.amazonaws.cn", "amazonaws.eu": "console.amazonaws-eusc.eu"}


def launch_url(region: str, suffix: str, template_url: str, stack_name: str, parameters: Mapping[str, str]) -> str:
    """A quick-create link. ``suffix`` is the end of AWS's host names in this Region's partition."""
    console = _CONSOLES.get(suffix, "console.aws.amazon.com")
    if region.startswith("us-gov-"):
        console = "console.amazonaws-us-gov.com"
    words = {"templateURL": template_url, "stackName": stack_name}
    words |= {f"param_{name}": value for name, value in parameters.items()}
    query = urllib.parse.urlencode(words, quote_via=urllib.parse.quote, safe="")
    return f"https://{region}.{console}/cloudformation/home?region={region}#/stacks/create/review?{query}"
