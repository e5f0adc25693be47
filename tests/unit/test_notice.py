"""NOTICE names all that ships, with licences that allow it."""

import re

from tests import notices

# of what is distributed with the tool or served with the site: nothing that asks for more than a notice
PERMISSIVE = {"0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "PSF-2.0"}


def test_notice_lists_what_is_installed_and_what_the_web_app_is_built_from() -> None:
    assert notices.NOTICE.read_text(encoding="utf-8").endswith(notices.generated()), "run `make docs`"


def test_every_licence_is_a_permissive_one() -> None:
    licences = {**notices.python_packages(), **notices.npm_packages()}
    others = {name: text for name, text in licences.items() if not set(re.split(r" OR | AND |[()]", text)) & PERMISSIVE}
    assert not others
