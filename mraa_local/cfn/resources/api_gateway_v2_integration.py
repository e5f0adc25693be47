"""``AWS::ApiGatewayV2::Integration`` with a function."""

from mraa_local.cfn.resources.http_api_parts import Part
from mraa_local.cfn.resources.model import ResourceType, anything_in

PART = Part("Integration", "integrations", "IntegrationId", lambda part_id, _: (part_id, {"IntegrationId": part_id}))

RESOURCE = ResourceType(
    "AWS::ApiGatewayV2::Integration",
    supported=anything_in("ApiId IntegrationType IntegrationUri IntegrationMethod PayloadFormatVersion Description"),
    no_effect={"TimeoutInMillis": "shown; a function's own time-out ends it"},
    permissions=PART.permissions,
    create=PART.create,
    update=PART.update,
    delete=PART.delete,
    replaces_engine=True,
    create_only=("ApiId",),
)
