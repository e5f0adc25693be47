"""Packages an application: local code becomes zips, its templates become files of the release, named by content.

What is added to the templates: the place of the code, retention of stores that say nothing of it, outputs that name the
stores, and (with derived permissions) path and boundary of the roles. Everything else stays as it is written.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mraa import names
from mraa.application_settings import ApplicationSettings
from mraa.errors import UsageError
from mraa.release.applications import code, findings, policy
from mraa.release.applications.findings import BUCKET, GLOBAL_TABLE, TABLE, Finding, Templates, unconditional
from mraa.release.applications.policy import Derived, derive, read_policy
from mraa.release.applications.roles import ROLE
from mraa.release.applications.template_file import LIMIT_BYTES, TemplateFile, read_template
from mraa.templates import HASH_LENGTH
from mraa.templates.application import instance, stack
from mraa.templates.application.models import ROLE_PATH, Application, Nested, Permissions
from mraa.templates.release import Release

_RETAINED = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
_STORES = {TABLE, GLOBAL_TABLE, BUCKET}


@dataclass(frozen=True)
class Checked:
    """An application as its files say, with what was found in them."""

    settings: ApplicationSettings
    templates: Templates
    derived: Derived
    policy: Mapping[str, Any] | None
    findings: tuple[Finding, ...]

    @property
    def permissions(self) -> Permissions | None:
        """The derived ones, unless a policy of the user's own is in charge."""
        return None if self.policy else self.derived.permissions


def check(applications: Mapping[str, ApplicationSettings], name: str) -> Checked:
    """Read and check one of the applications against the others. UsageError for files that cannot be read."""
    settings = applications[name]
    templates = _read(settings)
    others = [_read(other) for other in applications.values() if other.name != name]
    own_policy = read_policy(settings.folder, settings.policy) if settings.policy else None
    found = findings.find(templates, others, has_policy=own_policy is not None)
    for template in templates.all:
        for _ in code.local_code(template):
            pass  # it refuses local files of another kind
    return Checked(settings, templates, derive(templates.regional), own_policy, tuple(found))


def package_all(applications: Mapping[str, ApplicationSettings], release: Release) -> dict[str, bytes]:
    """The files of all applications for this release, by path. UsageError as ``package``."""
    return {
        path: content for name in applications for path, content in package(check(applications, name), release).items()
    }


def package(checked: Checked, release: Release) -> dict[str, bytes]:
    """The application's files for this release, by path. UsageError for what `check` calls an error."""
    findings.refuse_errors(checked.findings)
    if checked.policy is None and checked.derived.underived:
        raise policy.underived_error(checked.templates.regional.label, checked.derived.underived)
    name, folder = checked.settings.name, checked.settings.folder
    files: dict[str, bytes] = {}

    def nested(part: str, template: TemplateFile, stores: Sequence[str]) -> Nested:
        document, zips = _with_code(folder, template, name, release)
        files.update(zips)
        document = _with_outputs(_with_retention(document), stores)
        if part == "regional" and checked.permissions:
            document = _with_bounded_roles(document)
        file_name, content = _file(name, part, document, template.label)
        files[file_name] = content
        outputs = tuple(unconditional(template))
        return Nested(file_name, frozenset(document.get("Parameters") or {}), outputs, tuple(map(_output, stores)))

    global_, regional = checked.templates.global_, checked.templates.regional
    application = Application(
        name,
        nested("regional", regional, sorted(_replicated_buckets(regional))),
        nested("global", global_, sorted(_global_tables(global_))) if global_ else None,
        checked.permissions,
        checked.policy,
    )
    instance_file, content = _file(name, "instance", instance.build(application, release).to_dict(), name)
    launched = stack.build(application, release, instance_file).to_json(indent=2, sort_keys=True) + "\n"
    return {**files, instance_file: content, names.application_template(name): launched.encode()}


def _read(settings: ApplicationSettings) -> Templates:
    drill_url = settings.drill.get("url", "")
    return Templates(
        settings.name,
        read_template(settings.folder, settings.regional),
        read_template(settings.folder, settings.global_) if settings.global_ else None,
        drill_url if isinstance(drill_url, str) else "",
    )


def _with_code(
    folder: Path, template: TemplateFile, name: str, release: Release
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The document with its code in each Region's bucket, and the zips by path."""
    resources, files = dict(template.resources), {}
    bucket = {"Fn::Sub": names.code_bucket(release.bucket_prefix, names.REGION)}
    for logical_id, path in code.local_code(template):
        zip_name, content = code.zip_code(folder, path, template.label, logical_id)
        file = names.application_code(name, zip_name)
        files[file] = content
        key = f"{release.solution_name}/{release.version}/{file}"
        resources[logical_id] = code.with_location(resources[logical_id], bucket, key)
    return {**template.document, "Resources": resources}, files


def _with_retention(document: Mapping[str, Any]) -> dict[str, Any]:
    resources = {
        logical_id: {**_RETAINED, **resource}
        if resource["Type"] in _STORES and "DeletionPolicy" not in resource
        else resource
        for logical_id, resource in document["Resources"].items()
    }
    return {**document, "Resources": resources}


def _with_outputs(document: Mapping[str, Any], stores: Sequence[str]) -> dict[str, Any]:
    if not stores:
        return dict(document)
    added = {_output(logical_id): {"Value": {"Ref": logical_id}} for logical_id in stores}
    return {**document, "Outputs": {**(document.get("Outputs") or {}), **added}}


def _with_bounded_roles(document: Mapping[str, Any]) -> dict[str, Any]:
    """Every role, and path of a managed policy, as the derived permissions require it."""
    resources = dict(document["Resources"])
    given: set[str] = set()
    for logical_id, resource in resources.items():
        wanted = {ROLE: (ROLE_PATH, names.BOUNDARY), "AWS::IAM::ManagedPolicy": (ROLE_PATH,)}.get(resource["Type"], ())
        added = {"Path" if name == ROLE_PATH else name: {"Ref": name} for name in wanted}
        if added:
            resources[logical_id] = {**resource, "Properties": {**added, **(resource.get("Properties") or {})}}
            given |= set(wanted)
    parameters = {**{name: {"Type": "String"} for name in sorted(given)}, **(document.get("Parameters") or {})}
    return {**document, "Resources": resources, **({"Parameters": parameters} if parameters else {})}


def _file(name: str, part: str, document: Mapping[str, Any], label: str) -> tuple[str, bytes]:
    content = (json.dumps(document, indent=2) + "\n").encode()
    if len(content) > LIMIT_BYTES:
        raise UsageError(
            f"{label} has {len(content):,} bytes as JSON; CloudFormation takes {LIMIT_BYTES:,} at most.",
            "Move resources into another application.",
        )
    content_hash = hashlib.sha256(content).hexdigest()[:HASH_LENGTH]
    return names.application_template(name, part, content_hash), content


def _global_tables(template: TemplateFile) -> Iterator[str]:
    return (name for name, _ in template.of_type(GLOBAL_TABLE) if "Condition" not in template.resources[name])


def _replicated_buckets(template: TemplateFile) -> Iterator[str]:
    for name, properties in template.of_type(BUCKET):
        if "ReplicationConfiguration" in properties and "Condition" not in template.resources[name]:
            yield name


def _output(logical_id: str) -> str:
    """The output that names a store; nobody else's begins like that."""
    return f"MraaStore{logical_id}"
