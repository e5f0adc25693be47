"""The tables of resource types in docs/local-cloud.md, from the files of this folder.

``python -m mraa_local.cfn.resources.table`` (`make docs`) writes them between the page's two marks.
"""

from collections.abc import Mapping
from pathlib import Path
from types import EllipsisType
from typing import Any

from mraa_local.cfn.resources.registry import all_types

BEGIN = "<!-- resource types: written by `make docs` -->"
END = "<!-- end of resource types -->"


def render() -> str:
    """What is supported, and what has no effect and why."""
    supported = ["| type | supported properties |", "|---|---|"]
    no_effect = ["| type | property without effect | why |", "|---|---|---|"]
    for of in all_types().values():
        supported.append(f"| `{of.name}` | {_names(of.supported)} |")
        no_effect += [f"| `{of.name}` | `{path}` | {why} |" for path, why in of.no_effect.items()]
    return "\n".join([BEGIN, "", *supported, "", *no_effect, "", END])


def replaced(page: str) -> str:
    """The page with its tables generated anew."""
    before, _, rest = page.partition(BEGIN)
    return before + render() + rest.partition(END)[2]


def _names(shape: Mapping[str, Any] | EllipsisType) -> str:
    """The properties by name; in parentheses the supported ones of a nested object."""
    if isinstance(shape, EllipsisType):
        return "any"
    within = {name: f" ({_names(part)})" if isinstance(part, Mapping) else "" for name, part in shape.items()}
    return ", ".join(name + names for name, names in sorted(within.items())) or "none"


if __name__ == "__main__":
    page = Path("docs/local-cloud.md")
    page.write_text(replaced(page.read_text(encoding="utf-8")), encoding="utf-8")
