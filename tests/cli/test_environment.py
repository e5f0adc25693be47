"""Values of the environment that make no sense end in one line, what to do, and exit code 2; and proxies."""

from pathlib import Path
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined] # not in typeshed

import pytest

from mraa.cli.running_cloud import without_proxy
from tests.cli.recovery_moto import FLAGS, exit_code


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("MRAA_API_URL", "notaurl", "MRAA_API_URL is 'notaurl', not a URL such as"),
        ("MRAA_API_URL", "http://127.0.0.1:port/{id}", "MRAA_API_URL is 'http://127.0.0.1:port/{id}', not a URL"),
        ("MRAA_OBJECT_URL", "ftp://x/{id}", "MRAA_OBJECT_URL is 'ftp://x/{id}', not a URL"),
        ("MRAA_SITE_URL", "/{id}", "MRAA_SITE_URL is '/{id}', not a URL"),
        ("AWS_RETRY_MODE", "bogus", '"bogus" must be one of'),
        ("AWS_DEFAULTS_MODE", "bogus", "invalid defaults mode: bogus"),
        ("AWS_ENDPOINT_URL", "notaurl", "Invalid endpoint: notaurl"),
    ],
)
def test_a_bad_variable_is_no_bug_of_the_tool(
    name: str,
    value: str,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.setenv(name, value)
    assert exit_code(["status", *FLAGS]) == 2
    error, hint = capsys.readouterr().err.splitlines()
    assert error.startswith("Error: ")
    assert words in error
    assert "credentials" not in error
    assert "Fix" in hint or "Check" in hint


@pytest.mark.parametrize("given", [{}, {"NO_PROXY": "a.example, b.example"}, {"no_proxy": "localhost"}])
def test_a_proxy_is_not_asked_for_the_local_cloud(given: dict[str, str]) -> None:
    set_to = without_proxy(given)
    assert set_to["NO_PROXY"] == set_to["no_proxy"]
    # the last one that the environment names, in lower case, is what Python and botocore go by
    for host in ("127.0.0.1:4566", "localhost:4566", *([] if not given else ["localhost"])):
        assert proxy_bypass_environment(host, {"no": set_to["no_proxy"]})
    assert not proxy_bypass_environment("c.example", {"no": set_to["no_proxy"]})
    if "NO_PROXY" in given:
        assert proxy_bypass_environment("b.example", {"no": set_to["no_proxy"]})
