"""``AWS::ApiGatewayV2::Stage`` that deploys by itself."""

from typing import Any

from mraa_local.cfn.resources.http_api_parts import Part
from mraa_local.cfn.resources.model import ResourceType, anything_in

PART = Part("Stage", "stages", "StageName", lambda name, _: (name, {}))


def deploys_by_itself(props: dict[str, Any]) -> None:
    """Routes are served as soon as they exist."""
    if str(props.get("AutoDeploy")).lower() != "true":
        raise ValueError("The local cloud supports stages with AutoDeploy only.")


RESOURCE = ResourceType(
    "AWS::ApiGatewayV2::Stage",
    supported=anything_in("ApiId StageName AutoDeploy Description StageVariables Tags"),
    no_effect={
        "AccessLogSettings": "shown; no access logs are delivered",
        "DefaultRouteSettings": "shown; requests are not limited",
    },
    permissions=PART.permissions,
    checks=(deploys_by_itself,),
    create=PART.create,
    update=PART.update,
    delete=PART.delete,
    replaces_engine=True,
    create_only=("ApiId", "StageName"),
)
