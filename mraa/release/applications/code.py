"""Local code of a template: folders are zipped, by the convention of ``aws cloudformation package``.

Python code that imports the fence's library and does not contain it gets it.

https://docs.aws.amazon.com/cli/latest/reference/cloudformation/package.html
"""

import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mraa.errors import UsageError
from mraa.release import origin
from mraa.release.applications.template_file import TemplateFile, properties_of, within
from mraa.release.sources import FENCE_FOLDER, FENCE_LIBRARY
from mraa.release.zips import zip_files, zip_name

# Lambda's limit: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LIMIT_BYTES = 250 * 1024 * 1024

# type -> the property that is code, and the properties of S3's location in it
_CODE = {
    "AWS::Lambda::Function": ("Code", "S3Bucket", "S3Key"),
    "AWS::Lambda::LayerVersion": ("Content", "S3Bucket", "S3Key"),
}
# what that command uploads too, and this tool does not
_NOT_PACKAGED = {
    "AWS::ApiGateway::RestApi": "BodyS3Location",
    "AWS::ApiGatewayV2::Api": "BodyS3Location",
    "AWS::AppSync::GraphQLSchema": "DefinitionS3Location",
    "AWS::CloudFormation::Stack": "TemplateURL",
    "AWS::StepFunctions::StateMachine": "DefinitionS3Location",
}
_IMPORTS_FENCE = re.compile(rf"^\s*(?:from|import)\s+{FENCE_LIBRARY}\b".encode(), re.MULTILINE)
# differ from one machine to the next
_LEFT_OUT = {"__pycache__", ".git", ".DS_Store"}


def local_code(template: TemplateFile) -> Iterator[tuple[str, str]]:
    """Logical id and path of each function's (or layer's) local code. UsageError for a local file of another kind."""
    for name, resource in template.resources.items():
        properties = properties_of(resource)
        if of := _CODE.get(resource["Type"]):
            code = properties.get(of[0])
            if code is None and resource["Type"] == "AWS::Lambda::Function":
                raise UsageError(f"{template.label}: function {name} has no Code.", "Write Code: ./FOLDER.")
            if isinstance(code, str):
                yield name, code
        local = properties.get(_NOT_PACKAGED.get(resource["Type"], ""))
        if isinstance(local, str) and not local.startswith(("https://", "s3://")):
            raise UsageError(
                f"{template.label}: {name} names the local file {local[:60]!r}, which is not packaged.",
                "Write it into the template, or give its address in S3.",
            )


def is_code_in_s3(resource: dict[str, Any]) -> bool:
    """Whether a function's (or layer's) code is a place in S3 that the template names."""
    code, bucket_property, _ = _CODE.get(resource["Type"], ("", "", ""))
    location = properties_of(resource).get(code)
    return isinstance(location, dict) and bucket_property in location


def with_location(resource: dict[str, Any], bucket: Any, key: str) -> dict[str, Any]:
    """The resource with its code at that place in S3."""
    code, bucket_property, key_property = _CODE[resource["Type"]]
    location = {bucket_property: bucket, key_property: key}
    return {**resource, "Properties": {**properties_of(resource), code: location}}


def zip_code(folder: Path, path: str, label: str, name: str) -> tuple[str, bytes]:
    """The zip of local code, a path from its template's folder, and its name by content.

    UsageError if it is outside the project, or too large.
    """
    where = within(folder, str(Path(label).parent / path), f"{label}: code of {name},")
    if where.is_file():
        if where.suffix not in (".zip", ".jar"):
            raise UsageError(f"{label}: code of {name}, {path}, is neither a folder nor a zip.", "Give its folder.")
        files = {where: where.stat().st_size}
    elif where.is_dir():
        files = _files(folder, where, f"{label}: code of {name}, {path},")
    else:
        raise UsageError(f"{label}: code of {name}, {path}, does not exist.", "Fix its path.")
    if not files:
        raise UsageError(f"{label}: code of {name}, {path}, is empty.", "Fix its path.")
    if (size := sum(files.values())) > LIMIT_BYTES:
        raise UsageError(
            f"{label}: code of {name}, {path}, has {size / 1024**2:,.0f} MB; Lambda takes 250 MB unzipped.",
            "Leave out what the function does not need.",
        )
    if where.is_file():
        content = where.read_bytes()
    else:
        contents = _with_fence({of.relative_to(where).as_posix(): of.read_bytes() for of in files})
        runnable = {of.relative_to(where).as_posix() for of in files if of.stat().st_mode & stat.S_IXUSR}
        content = zip_files(contents, runnable)
    return zip_name(name, content), content


def _files(folder: Path, where: Path, what: str) -> dict[Path, int]:
    """Every file below ``where`` with its size. UsageError for a link that leads out of the project."""
    found = {}
    for path in sorted(where.rglob("*")):
        if _LEFT_OUT.intersection(path.relative_to(where).parts) or path.suffix == ".pyc":
            continue
        if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
            raise UsageError(f"{what} has a link out of the project: {path.name}.", "Replace it by what it links to.")
        if path.is_file():
            found[path] = path.stat().st_size
        elif not path.is_dir():
            raise UsageError(f"{what} has {path.name}, which is no file.", "Remove it.")
    return found


def _with_fence(contents: dict[str, bytes]) -> dict[str, bytes]:
    is_there = any(path.startswith((f"{FENCE_LIBRARY}/", f"{FENCE_LIBRARY}.")) for path in contents)
    uses = any(path.endswith(".py") and _IMPORTS_FENCE.search(content) for path, content in contents.items())
    if is_there or not uses:
        return contents
    library = origin.came_with_tool() / FENCE_FOLDER / FENCE_LIBRARY
    return {**contents, **{f"{FENCE_LIBRARY}/{path.name}": path.read_bytes() for path in sorted(library.glob("*.py"))}}
