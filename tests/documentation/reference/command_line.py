"""Every verb with its arguments, flags, defaults and examples, from click's own commands."""

import re
from collections.abc import Iterator, Sequence

import click

from mraa.cli.main import VERBS
from mraa.settings import NAMES
from tests.documentation.reference.markdown import code, document, table
from tests.help_texts import leaves

# of every verb that works on a deployment, with the file that they come from
SETTINGS = (*NAMES, "config")
_ABOUT = """# Command line

Every verb of `mraa`, as `mraa VERB --help` describes it. All of them end with one of the [exit codes](exit-codes.md).
The [settings](settings.md) are flags of every verb that works on a deployment, and mean the same on each: their
table is not repeated below. `--json` and `--profile` may be given before the verb as well.
"""


def page() -> str:
    """The whole page."""
    verbs = table(["verb", "does"], ([f"[`mraa {verb}`](#mraa-{verb})", text] for verb, (_, text) in VERBS.items()))
    parts = [_ABOUT, verbs]
    first = ""
    for words, command in leaves():
        if len(words) > 1 and words[0] != first:
            parts.append(f"## mraa {words[0]}")
        parts.append(_section(words, command))
        first = words[0]
    return document(*parts)


def _section(words: Sequence[str], command: click.Command) -> str:
    context = click.Context(command, info_name=f"mraa {' '.join(words)}")
    usage = command.get_usage(context).removeprefix("Usage: ")
    parts = [
        f"{'#' * min(len(words) + 1, 3)} mraa {' '.join(words)}",
        f"```text\n{' '.join(usage.split())}\n```",
        *_prose(command.help or ""),
    ]
    options = [
        _row(option) for option in command.params if isinstance(option, click.Option) and not _is_setting(option)
    ]
    if options:
        parts.append(table(["flag", "value", "default", "does"], options))
    if any(isinstance(option, click.Option) and _is_setting(option) for option in command.params):
        parts.append("Takes the [settings](settings.md).")
    return document(*parts)


def _prose(text: str) -> Iterator[str]:
    """Paragraphs, and what click is told not to wrap as a block."""
    paragraphs = re.split(r"\n\s*\n", text.strip())
    for paragraph in paragraphs:
        lines = paragraph.split("\n")
        if lines[0].strip() == "\b":
            # aligned below the word "Example:"
            shown = "\n".join(line.strip().removeprefix("Example:").strip() for line in lines[1:])
            yield f"```sh\n{shown}\n```"
        else:
            yield " ".join(paragraph.split())


def _row(option: click.Option) -> list[str]:
    names = ", ".join(code(name) for name in (*option.opts, *option.secondary_opts))
    takes = "" if option.is_flag else code(option.make_metavar(click.Context(click.Command("none"))))
    # click's own default, or the one that the help tells of because it is not click's
    text, _, told = (option.help or "").removesuffix("]").partition("  [default: ")
    default = code(str(option.default)) if option.show_default and not option.is_flag else told
    return [names, takes, default, text]


def _is_setting(option: click.Option) -> bool:
    return option.name in SETTINGS


def flags(command: click.Command) -> list[str]:
    """Every flag of a command, as it is typed."""
    return [name for option in command.params if isinstance(option, click.Option) for name in option.opts]
