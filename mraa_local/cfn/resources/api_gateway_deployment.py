"""``AWS::ApiGateway::Deployment``: a snapshot of the API (see ``api_gateway.deployments``)."""

from mraa_local.cfn.resources.model import ResourceType, anything_in, part_of_api

RESOURCE = ResourceType(
    "AWS::ApiGateway::Deployment",
    supported=anything_in("Description RestApiId StageName StageDescription"),
    permissions=part_of_api("deployments"),
)
