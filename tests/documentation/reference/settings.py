"""The settings, where each may come from, and the other variables that the tool reads."""

from collections.abc import Mapping

import click

from mraa.cli.deploy import command as deploy
from mraa.settings import NAMES, RULES, Settings, flag, variable
from mraa.settings_file import FILE_NAME
from tests.documentation.reference.markdown import code, document, table

# variables that are no settings; a test finds those that are missing here
VARIABLES: Mapping[str, str] = {
    "MRAA_API_URL": "Where REST APIs answer, with `{id}` and `{region}`, instead of API Gateway's own address.",
    "MRAA_OBJECT_URL": "Where a browser finds a bucket, with `{bucket}` and `{region}`, instead of S3's own address.",
    "MRAA_SITE_URL": "Where the web app's site is served, with `{id}`, instead of CloudFront's own address.",
    "MRAA_FAULT_URL": "Where faults can be injected. `mraa drill --unplanned` requires it.",
    "MRAA_HOME": "Folder in which `mraa local` keeps its state. Default: `mraa` in the user's state folder.",
    "MRAA_CREDENTIALS_TIMEOUT": "Seconds that may pass until credentials are found; another figure for a slow sign-in.",
}

_ABOUT = f"""# Settings

What `mraa` deploys, and where. A value is taken from the flag; without one from the environment variable; without
one from `{FILE_NAME}` in the current folder or its nearest parent, or from the file that `--config` names; without
one it is the default. `mraa init` writes `{FILE_NAME}` by asking, and `mraa deploy` what it deployed, so later commands
need no flags. A value that is not valid ends in exit code 2 and names where it comes from.
"""

_FILE = """The file has the table `[deployment]`, and one for each [application of your own](../applications.md):

```toml
[deployment]
stack_name = "mraa"
secondary_region = "ap-northeast-1"
bucket_prefix = "my-bucket"
```

## Other variables

`mraa local env` prints the first four for the [local cloud](../local-cloud.md). AWS's own variables (`AWS_PROFILE`,
`AWS_ENDPOINT_URL` and the others) mean what they mean for the AWS CLI.
"""


def page() -> str:
    """The whole page."""
    helps = {option.name: option.help or "" for option in deploy.params if isinstance(option, click.Option)}
    rows = [
        [code(flag(name)), code(variable(name)), code(name), code(getattr(Settings, name)), _about(helps[name]), rule]
        for name in NAMES
        for rule in [RULES[name][1]]
    ]
    heads = ["flag", "environment variable", f"in `{FILE_NAME}`", "default", "what it is", "must be"]
    others = table(["variable", "what it is"], ([code(name), text] for name, text in VARIABLES.items()))
    return document(_ABOUT, table(heads, rows), _FILE, others)


def _about(text: str) -> str:
    return text.partition("  [default:")[0]
