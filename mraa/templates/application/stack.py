"""The template that is launched for an application: its global template, nested, and the stack set of its Regions."""

from typing import Any

from troposphere import GetAtt, ImportValue, Join, Output, Parameter, Ref, Split, Sub, Template, cloudformation

from mraa import names
from mraa.templates.application import execution_role
from mraa.templates.application.instance import instance_parameters
from mraa.templates.application.models import CAPABILITIES, ROLE_PATH, ROUTING_URLS, TABLE_NAMES, Application
from mraa.templates.backbone.stack_set import add_stack_set, add_stack_set_roles, release_url
from mraa.templates.parts import REMOVED, Substitution, stack_token
from mraa.templates.release import Release

# by these the tool knows the stack again
SOLUTION_STACK_NAME = "SolutionStackName"
APPLICATION_NAME = "ApplicationName"

_GLOBAL = "Global"


def build(application: Application, release: Release, instance_file: str) -> Template:
    """The application's stack; ``instance_file`` is the template of its stack instances among the release's files.

    It imports the main stack's export, so that CloudFormation keeps the main stack while this one exists.
    """
    template = Template(Description=f"Application {application.name} on a Multi-Region Application Architecture")
    template.set_version("2010-09-09")
    app_id = ImportValue(Sub(f"${{{SOLUTION_STACK_NAME}}}-SampleApplicationAppId"))
    sub = Substitution(Token=stack_token(), MainToken=Join("", Split("-", app_id)))
    needed = instance_parameters(application)
    wanted = application.global_.parameters if application.global_ else frozenset()
    _add_parameters(template, application, needed, wanted)
    roles = add_stack_set_roles(
        template,
        sub,
        execution_role.boundary(application),
        lambda bound: execution_role.granted(sub, application, release, bound),
    )
    offered = _offered(sub, app_id)
    if application.global_:
        given = {name: offered[name] for name in offered if name in wanted}
        template.add_resource(
            cloudformation.Stack(
                _GLOBAL,
                TemplateURL=sub(release_url(release, application.global_.file_name)),
                DependsOn=list(roles.policies),
                **REMOVED,
                **({"Parameters": given} if given else {}),
            )
        )
        for name in application.global_.outputs:
            template.add_output(Output(name, Value=GetAtt(_GLOBAL, f"Outputs.{name}")))
    of_global = _of_global(application)
    values = {
        **{name: offered.get(name, Ref(name)) for name in needed},
        ROLE_PATH: sub(names.bounded_role_path(names.TOKEN)),
        names.BOUNDARY: Ref(roles.boundary) if roles.boundary else "",
        **of_global,
    }
    add_stack_set(
        template,
        sub,
        release,
        instance_file,
        roles,
        {name: values[name] for name in needed},
        capabilities=CAPABILITIES,
        # what refers to it depends on it
        depends_on=[_GLOBAL] if application.global_ and not of_global.keys() & set(needed) else [],
    )
    return template


def _add_parameters(template: Template, application: Application, needed: list[str], wanted: frozenset[str]) -> None:
    urls = {
        ROUTING_URLS[0]: "Where the routing layer of the primary Region answers.",
        ROUTING_URLS[1]: "Where the routing layer of the secondary Region answers.",
    }
    texts = {SOLUTION_STACK_NAME: "Name of the main stack.", "SecondaryRegion": "Region to fail over to."}
    if names.FENCES in {*needed, *wanted}:
        texts[names.FENCES] = "Number of the main stack's fence items."
    used = {*needed, *([ROUTING_URLS[0]] if "RoutingLayerUrl" in wanted else [])}
    texts |= {name: text for name, text in urls.items() if name in used}
    for name, text in texts.items():
        template.add_parameter(Parameter(name, Type="String", Description=text))
    template.add_parameter(
        Parameter(
            APPLICATION_NAME,
            Type="String",
            Description="Name of the application in mraa.toml.",
            AllowedValues=[application.name],
            Default=application.name,
        )
    )
    # nothing refers to the name: the tool reads it from the stack; and the schemas know actions before IAM's list does
    template.set_metadata({"cfn-lint": {"config": {"ignore_checks": ["W2001", "W3037"]}}})


def _offered(sub: Substitution, app_id: Any) -> dict[str, Any]:
    """What the global template, in the primary Region, gets of what it declares."""
    return {
        "AppId": app_id,
        "Region": Ref("AWS::Region"),
        "Role": "primary",
        "PrimaryRegion": Ref("AWS::Region"),
        "SecondaryRegion": Ref("SecondaryRegion"),
        "PeerRegion": Ref("SecondaryRegion"),
        "AppConfigTableName": sub(names.app_config("${MainToken}")),
        "KeyValueStoreTableName": sub(names.key_value_store("${MainToken}")),
        "ObjectStoreBucketName": sub(names.object_store("${MainToken}", names.REGION)),
        "RoutingLayerUrl": Ref(ROUTING_URLS[0]),
        names.FENCES: Ref(names.FENCES),
    }


def _of_global(application: Application) -> dict[str, Any]:
    if not application.global_:
        return {}
    tables = [GetAtt(_GLOBAL, f"Outputs.{name}") for name in application.global_.stores]
    return {
        TABLE_NAMES: Join('","', tables),
        **{name: GetAtt(_GLOBAL, f"Outputs.{name}") for name in application.global_.outputs},
    }
