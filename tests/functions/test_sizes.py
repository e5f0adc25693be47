"""Small functions start fast and can be read in the Lambda console."""

from pathlib import Path

from mraa.release import zips

FUNCTIONS = Path(__file__).parents[2] / "functions"
NAMES = [
    "app_state_updater",
    "console_deployer",
    "output_consolidator",
    "photos_api",
    "replication_configurer",
    "secondary_bucket",
    "state_guard",
]


def test_there_are_seven_functions() -> None:
    assert zips.function_names(FUNCTIONS) == NAMES


def test_all_code_together_stays_below_245_kb() -> None:
    sizes = {name: len(zips.zip_function(FUNCTIONS, name)) for name in NAMES}
    assert sum(sizes.values()) < 245_000, sizes
