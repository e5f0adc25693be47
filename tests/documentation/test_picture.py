"""The picture of the architecture shows what the templates have."""

from xml.etree import ElementTree

import pytest

from tests.documentation import picture


def test_the_committed_picture_is_what_the_templates_give() -> None:
    assert picture.PICTURE.read_text(encoding="utf-8") == picture.draw(), "run `make docs`"


def test_every_resource_that_a_reader_would_look_for_is_drawn() -> None:
    drawn = {name for box in picture.boxes() for name in box.ids} | {*picture.MAIN, *picture.SITE}
    of_shown_types = {
        name for name, of in picture.resources().items() if of["Type"].removeprefix("AWS::") in picture.SHOWN_TYPES
    }
    assert of_shown_types - picture.LEFT_OUT - drawn == set()
    assert of_shown_types >= picture.LEFT_OUT


def test_an_arrow_without_a_reference_in_the_templates_fails_the_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not picture.reaches("RoutingLayerApi", "KeyValueStoreTable")
    arrow = picture.Arrow("RoutingLayerApi", "KeyValueStoreTable", "M0,0 L1,1")
    monkeypatch.setattr(picture, "ARROWS", (*picture.ARROWS, arrow))
    with pytest.raises(picture.NotInTemplatesError, match="RoutingLayerApi does not refer to KeyValueStoreTable"):
        picture.draw()


def test_it_is_a_picture_with_colours_for_light_and_for_dark() -> None:
    text = picture.draw()
    root = ElementTree.fromstring(text)  # noqa: S314 - our own
    assert root.get("aria-label")
    assert "prefers-color-scheme:dark" in text
    boxes = [of for of in root.iter() if of.tag.endswith("rect")]
    for of in boxes:
        assert float(of.get("x", 0)) + float(of.get("width", 0)) <= picture.WIDTH
        assert float(of.get("y", 0)) + float(of.get("height", 0)) <= picture.HEIGHT
