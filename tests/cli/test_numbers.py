"""Numbers that are none, or that nobody can mean, are refused before anything is asked or changed."""

import click
import pytest

from mraa.cli.numbers import Number
from tests.cli.recovery_moto import FLAGS, exit_code
from tests.help_texts import leaves

NUMERIC = (click.types.IntParamType, click.types.FloatParamType)
PARAMETERS = [
    (words, parameter)
    for words, command in leaves()
    for parameter in command.params
    if isinstance(parameter.type, (Number, *NUMERIC))
]
# every one of them is outside all bounds of the tool
NOT_MEANT = ["nan", "inf", "-inf", "-100001", "1e300", "9" * 5000, "", "1s", "0x10"]


def test_every_number_of_every_command_has_both_bounds() -> None:
    assert len(PARAMETERS) >= 10
    assert not [(words, parameter.name) for words, parameter in PARAMETERS if not isinstance(parameter.type, Number)]


@pytest.mark.parametrize(("words", "parameter"), PARAMETERS, ids=[f"{' '.join(w)} {p.name}" for w, p in PARAMETERS])
@pytest.mark.parametrize("value", NOT_MEANT, ids=lambda value: value[:6] or "empty")
def test_a_number_that_nobody_can_mean_is_refused(
    words: tuple[str, ...], parameter: click.Parameter, value: str
) -> None:
    with pytest.raises(click.BadParameter, match=r" is not a (whole )?number between ") as refused:
        parameter.type.convert(value, parameter, None)
    assert len(refused.value.message) < 150


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "1e300"])
def test_a_failover_with_such_a_drain_timeout_asks_no_region(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    # no moto here: a call to AWS would fail in other words
    assert exit_code(["failover", "--yes", "--drain-timeout", value, *FLAGS]) == 2
    captured = capsys.readouterr()
    assert captured.err.splitlines() == [
        f"Error: Invalid value for '--drain-timeout': '{value}' is not a number between 0 and 86,400 seconds.",
        "       See `mraa failover --help`.",
    ]
    assert captured.out == ""


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("300", 300), ("0.5", 0.5), ("86400", 86400)])
def test_numbers_within_the_bounds_pass(text: str, number: float) -> None:
    assert Number(0.0, 86_400.0).convert(text, None, None) == number
