"""Which method a request reaches, without a cloud."""

import pytest

from mraa_local.api_gateway.routing import route

RESOURCES = {
    path: {"id": path, "path": path, "resourceMethods": {method: {"m": 1} for method in methods}}
    for path, methods in {
        "/": ["GET"],
        "/photos": ["GET"],
        "/photos/{photoId}": ["GET", "POST"],
        "/photos/new": ["GET"],
        "/any/{x}": ["ANY"],
        "/files/{path+}": ["GET", "PUT"],
        "/files/list": ["GET"],
        "/empty": [],
    }.items()
}


@pytest.mark.parametrize(
    ("method", "path", "resource", "params"),
    [
        ("GET", "/", "/", {}),
        ("GET", "/photos/", "/photos", {}),
        ("GET", "/photos/7", "/photos/{photoId}", {"photoId": "7"}),
        ("GET", "/photos/new", "/photos/new", {}),
        ("DELETE", "/any/a", "/any/{x}", {"x": "a"}),
        ("GET", "/files/a/b/c", "/files/{path+}", {"path": "a/b/c"}),
        ("GET", "/files/list", "/files/list", {}),
        ("PUT", "/files/list", "/files/{path+}", {"path": "list"}),
    ],
)
def test_the_most_exact_resource_serves(method: str, path: str, resource: str, params: dict[str, str]) -> None:
    found = route(RESOURCES, method, path)
    assert found is not None
    assert (found[0]["path"], found[2]) == (resource, params)


@pytest.mark.parametrize(
    ("method", "path"),
    [("DELETE", "/photos"), ("POST", "/photos/new"), ("GET", "/photos/1/2"), ("GET", "/empty"), ("GET", "/x")],
)
def test_a_path_that_no_resource_declares_is_not_served(method: str, path: str) -> None:
    assert route(RESOURCES, method, path) is None
