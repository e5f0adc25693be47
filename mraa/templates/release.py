"""A release as the templates see it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Release:
    """What the templates must know about a release: its location and its files' names.

    Code is fetched from bucket ``<bucket_prefix>-<region>`` under ``<solution_name>/<version>/``.
    ``functions`` maps a folder of ``functions/`` to its zip's name (``app-state-updater-<sha256[:12]>.zip``);
    ``console_hash`` is sha256[:12] of ``console-manifest.json``.
    """

    bucket_prefix: str
    solution_name: str
    version: str
    functions: Mapping[str, str]
    console_hash: str
