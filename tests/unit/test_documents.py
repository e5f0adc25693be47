"""One form for all JSON that the tool writes."""

import json

from mraa.documents import to_json
from mraa.events import Event, Progress


def test_a_dataclass_becomes_camel_case_with_its_units() -> None:
    assert to_json(Event(Progress.DONE, "drain", elapsed_s=1.5))["elapsedS"] == 1.5


def test_enums_and_nested_values_survive_json() -> None:
    event = Event(Progress.DONE, "drain")
    document = json.loads(json.dumps(to_json({"kept_as_it_is": (event, None)})))
    assert document["kept_as_it_is"][0]["progress"] == "done"
    assert document["kept_as_it_is"][1] is None
