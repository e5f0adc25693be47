"""The tree of errors: exit codes are promises to scripts."""

import pytest

from mraa import errors
from mraa.errors import MraaError


def subclasses(kind: type[MraaError]) -> set[type[MraaError]]:
    return {kind}.union(*(subclasses(child) for child in kind.__subclasses__()))


@pytest.mark.parametrize("kind", sorted(subclasses(MraaError), key=str))
def test_every_error_carries_message_hint_and_a_documented_exit_code(kind: type[MraaError]) -> None:
    error = kind("what failed", "what to do")
    assert (error.message, error.hint, str(error)) == ("what failed", "what to do", "what failed")
    assert error.exit_code in {1, 2, 3}
    assert kind.__name__ in (errors.__doc__ or "")


def test_only_words_and_settings_exit_two_and_only_not_ready_exits_three() -> None:
    codes = {kind.__name__: kind.exit_code for kind in subclasses(MraaError)}
    assert {name for name, code in codes.items() if code == 2} == {"UsageError", "CredentialsError"}
    assert {name for name, code in codes.items() if code == 3} == {"NotReadyError"}
