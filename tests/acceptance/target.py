"""Where the suite runs: Regions, names, and who acts. Written by the launcher, read by the tests."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.acceptance.limits import AWS, LOCAL, Limits

VARIABLE = "MRAA_ACCEPTANCE"
TAG = "mraa:acceptance"

ADMINISTRATOR, DEPLOYER, OPERATOR, ASSUMED = "administrator", "deployer", "operator", "assumed role"
OPT_IN_REGION = "ap-east-1"  # of the local cloud; an account uses one only if it was named


@dataclass(frozen=True)
class Target:
    """A place to deploy to. ``profiles``: by person, of the configuration that ``environment`` names."""

    label: str
    is_local: bool
    regions: tuple[str, str]
    stack: str
    bucket_prefix: str
    folder: str
    profiles: dict[str, str]
    environment: dict[str, str]
    has_web_app: bool = True
    logging_regions: tuple[str, ...] = ()
    """Where API Gateway of the account had a logging role before anything was created."""
    runs_hour: bool = False

    @property
    def limits(self) -> Limits:
        """How long things may take here."""
        return LOCAL if self.is_local else AWS

    @property
    def primary(self) -> str:
        """The Region that is writable at first."""
        return self.regions[0]

    @property
    def secondary(self) -> str:
        """The Region to fail over to."""
        return self.regions[1]

    @property
    def path(self) -> Path:
        """The folder with sources, settings and release."""
        return Path(self.folder)

    def save(self) -> Path:
        """Write it for the tests; the file's path."""
        file = self.path / "target.json"
        file.write_text(json.dumps(asdict(self)), encoding="utf-8")
        return file


def load() -> Target:
    """The target that the launcher wrote."""
    values = json.loads(Path(os.environ[VARIABLE]).read_text(encoding="utf-8"))
    return Target(
        **{**values, "regions": tuple(values["regions"]), "logging_regions": tuple(values["logging_regions"])}
    )
