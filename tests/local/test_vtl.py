"""Mapping templates, without a cloud: rendering is pure."""

import json
from typing import Any

import pytest

from mraa_local.api_gateway import vtl
from mraa_local.engine import velocity

NASTY = 'it\'s "quoted" \\ back\nnew line\ttab é 😀 </x> \u2028 \x01'


def rendered(template: str, document: Any = None, **context: Any) -> str:
    source = vtl.Input(
        json.dumps(document) if document is not None else "",
        {"path": {"id": "from-path"}, "querystring": {"id": "from-query", "q": "1"}, "header": {"x-own": "h"}},
    )
    return vtl.render(template, source, {"responseOverride": {"header": {}}, **context}, {"color": "blue"})


def test_escaped_text_with_the_quote_fixed_is_the_same_text_in_json() -> None:
    template = """{"a": "$util.escapeJavaScript($input.path('$.a')).replaceAll("\\\\'","'")"}"""
    assert json.loads(rendered(template, {"a": NASTY})) == {"a": NASTY}


def test_escaped_text_without_the_fix_is_not_json_as_on_aws() -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(rendered("""{"a": "$util.escapeJavaScript($input.path('$.a'))"}""", {"a": "it's"}))


def test_parameters_come_from_path_before_query_string_before_header() -> None:
    assert rendered("$input.params('id') $input.params('q') $input.params('X-Own') [$input.params('none')]") == (
        "from-path 1 h []"
    )
    assert rendered("$input.params().querystring.id $input.params().path.get('id')") == "from-query from-path"


def test_a_missing_json_path_is_empty_text() -> None:
    assert rendered("[$input.path('$.a.b[3]')] $input.json('$.a')", {"x": 1}) == '[] ""'


def test_json_paths_reach_into_objects_and_lists() -> None:
    document = {"a": [{"b-c": "found"}]}
    assert rendered("$input.path('$.a[0].b-c') $input.json(\"$['a']\")", document) == 'found [{"b-c":"found"}]'


def test_an_unsupported_json_path_fails() -> None:
    with pytest.raises(velocity.TemplateFailedError, match=r"\$\.\.a"):
        rendered("$input.path('$..a')", {"a": 1})


def test_java_methods_of_strings_lists_and_maps_work() -> None:
    document = {"s": "Text", "l": [1, 2], "m": {"k": "v"}, "none": {}}
    template = """#set($d = $input.path('$'))$d.s.toUpperCase() $d.s.length() $d.s.substring(1,3) $d.s.isEmpty()\
 $d.l.size() $d.m.containsKey('k') $d.none.isEmpty() $d.m #foreach($e in $d.m.entrySet())$e.key=$e.getValue()#end"""
    assert rendered(template, document) == "TEXT 4 ex false 2 true true {k=v} k=v"


def test_an_unsupported_method_fails_and_is_named() -> None:
    with pytest.raises(velocity.TemplateFailedError, match=r"codePointAt\(\) of str"):
        rendered("$input.params('id').codePointAt(0)")


def test_replacements_are_javas() -> None:
    assert rendered("""$input.params('id').replaceAll("(f)rom", '$1-\\$')""") == "f-$-path"


def test_a_template_that_is_not_velocity_fails_when_checked() -> None:
    with pytest.raises(velocity.TemplateFailedError):
        velocity.check("#if($x) never closed")


def test_a_body_that_is_not_json_fails_when_asked_for_a_part_of_it() -> None:
    source = vtl.Input("not json", {"path": {}, "querystring": {}, "header": {}})
    assert vtl.render("$input.body", source, {}, {}) == "not json"
    with pytest.raises(vtl.BodyNotJsonError):
        vtl.render("$input.json('$')", source, {}, {})


def test_a_template_can_override_the_status() -> None:
    context: dict[str, Any] = {"responseOverride": {"header": {}}}
    source = vtl.Input("", {"path": {}, "querystring": {}, "header": {}})
    vtl.render("#set($context.responseOverride.status = 404)", source, context, {})
    assert context["responseOverride"]["status"] == 404


def test_context_stage_variables_and_utilities_are_available() -> None:
    template = (
        "$context.requestId $stageVariables.color $util.urlEncode('a b/c') $util.base64Decode($util.base64Encode('é'))"
    )
    assert rendered(template, requestId="r-1") == "r-1 blue a+b%2Fc é"
    assert rendered("""$util.parseJson('{"a":[1]}').a[0] $util.urlDecode('a+b')""") == "1 a b"
