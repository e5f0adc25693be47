"""Every name that templates, deployer and people share, in one place.

All of them start from one token: the GUID in the main stack's id without its hyphens, which only CloudFormation
knows. So each function takes the token as a value (to find what was deployed) or as ``TOKEN``, a placeholder for
``Fn::Sub`` (to render templates). The web app's stack has a token of its own, from its own id.
"""

import re

MAIN_TEMPLATE = "multi-region-application-architecture.template"
REGIONAL_TEMPLATE = "multi-region-application-architecture-stackset-instance.template"
DEMO_UI_TEMPLATE = "multi-region-application-architecture-demo-ui.template"

# placeholders of Fn::Sub
TOKEN = "${Token}"  # noqa: S105 - no secret
REGION = "${AWS::Region}"

# a Region as AWS writes it: us-east-1, ap-northeast-1, us-gov-west-1, cn-north-1
REGION_PATTERN = r"^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$"

# The Regions of partition aws that every account has. All that AWS opened after March 20, 2019 are disabled until the
# account opts in, so this list is complete:
# https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
DEFAULT_REGIONS = (
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
)

# ends of names by which a table or a bucket is recognized
_APP_CONFIG = "-app-config"
_OBJECTS = "-objects"
_LOGS = "-logs"
_CONSOLE = "-console"

STAGE = "prod"
MANIFEST = "console-manifest.json"
CONSOLE_FOLDER = "console"
DEPLOYED = "deployed.json"  # the console deployer's note, beside that folder

# folders of functions/
APP_STATE_UPDATER = "app_state_updater"
PHOTOS_API = "photos_api"
OUTPUT_CONSOLIDATOR = "output_consolidator"
REPLICATION_CONFIGURER = "replication_configurer"
CONSOLE_DEPLOYER = "console_deployer"
STATE_GUARD = "state_guard"
SECONDARY_BUCKET = "secondary_bucket"

# ids of the replication rules, to the secondary bucket and back
FORWARD_RULE = "mraa-forward"
REVERSE_RULE = "mraa-reverse"

# the parameter whose every new value runs the custom resources again
REFRESH = "Refresh"

# the parameter that is the number of fence items, and its values
FENCES = "Fences"
FENCE_COUNTS = [str(2**power) for power in range(11)]

# the regional template's parameter that is the ARN of its roles' permissions boundary
BOUNDARY = "PermissionsBoundary"

# the parameter that says where API Gateway's logging role of the account is created and set, and its values
LOGGING_ROLE = "ApiGatewayLoggingRole"
LOGGING_ROLE_CREATE, LOGGING_ROLE_EXISTING = "Create", "Existing"
LOGGING_ROLE_IN_PRIMARY, LOGGING_ROLE_IN_SECONDARY = "ExistingInPrimary", "ExistingInSecondary"
LOGGING_ROLE_CHOICES = (
    LOGGING_ROLE_CREATE,
    LOGGING_ROLE_EXISTING,
    LOGGING_ROLE_IN_PRIMARY,
    LOGGING_ROLE_IN_SECONDARY,
)

# the parameter that limits the photos API, and its values
PHOTOS_RATE = "PhotosRequestsPerSecond"
PHOTOS_RATES = ("200", "500", "1000", "2000", "5000")

# the parameters that name the topics of alarms, and whose Region's
ALARM_TOPICS = {"PrimaryAlarmTopicArn": "primary", "SecondaryAlarmTopicArn": "secondary"}

_STACK_ID = re.compile(r"arn:[^:]+:cloudformation:[^:]+:\d{12}:stack/[^/]+/([0-9a-f-]{36})")


def app_id(stack_id: str) -> str:
    """The id of the application that a main stack holds: the GUID in its id. ValueError where it is no stack's id."""
    found = _STACK_ID.fullmatch(stack_id)
    if not found:
        raise ValueError(f"not a stack's id: {stack_id}")
    return found[1]


def token(stack_id: str) -> str:
    """The 32 characters that all names of a stack hold."""
    return app_id(stack_id).replace("-", "")


def web_stack(stack_name: str) -> str:
    """The stack of the sample web app that stands on the main stack of that name."""
    return f"{stack_name}-web"


def application_stack(stack_name: str, name: str) -> str:
    """The stack of an application of one's own that stands on the main stack of that name."""
    return f"{stack_name}-{name}"


def application_template(name: str, part: str = "", template_hash: str = "") -> str:
    """An application's template among a release's files: what is launched, or a part of it, named by its content."""
    return f"application-{name}{f'-{part}-{template_hash}' if part else ''}.template"


def application_code(name: str, zip_name: str) -> str:
    """A zip of an application's code among a release's files."""
    return f"application-{name}/{zip_name}"


def application_parameter(token: str, name: str) -> str:
    """The SSM parameter with what recovery needs to know of an application in one Region; the main stack's token."""
    return f"/mraa/{token}/application/{name}"


def regional_template(template_hash: str) -> str:
    """The copy of the regional template that the stack set names: another content is another name."""
    return REGIONAL_TEMPLATE.replace(".template", f"-{template_hash}.template")


def prefix(token: str) -> str:
    """What every name begins with."""
    return f"mraa-{token}"


def stack_set(token: str) -> str:
    """The stack set's name."""
    return prefix(token)


def stack_instance(token: str) -> str:
    """The beginning of the names that CloudFormation gives the stack instances' stacks."""
    return f"StackSet-{stack_set(token)}-"


def dashboard(token: str) -> str:
    """The CloudWatch dashboard's name."""
    return prefix(token)


def key_value_store(token: str) -> str:
    """The table of the sample application's records."""
    return f"{prefix(token)}-key-value-store"


def app_config(token: str) -> str:
    """The table of the application state and its fences."""
    return f"{prefix(token)}{_APP_CONFIG}"


def is_app_config(table: str) -> bool:
    """True for a table of the application state, of whatever stack."""
    return table.endswith(_APP_CONFIG)


def object_store(token: str, region: str) -> str:
    """A Region's bucket of objects. ``-object-store`` would pass 63 characters with the longest Region names."""
    return f"{prefix(token)}-{region}{_OBJECTS}"


def is_object_store(bucket: str) -> bool:
    """True for a bucket of objects, of whatever stack and Region."""
    return bucket.endswith(_OBJECTS)


def object_store_logs(token: str, region: str) -> str:
    """The bucket of a Region's S3 access logs."""
    return f"{prefix(token)}-{region}{_LOGS}"


def is_logs(bucket: str) -> bool:
    """True for a bucket of access logs, S3's or CloudFront's."""
    return bucket.endswith(_LOGS)


def console(token: str, region: str) -> str:
    """The bucket that CloudFront serves the web app from."""
    return f"{prefix(token)}-{region}{_CONSOLE}"


def is_console(bucket: str) -> bool:
    """True for a bucket that CloudFront serves the web app from, of whatever stack and Region."""
    return bucket.endswith(_CONSOLE)


def web_logs(token: str, region: str) -> str:
    """The bucket of CloudFront's access logs."""
    return f"{prefix(token)}-{region}-web{_LOGS}"


def function(token: str, folder: str) -> str:
    """A Lambda function's name; ``folder`` is its folder in ``functions/``."""
    return f"{prefix(token)}-{folder.replace('_', '-')}"


def function_logs(token: str, folder: str) -> str:
    """A Lambda function's log group."""
    return f"/aws/lambda/{function(token, folder)}"


def guard_failures(token: str) -> str:
    """The queue of the records that a Region's state guard gave up on, and the alarm on it."""
    return alarm(token, "state-guard-failures")


def alarm(token: str, kind: str) -> str:
    """A CloudWatch alarm's name."""
    return f"{prefix(token)}-{kind}"


def routing_layer(token: str) -> str:
    """The routing layer API's name, a dimension of its metrics."""
    return f"{prefix(token)}-routing-layer"


def photos(token: str) -> str:
    """The photos API's name, a dimension of its metrics."""
    return f"{prefix(token)}-photos"


def api_logs(api_name: str) -> str:
    """An API's access log group."""
    return f"/aws/apigateway/{api_name}"


def role_path(token: str) -> str:
    """The path of roles. Generated role names are cut at 64 characters: only paths can be relied on."""
    return f"/mraa/{token}/"


def bounded_role_path(token: str) -> str:
    """The path of the stack instances' roles: the execution role may make them, with the permissions boundary only."""
    return f"{role_path(token)}bounded/"


def logging_role_path(token: str) -> str:
    """The path of API Gateway's logging roles: they may have AWS's logging policy and no other."""
    return f"{role_path(token)}regional/"


def regional_parameter(token: str) -> str:
    """The SSM parameter with all an operator needs to know in one Region."""
    return f"/mraa/{token}/regional"


def code_bucket(bucket_prefix: str, region: str) -> str:
    """The bucket a release lies in."""
    return f"{bucket_prefix}-{region}"
