"""The suite's own folder: sources that tests may change, and the AWS configuration with everybody's profile."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.checkout import CHECKOUT, copy_functions

CONFIGURATION = "aws-config"


def make(bucket_prefix: str) -> Path:
    """A folder outside the checkout, with the functions' sources and the web app as it is built."""
    folder = Path(tempfile.mkdtemp(prefix="mraa-acceptance-"))
    copy_functions(folder)
    with tempfile.TemporaryDirectory(dir=folder) as built:
        words = ["build", "--output", built, "--bucket-prefix", bucket_prefix]
        tool = [sys.executable, "-c", "from mraa.cli.main import main; main()"]
        subprocess.run([*tool, *words], cwd=CHECKOUT, check=True, stdout=subprocess.DEVNULL)
        # a web app without a package.json is published as it is
        shutil.copytree(Path(built) / "regional-s3-assets" / "console", folder / "webapp")
    return folder


def write_profiles(folder: Path, sections: Mapping[str, Mapping[str, str]], *, after: str = "") -> Path:
    """Write a configuration of these profiles after a text; only this user can read it."""
    lines = [after.rstrip(), ""]
    for name, values in sections.items():
        lines += [f"[profile {name}]", *(f"{key} = {value}" for key, value in values.items()), ""]
    file = folder / CONFIGURATION
    file.touch(mode=0o600)
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def trust_of_account(partition: str, account: str) -> str:
    """A trust policy for whoever the account allows to assume the role."""
    principal = {"AWS": f"arn:{partition}:iam::{account}:root"}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
