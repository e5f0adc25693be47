"""Every verb, flag, setting, parameter, output, resource, error, exit code and event is on its page."""

import ast
import json
import re

import pytest

from app_state_updater.payload import STATES
from mraa import errors
from mraa.cli.main import VERBS
from mraa.documents import to_json
from mraa.events import Event, Progress
from mraa.settings import NAMES, flag, variable
from tests.documentation.reference import PAGES, command_line, events, exit_codes, http_apis, payloads, settings, state
from tests.documentation.reference.templates import TITLES, rendered
from tests.help_texts import leaves
from tests.local.deploying import CHECKOUT

COMMANDS = list(leaves())
SOURCES = [path for folder in ("mraa", "mraa_local") for path in (CHECKOUT / folder).rglob("*.py")]


def test_every_verb_and_every_flag_is_documented() -> None:
    assert {words[0] for words, _ in COMMANDS} == set(VERBS)
    sections = dict(re.findall(r"^#{2,3} mraa ([a-z -]+)\n(.*?)(?=^#{2,3} |\Z)", PAGES["command-line"](), re.M | re.S))
    for words, command in COMMANDS:
        section = sections[" ".join(words)]
        assert command.help and command.help.split("\n")[0].split(".")[0][:20] in section
        for name in command_line.flags(command):
            if name.removeprefix("--").replace("-", "_") not in command_line.SETTINGS:
                assert f"`{name}`" in section, f"mraa {' '.join(words)} {name}"
        assert f"mraa {' '.join(words)}" in section.split("```sh")[-1], "an example"


def test_the_flag_that_names_the_settings_file_is_documented_with_the_settings() -> None:
    assert "`--config`" in PAGES["settings"]()


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_documented_with_its_flag_and_its_variable(name: str) -> None:
    page = PAGES["settings"]()
    assert f"| `{flag(name)}` | `{variable(name)}` | `{name}` |" in page


def test_every_variable_that_the_tool_reads_is_documented() -> None:
    """A variable is a text of its own in the sources: the name alone."""
    texts = {
        node.value
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch("MRAA_[A-Z_]+", node.value)
    }
    assert texts - {variable(name) for name in NAMES} == set(settings.VARIABLES)


def test_every_exit_code_of_the_sources_is_documented() -> None:
    codes = {kind.exit_code for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "exit_code")}
    main = ast.parse((CHECKOUT / "mraa/cli/main.py").read_text(encoding="utf-8"))
    codes |= {
        int(node.args[0].value)
        for node in ast.walk(main)
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", "") == "exit"
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, int)
    }
    assert codes | {0} == set(exit_codes.MEANINGS)
    page = PAGES["exit-codes"]()
    assert all(f"| {code} | " in page for code in exit_codes.MEANINGS)


def test_every_parameter_output_and_resource_of_the_templates_is_documented() -> None:
    page = PAGES["templates"]()
    for file, template in rendered().items():
        for kind in ("Parameters", "Outputs", "Resources"):
            title = f"### {TITLES[file]}: {kind.lower()}\n"
            section = page.partition(title)[2].partition("\n#")[0]
            for name, of in template[kind].items():
                row = re.search(rf"^\| `{name}` \|.*$", section, re.M)
                assert row and of.get("Description", "") in row[0], f"{name} in {title}"


def test_every_operation_of_the_apis_is_documented_with_every_error() -> None:
    page = PAGES["http-apis"]()
    for template in rendered().values():
        for of in template["Resources"].values():
            for path, methods in of["Properties"].get("Body", {}).get("paths", {}).items():
                for method in methods:
                    assert f"| `{method.upper()}` | `{path}` |" in page
    names = set(re.findall(r'ApiError\(\d{3}, "(\w+)"', "".join(
        path.read_text(encoding="utf-8") for path in (CHECKOUT / "functions/photos_api").glob("*.py")
    )))  # fmt: skip
    assert len(names) > 10
    assert {name for _, name, _ in http_apis.errors_of()} == names
    assert all(f"`{name}`" in page for name in names)


def test_every_field_that_the_state_function_reads_is_documented() -> None:
    assert payloads.fields_read() == set(payloads.FIELDS)
    page = PAGES["payloads"]()
    custom = [name for of in rendered().values() for name, of in of["Resources"].items() if "Custom::" in of["Type"]]
    assert all(f"| `{name}` |" in page for name in custom)


def test_the_example_of_a_payload_is_one_that_the_function_accepts() -> None:
    [example] = re.findall(r"```json\n(.*?)```", PAGES["payloads"](), re.S)
    from app_state_updater.payload import parse

    assert parse(json.loads(example)).new_state == "fenced"


def test_every_change_of_state_is_in_the_table() -> None:
    page = PAGES["state"]()
    for old in STATES:
        for new in STATES:
            assert f"| `{old}` | `{new}` |" in page
    assert state.outcome("active", "failover", "primary", own="primary") == "`TransitionRefused`"
    assert state.outcome("active", "failover", "primary", own="secondary", is_forced=True) == "epoch +1"


def test_every_event_and_every_key_of_it_is_documented() -> None:
    page = PAGES["events"]()
    assert set(to_json(Event(Progress.DONE, ""))) == set(events.FIELDS)
    assert all(f"| `{name}` |" in page for name in events.FIELDS)
    assert set(Progress) == set(events.PROGRESS)
    assert all(f"`{of.value}`" in page for of in Progress)
    [pattern, detail] = [json.loads(found) for found in re.findall(r"```json\n(.*?)```", page, re.S)]
    assert pattern["detail-type"] == ["Application State Changed"]
    assert set(detail) == set(events.DETAIL)
