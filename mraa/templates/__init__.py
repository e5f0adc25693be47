"""The three CloudFormation templates: a release in, JSON text out, no I/O."""

import hashlib
import importlib.util
import sys

from mraa import names
from mraa.templates.release import Release

HASH_LENGTH = 12

# valid names, so that tools take the committed templates as they are; no bucket of that name need exist
_HASH = "0" * HASH_LENGTH

_PLACEHOLDER = Release(
    bucket_prefix="bucket-prefix",
    solution_name="solution-name",
    version="version",
    functions={
        folder: f"{folder.replace('_', '-')}-{_HASH}.zip"
        for folder in (
            names.APP_STATE_UPDATER,
            names.CONSOLE_DEPLOYER,
            names.OUTPUT_CONSOLIDATOR,
            names.PHOTOS_API,
            names.REPLICATION_CONFIGURER,
            names.SECONDARY_BUCKET,
            names.STATE_GUARD,
        )
    },
    console_hash=_HASH,
)


def placeholder_release() -> Release:
    """The release that ``templates/`` is rendered for: what a reviewer reads, not what anybody launches."""
    return _PLACEHOLDER


def render(release: Release) -> dict[str, str]:
    """File name -> JSON text of the three templates, and of a copy of the regional one that is named by its content.

    The placeholder release has no such copy: its main template names zeros.
    """
    # imported here: mraa.release imports this package too, and should not wait for troposphere
    _load_when_used("cfn_flip")
    from mraa.templates.backbone import main, regional
    from mraa.templates.sample import demo_ui

    regional_text = regional.build(release).to_json(indent=2, sort_keys=True) + "\n"
    template_hash = hashlib.sha256(regional_text.encode()).hexdigest()[:HASH_LENGTH]
    copy = {names.regional_template(template_hash): regional_text}
    if release == _PLACEHOLDER:
        template_hash, copy = _HASH, {}
    return {
        names.MAIN_TEMPLATE: main.build(release, template_hash).to_json(indent=2, sort_keys=True) + "\n",
        names.REGIONAL_TEMPLATE: regional_text,
        names.DEMO_UI_TEMPLATE: demo_ui.build(release).to_json(indent=2, sort_keys=True) + "\n",
        **copy,
    }


def _load_when_used(name: str) -> None:
    """Import a module of troposphere's that nothing here uses; with its YAML it would take as long as rendering does.

    https://docs.python.org/3/library/importlib.html#implementing-lazy-imports
    """
    spec = importlib.util.find_spec(name) if name not in sys.modules else None
    if spec and spec.loader:
        spec.loader = importlib.util.LazyLoader(spec.loader)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
