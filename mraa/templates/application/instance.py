"""The template of an application's stack instance: the regional template, nested, and what recovery must know of it."""

import json
from typing import Any

from troposphere import Equals, If, Join, Parameter, Ref, Split, Template, cloudformation, ssm

from mraa import names
from mraa.templates.application.models import OFFERED, ROLE_PATH, ROUTING_URLS, TABLE_NAMES, Application
from mraa.templates.backbone.stack_set import release_url
from mraa.templates.parts import IS_PRIMARY, REMOVED, Substitution
from mraa.templates.release import Release

VERSION = 1

_DESCRIPTIONS = {
    "AppId": "Id of the application: the GUID in the main stack's id.",
    "PrimaryRegion": "Region that is writable in the state active.",
    "SecondaryRegion": "Region to fail over to.",
    names.FENCES: "Number of fence items.",
    ROUTING_URLS[0]: "Where the routing layer of the primary Region answers.",
    ROUTING_URLS[1]: "Where the routing layer of the secondary Region answers.",
    ROLE_PATH: "Path of every role made here.",
    names.BOUNDARY: "ARN of the permissions boundary of every role made here.",
    TABLE_NAMES: "The application's global tables, as the inside of a JSON array of texts.",
}


def build(application: Application, release: Release) -> Template:
    """The template of an application's stack instances."""
    template = Template(Description=f"Application {application.name}: the resources of one Region")
    template.set_version("2010-09-09")
    sub = Substitution(Token=Join("", Split("-", Ref("AppId"))))
    for name in instance_parameters(application):
        description = _DESCRIPTIONS.get(name, f"Output {name} of the global template.")
        template.add_parameter(Parameter(name, Type="String", Description=description))
    offered = _offered(sub)
    parameters = {name: offered.get(name, Ref(name)) for name in _wanted(application)}
    if any(name in _BY_ROLE for name in parameters):
        template.add_condition(IS_PRIMARY, Equals(Ref("AWS::Region"), Ref("PrimaryRegion")))
    template.add_resource(
        cloudformation.Stack(
            "Regional",
            TemplateURL=sub(release_url(release, application.regional.file_name)),
            **({"Parameters": parameters} if parameters else {}),
            **REMOVED,
        )
    )
    template.add_resource(
        ssm.Parameter(
            "Facts",
            Name=sub(names.application_parameter(names.TOKEN, application.name)),
            Type="String",
            Tier="Intelligent-Tiering",  # more than 4,096 characters fit in an advanced parameter only
            Description=f"What recovery needs to know of application {application.name} in this Region.",
            Value=sub(_facts(application)),
        )
    )
    return template


def instance_parameters(application: Application) -> list[str]:
    """What the stack set gives its instances: only what they use, or each change of it would update them."""
    wanted = set(_wanted(application))
    needed = {name for value, of in _NEEDED.items() if value in wanted for name in of}
    tables = {TABLE_NAMES} if application.global_ and application.global_.stores else set()
    return sorted({"AppId", *needed, *tables, *(wanted - set(OFFERED)), *(wanted & set(_DESCRIPTIONS))})


def _wanted(application: Application) -> list[str]:
    """The parameters that the regional template declares and gets, in order."""
    outputs = application.global_.outputs if application.global_ else ()
    bounded = (ROLE_PATH, names.BOUNDARY) if application.permissions else ()
    return [name for name in (*OFFERED, *bounded, *outputs) if name in application.regional.parameters]


# what is computed here -> the instance's parameters that it is computed from
_NEEDED: dict[str, tuple[str, ...]] = {
    "Role": ("PrimaryRegion",),
    "PeerRegion": ("PrimaryRegion", "SecondaryRegion"),
    "RoutingLayerUrl": ("PrimaryRegion", *ROUTING_URLS),
}
_BY_ROLE = _NEEDED.keys()


def _offered(sub: Substitution) -> dict[str, Any]:
    """What is not a parameter of the instance by the same name."""
    return {
        "Region": Ref("AWS::Region"),
        "Role": If(IS_PRIMARY, "primary", "secondary"),
        "PeerRegion": If(IS_PRIMARY, Ref("SecondaryRegion"), Ref("PrimaryRegion")),
        "AppConfigTableName": sub(names.app_config(names.TOKEN)),
        "KeyValueStoreTableName": sub(names.key_value_store(names.TOKEN)),
        "ObjectStoreBucketName": sub(names.object_store(names.TOKEN, names.REGION)),
        "RoutingLayerUrl": If(IS_PRIMARY, *map(Ref, ROUTING_URLS)),
    }


def _facts(application: Application) -> str:
    """JSON for ``Fn::Sub``."""
    regional, tables = application.regional, application.global_.stores if application.global_ else ()
    content: dict[str, Any] = {
        "version": VERSION,
        "name": application.name,
        "stack": "${Regional}",
        "outputs": {name: f"${{Regional.Outputs.{name}}}" for name in regional.outputs},
        "tables": [f"${{{TABLE_NAMES}}}"] if tables else [],
        "buckets": [f"${{Regional.Outputs.{name}}}" for name in regional.stores],
    }
    return json.dumps(content)
