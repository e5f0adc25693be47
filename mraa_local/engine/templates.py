"""Templates: parsing, parameters, conditions, and documents that are given by URL.

Raises ValueError, which is CloudFormation's validation error, for what is wrong in a template.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import ministack.services.cloudformation.engine as engine
from ministack.services.cloudformation import handlers, helpers

from mraa_local.engine.check import rebind
from mraa_local.engine.scope import Answer

Template = dict[str, Any]
URL_MAX_BYTES = int(helpers.TEMPLATE_URL_MAX_BYTES)
STACK_NAME: re.Pattern[str] = helpers.STACK_NAME_RE
STACK_NAME_MAX_CHARS = int(helpers.STACK_NAME_MAX_CHARS)


def parse(body: str) -> Template:
    """The template in JSON or YAML text."""
    template: Template = engine._parse_template(body)
    return template


def resolve(node: Any, params: dict[str, Any], mappings: dict[str, Any]) -> Any:
    """The value of a node that refers to parameters, mappings and pseudo parameters only."""
    return engine._resolve_refs(node, {}, params, {}, mappings, "", "")


def resolve_in_stack(
    node: Any,
    resources: dict[str, Any],
    params: dict[str, Any],
    conditions: dict[str, bool],
    mappings: dict[str, Any],
    stack_name: str,
    stack_id: str,
) -> Any:
    """The value of a node in a stack with these resources; ValueError for what cannot be resolved."""
    return engine._resolve_refs(node, resources, params, conditions, mappings, stack_name, stack_id)


def is_no_value(value: Any) -> bool:
    """Whether a value is what ``AWS::NoValue`` gives: the property is as good as not written."""
    return value is engine._NO_VALUE


def references(node: Any) -> Iterator[str]:
    """What Ref, Fn::GetAtt and Fn::Sub in a node refer to: ``Name`` or ``Name.Attribute``."""
    for name, attribute in engine._intrinsic_references(node):
        yield name if attribute is None else f"{name}.{attribute}"


def evaluate_conditions_by(evaluate: Callable[[Template, dict[str, Any]], dict[str, bool]]) -> None:
    """Let ``evaluate(template, parameters)`` say which conditions are true, in the engine's place."""
    rebind(engine._evaluate_conditions, evaluate)


def before_parameters(check: Callable[[Template, list[dict[str, Any]], dict[str, Any]], None]) -> None:
    """Have ``check(template, parameters given, the stack's)`` see parameters before they are resolved."""
    original = engine._resolve_parameters

    def resolved(template: Template, provided: list[dict[str, Any]], previous: Any = None) -> Any:
        check(template, provided, previous or {})
        return original(template, provided, previous)

    rebind(original, resolved)


def check_order(template: Template, conditions: dict[str, bool]) -> None:
    """Raise ValueError if resources depend on each other in a circle; its text ends with ``: `` and their names."""
    engine._topological_sort(template.get("Resources", {}), conditions)


def before_support_check(check: Callable[[Template, dict[str, bool]], None]) -> None:
    """Have ``check(template, conditions)`` see a template before the engine looks at its resource types."""
    original = engine.validate_template_support

    def validate(template: Template, conditions: dict[str, bool], params: Any = None) -> None:
        if not isinstance(template, engine._TransformFailed):
            check(template, conditions)
        original(template, conditions, params=params)

    rebind(original, validate)


def check_parameters(template: Template, values: dict[str, str]) -> None:
    """Raise ValueError unless the template takes these values and needs no others."""
    engine._resolve_parameters(
        template, [{"Key": key, "Value": value, "UsePreviousValue": False} for key, value in values.items()]
    )


def missing_capabilities(template: Template, capabilities: list[str]) -> Answer | None:
    """The refusal of a template that needs more capabilities than these; None if it does not."""
    refused: Answer | None = handlers._check_capabilities(template, template, {"Capabilities": capabilities})
    return refused


def read_body(params: dict[str, list[str]]) -> tuple[str | None, Answer | None]:
    """The template that ``TemplateBody`` or ``TemplateURL`` gives, or the refusal."""
    found: tuple[str | None, Answer | None] = helpers._resolve_template(params)
    return found


def fetch_documents_by(fetch: Callable[[str, str, bool], str]) -> None:
    """Let ``fetch(url, name of the parameter, is a template)`` read documents given by URL, or raise ValueError."""
    inline = helpers._resolve_document

    def resolved(params: dict[str, Any], body_key: str, url_key: str, label: str) -> tuple[str | None, Any]:
        url = helpers._p(params, url_key)
        if helpers._p(params, body_key) or not url:
            found: tuple[str | None, Any] = inline(params, body_key, url_key, label)
            return found
        try:
            return fetch(url, url_key, body_key == "TemplateBody"), None
        except ValueError as error:
            return None, helpers._error("ValidationError", str(error))

    helpers._resolve_document = resolved


def lift_size_limit(is_lifted: Callable[[], bool]) -> None:
    """Take a template of any size in a request while ``is_lifted``."""
    original = helpers._template_body_problem

    def template_body_problem(body: str) -> str | None:
        problem: str | None = original(body)
        return None if is_lifted() else problem

    helpers._template_body_problem = template_body_problem
