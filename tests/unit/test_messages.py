"""Every error says what to do, and docs/messages.md lists them all."""

from tests.local.deploying import CHECKOUT
from tests.messages import PAGE, messages, page


def test_every_message_says_what_to_do_and_is_in_the_docs() -> None:
    found = messages(CHECKOUT / "mraa")
    assert len(found) > 100
    assert page(found) in PAGE.read_text(encoding="utf-8"), "run `make docs`"
