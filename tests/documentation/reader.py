"""Somebody who follows pages, with a checkout and a terminal, and in which order pages can be followed."""

import os
import shutil
import sys
from pathlib import Path

from tests.documentation.commands import script, type_in
from tests.local.deploying import CHECKOUT, copy_sources

TUTORIALS = ("docs/tutorial.md", "docs/tutorial-own-application.md")
DEPLOY, FAILOVER, DESTROY = (f"docs/how-to/{name}.md" for name in ("deploy", "failover", "destroy"))
# page -> what there must be before somebody follows it, and what there is afterwards
PAGES = {
    DEPLOY: ("nothing", "deployed"),
    "README.md": ("deployed", "deployed"),
    "docs/how-to/update.md": ("deployed", "deployed"),
    "docs/how-to/own-back-end.md": ("deployed", "deployed"),
    "docs/how-to/troubleshooting.md": ("deployed", "deployed"),
    "docs/how-to/drill.md": ("deployed", "deployed"),
    FAILOVER: ("deployed", "failed over"),
    "docs/how-to/failback.md": ("failed over", "deployed"),
    DESTROY: ("deployed", "nothing"),
    "docs/how-to/custom-build.md": ("nothing", "deployed"),
}
# how to get from one to the other
WAYS = {
    ("nothing", "deployed"): DEPLOY,
    ("deployed", "failed over"): FAILOVER,
    ("failed over", "deployed"): "docs/how-to/failback.md",
    ("deployed", "nothing"): DESTROY,
}
LIMIT_S = 900


class Reader:
    """Somebody with a checkout and a terminal, who follows pages."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        copy_sources(folder)
        shutil.copytree(CHECKOUT / "examples", folder / "examples")
        (folder / ".venv").symlink_to(sys.prefix)  # as `make install` leaves it
        (folder / "deployment").mkdir()
        shutil.copy(CHECKOUT / "deployment/build-s3-dist.sh", folder / "deployment")
        self.folder = folder
        self.environment = environment
        self.found = "nothing"

    def follow(self, page: str) -> None:
        """Type a page's commands. Fails the test at the first that does not end as the page says."""
        before, after = PAGES.get(page, ("nothing", "nothing"))
        self.bring(before)
        commands = script((CHECKOUT / page).read_text(encoding="utf-8"))
        exit_code, shown = type_in(commands, self.folder, self.environment, LIMIT_S)
        assert exit_code == 0, f"{page}: exit {exit_code}\n{shown[-4000:]}"
        assert "Traceback" not in shown, shown
        self.found = after

    def bring(self, wanted: str) -> None:
        """To where a page begins, by the other pages."""
        while self.found != wanted:
            step = wanted if (self.found, wanted) in WAYS else "deployed"
            self.follow(WAYS[self.found, step])


def shell(home: Path, **more: str) -> dict[str, str]:
    """The variables of a person's shell, none of the developer's settings among them."""
    return {
        **{name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ},
        "PATH": os.pathsep.join([str(home / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(CHECKOUT),
        "TERM": "xterm",
        "COLUMNS": "160",
        "MRAA_HOME": str(home),
        "AWS_CONFIG_FILE": str(home / "no-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / "no-credentials"),
        **more,
    }
