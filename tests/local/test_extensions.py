"""The order of the extensions is computed from what each declares, and is one and the same at every start."""

import pytest

from mraa_local import extensions
from mraa_local.errors import LocalCloudError


def test_each_comes_after_those_it_names_and_else_by_the_alphabet() -> None:
    assert extensions.in_order({"c": (), "b": ("d",), "d": (), "a": ("b",)}) == ["c", "d", "b", "a"]


def test_an_extension_that_does_not_exist_is_named() -> None:
    with pytest.raises(LocalCloudError, match="a is to come after b, which does not exist"):
        extensions.in_order({"a": ("b",)})


def test_a_circle_is_named() -> None:
    with pytest.raises(LocalCloudError, match=r"circular: (a -> b -> a|b -> a -> b)"):
        extensions.in_order({"a": ("b",), "b": ("a",)})


def test_every_declared_order_holds() -> None:
    loaded = extensions.load()
    order = list(loaded)
    assert sorted(order) == sorted(extensions.EXTENSIONS)
    for name, module in loaded.items():
        assert all(order.index(other) < order.index(name) for other in getattr(module, "AFTER", ()))
        assert any(hasattr(module, name) for name in ("install", "wrap", "started"))


def test_a_request_passes_the_guard_then_the_limit_then_the_faults_then_the_site() -> None:
    passed = [module.__name__ for module in extensions.middleware(extensions.load())]
    order = ("access.lockdown", "access.body_limit", "faults.door", "persistence", "site")
    assert passed == [f"mraa_local.{name}" for name in order]
