"""The APIs that ``mraa.toml`` describes."""

from collections.abc import Mapping
from pathlib import Path

from mraa.application_settings import read_applications
from mraa.applications.api import OwnApi
from mraa.applications.description import read_description
from mraa.errors import UsageError


def read_apis(file: Path, environment: Mapping[str, str]) -> tuple[dict[str, OwnApi], dict[str, UsageError]]:
    """The APIs of a ``mraa.toml`` by application, and what is wrong with the descriptions of others.

    Applications without a description are in neither. UsageError if the file's tables cannot be read at all.
    """
    apis: dict[str, OwnApi] = {}
    problems: dict[str, UsageError] = {}
    for name, application in sorted(read_applications(file).items()):
        if not application.drill:
            continue
        try:
            apis[name] = OwnApi(name, read_description(name, application.drill, environment))
        except UsageError as error:
            problems[name] = error
    return apis, problems
