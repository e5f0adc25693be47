"""The three templates' parameters, outputs and resources, from what is rendered."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from mraa import names
from mraa.templates import placeholder_release, render
from tests.documentation.reference.markdown import code, codes, document, table

TITLES = {
    names.MAIN_TEMPLATE: "Main template",
    names.REGIONAL_TEMPLATE: "Regional template",
    names.DEMO_UI_TEMPLATE: "Sample web app template",
}
_LAUNCHED = {
    names.MAIN_TEMPLATE: "Launched once, in the primary Region, by `mraa deploy`, the AWS CLI or the console.",
    names.REGIONAL_TEMPLATE: (
        "Launched by the main stack's stack set, in each Region; nobody gives its parameters by hand."
    ),
    names.DEMO_UI_TEMPLATE: "Launched once, in the primary Region, by `mraa webapp deploy`, the AWS CLI or console.",
}
_ABOUT = """# Templates

Parameters, outputs and resources of the three CloudFormation templates, as they are rendered. The repository's folder
`templates/` has them whole. A resource with a condition exists only where that holds; one that is kept outlives
its stack.
"""


@cache
def rendered() -> Mapping[str, Mapping[str, Any]]:
    """File name -> template."""
    texts = render(placeholder_release())
    return {name: json.loads(texts[name]) for name in TITLES}


def page() -> str:
    """The whole page."""
    return document(_ABOUT, *(_section(name, template) for name, template in rendered().items()))


def _section(name: str, template: Mapping[str, Any]) -> str:
    title = TITLES[name]
    parameters = table(
        ["parameter", "default", "accepts", "what it is"],
        (
            [code(key), _default(of), _accepts(of), of.get("Description", "")]
            for key, of in template["Parameters"].items()
        ),
    )
    outputs = table(
        ["output", "exported as", "what it is"],
        ([code(key), _export(of), of["Description"]] for key, of in template["Outputs"].items()),
    )
    resources = table(
        ["resource", "type", "condition", "kept"],
        (
            [code(key), code(of["Type"]), code(of.get("Condition", "")), _kept(of)]
            for key, of in template["Resources"].items()
        ),
    )
    parts = {"parameters": parameters, "outputs": outputs, "resources": resources}
    tables = [text for kind, rows in parts.items() for text in (f"### {title}: {kind}", rows)]
    return document(f"## {title}", f"`{name}`. {_LAUNCHED[name]}", *tables)


def _default(parameter: Mapping[str, Any]) -> str:
    if "Default" not in parameter:
        return "required"
    return code(str(parameter["Default"])) or "empty"


def _accepts(parameter: Mapping[str, Any]) -> str:
    return codes(parameter.get("AllowedValues", ())) or parameter.get("ConstraintDescription", "").removeprefix(
        "must be "
    )


def _export(output: Mapping[str, Any]) -> str:
    name = output.get("Export", {}).get("Name", {})
    return code(name.get("Fn::Sub", "") if isinstance(name, Mapping) else name)


def _kept(resource: Mapping[str, Any]) -> str:
    policy = resource.get("DeletionPolicy", "Delete")
    return code(policy) if policy.startswith("Retain") else ""
