"""The exit codes, and which of the tool's errors ends with which."""

import inspect

from mraa import errors
from tests.documentation.reference.markdown import code, document, table

MEANINGS = {
    0: "Done, or nothing to do.",
    1: "It failed. What was changed is said; the same command again resumes.",
    2: "Nothing was changed: usage, settings, credentials, or no `--yes` off a terminal.",
    3: "The command worked, and the answer is no: drifted, not ready for failover, or the Regions differ.",
    130: "Interrupted by Ctrl-C. The same command again resumes.",
}

_ABOUT = """# Exit codes

Every verb of `mraa` ends with one of these, with or without `--json`, and with one line on standard error unless it
is 0. [Messages](../messages.md) lists the lines; [Output for programs](../json.md) has the same as an object.
"""


def page() -> str:
    """The whole page."""
    kinds = [
        [code(name), str(kind.exit_code), (inspect.getdoc(kind) or "").split("\n")[0]]
        for name, kind in vars(errors).items()
        if inspect.isclass(kind) and issubclass(kind, errors.MraaError)
    ]
    means = table(["exit code", "means"], ([str(number), text] for number, text in MEANINGS.items()))
    by_error = table(["error", "exit code", "raised when"], kinds)
    return document(_ABOUT, means, "## By error", by_error)
