"""Functions that lack a safeguard: what a promise rests on is taken out of their sources."""

from collections.abc import Callable
from pathlib import Path

_CHECK = '"writableRegion = :region"'


def _without(file: str, safeguard: str, replacement: str) -> Callable[[Path], None]:
    def alter(checkout: Path) -> None:
        source = checkout / file
        text = source.read_text()
        assert text.count(safeguard) == 1, f"{file} no longer has {safeguard!r} once"
        source.write_text(text.replace(safeguard, replacement))

    return alter


without_fence_check = _without("fence/python/mraa_fence/fence.py", _CHECK, f'{_CHECK[:-1]} OR appId <> :region"')
without_guard = _without(
    "functions/state_guard/handler.py",
    '        _put_back(old | {"appId": {"S": item_id}}, until_s)\n',
    "        pass\n",
)
without_authority = _without(
    "functions/app_state_updater/rules.py", "        _require_authority(found, authority, change, regions)\n", ""
)
ALL = (without_fence_check, without_guard, without_authority)
