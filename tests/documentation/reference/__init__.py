"""The reference: each page is written from what it describes, at every build, so that it cannot differ."""

from collections.abc import Callable, Mapping

from tests.documentation.reference import (
    command_line,
    events,
    exit_codes,
    http_apis,
    payloads,
    settings,
    state,
    templates,
)

# name of the page in reference/ -> what writes it
PAGES: Mapping[str, Callable[[], str]] = {
    "command-line": command_line.page,
    "settings": settings.page,
    "exit-codes": exit_codes.page,
    "templates": templates.page,
    "http-apis": http_apis.page,
    "state": state.page,
    "payloads": payloads.page,
    "events": events.page,
}
