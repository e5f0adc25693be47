"""The web app's build: once for the same sources, never partial, and one clear line if it fails."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mraa.errors import MraaError, UsageError
from mraa.release import npm, webapp
from tests.unit.fake_npm import FakeNpm, Said, make_webapp
from tests.unit.release_checkout import tree

BUILD = ["ci", "run build"]
PYTHON = sys.executable  # before a test replaces it

# a build in its own process, its events as lines
PROGRAM = """
import sys
from pathlib import Path
from mraa.release import webapp
sys.executable = sys.argv[1]
webapp.site(Path(sys.argv[2]), lambda event: print(event.text, flush=True))
"""

# a signal while npm is being started, before its starter knows of it
INTERRUPTED_PROGRAM = """
import os, signal, subprocess, sys
from mraa.interrupts import signals_as_interrupts
start = subprocess.Popen._execute_child
def interrupt(moment):
    if moment in sys.argv[3]:
        os.kill(os.getpid(), signal.Signals[sys.argv[4]])
def start_interrupted(*arguments):
    interrupt("before")
    start(*arguments)
    interrupt("after")
subprocess.Popen._execute_child = start_interrupted
with signals_as_interrupts():
""" + PROGRAM.replace("\n", "\n    ")


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeNpm:
    """The only npm: beside the running Python."""
    fake = FakeNpm(tmp_path / "bin")
    monkeypatch.setattr(sys, "executable", str(fake.folder / "python"))
    return fake


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return make_webapp(tmp_path / "checkout")


@pytest.fixture
def said() -> Said:
    return Said()


def start(fake: FakeNpm, app: Path, program: str = PROGRAM, *more: str) -> "subprocess.Popen[str]":
    words = [PYTHON, "-c", program, str(fake.folder / "python"), str(app), *more]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env={**os.environ, "PATH": fake.path})


def lines_until(process: "subprocess.Popen[str]", text: str) -> list[str]:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip())
        if lines[-1] == text:
            return lines
    raise AssertionError(f"{text!r} is not in {lines}")


def test_the_site_is_built_from_the_sources(fake: FakeNpm, app: Path, said: Said) -> None:
    assert tree(webapp.site(app, said)) == {
        "index.html": b"<!doctype html>\n",
        "assets/index-0a1b2c3d.js": b"start();\n",
    }
    assert fake.calls == BUILD
    assert "building the web app" in said.texts


def test_the_same_sources_are_built_once(fake: FakeNpm, app: Path, said: Said) -> None:
    first = webapp.site(app, said)
    assert fake.calls == BUILD
    assert webapp.site(app, said) == first
    assert fake.calls == []


def test_a_cached_site_requires_no_node(fake: FakeNpm, app: Path, said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    first = webapp.site(app, said)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    monkeypatch.setenv("PATH", "/nowhere")
    assert webapp.site(app, said) == first


@pytest.mark.parametrize(
    "name", ["src/main.ts", "src/new.ts", "index.html", "vite.config.ts", "public/icon.svg", ".env"]
)
def test_a_changed_source_is_built_again_with_the_installed_packages(
    fake: FakeNpm, app: Path, said: Said, name: str
) -> None:
    first = webapp.site(app, said)
    assert fake.calls == BUILD
    (app / name).write_text("changed")
    assert webapp.site(app, said) != first
    assert fake.calls == ["run build"]


def test_a_renamed_source_is_built_again(fake: FakeNpm, app: Path, said: Said) -> None:
    before = webapp.sources_hash(app)
    (app / "src/main.ts").rename(app / "src/other.ts")
    assert webapp.sources_hash(app) != before


def test_the_end_of_a_file_is_not_read_as_the_next_ones_name(tmp_path: Path) -> None:
    one = make_webapp(tmp_path / "one", {"a": "1b", "c": ""})
    other = make_webapp(tmp_path / "other", {"a": "1", "bc": ""})
    assert webapp.sources_hash(one) != webapp.sources_hash(other)


@pytest.mark.parametrize("name", ["node_modules/react/index.js", "dist/index.html", ".DS_Store", "src/.main.ts.swp"])
def test_other_files_do_not_change_the_hash(app: Path, name: str) -> None:
    before = webapp.sources_hash(app)
    (app / name).parent.mkdir(parents=True, exist_ok=True)
    (app / name).write_text("x")
    assert webapp.sources_hash(app) == before


def test_another_lock_file_installs_again(fake: FakeNpm, app: Path, said: Said) -> None:
    webapp.site(app, said)
    (app / "package-lock.json").write_text('{"packages": {}}')
    webapp.site(app, said)
    assert fake.calls == BUILD * 2


def test_a_failed_install_does_not_count_as_installed(fake: FakeNpm, app: Path, said: Said) -> None:
    webapp.site(app, said)
    (app / "package-lock.json").write_text('{"packages": {}}')
    fake.does(install="exit 1")
    with pytest.raises(MraaError, match="installing webapp's packages failed"):
        webapp.site(app, said)
    fake.does()
    webapp.site(app, said)
    assert fake.calls == [*BUILD, "ci", *BUILD]


def test_earlier_sources_require_no_build_and_the_oldest_sites_are_removed(
    fake: FakeNpm, app: Path, said: Said
) -> None:
    sites = []
    for number in range(5):
        (app / "src/main.ts").write_text(str(number))
        sites.append(webapp.site(app, said))
        os.utime(sites[-1], (number, number))
    assert [site.is_dir() for site in sites] == [False, False, True, True, True]
    assert fake.calls == ["ci", *["run build"] * 5]
    (app / "src/main.ts").write_text("3")
    assert webapp.site(app, said) == sites[3]
    assert fake.calls == []


def test_a_site_without_a_package_file_is_used_as_it_is(tmp_path: Path, said: Said) -> None:
    own = make_webapp(tmp_path, {"index.html": "<!doctype html>"})
    assert webapp.site(own, said) == own
    assert not (tmp_path / "build").exists()


def test_concurrent_builds_build_once(fake: FakeNpm, app: Path, said: Said) -> None:
    gate = fake.folder / "gate"
    os.mkfifo(gate)
    fake.does(build=f"cat '{gate}'")
    first = start(fake, app)
    lines_until(first, "building the web app")
    second = start(fake, app)
    lines_until(second, "waiting for another build of it")
    gate.write_text("")
    for process in (first, second):
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert fake.calls == BUILD
    webapp.site(app, said)
    assert said.texts == ["unchanged since it was built"]


def test_a_killed_build_leaves_nothing_and_the_next_waits_for_its_npm(fake: FakeNpm, app: Path, said: Said) -> None:
    gate = fake.folder / "gate"
    os.mkfifo(gate)
    fake.does(build=f'mkdir -p "$5"; echo half > "$5/index.html"; cat \'{gate}\'')
    killed = start(fake, app)
    lines_until(killed, "building the web app")
    opened = gate.open("w")  # npm is running now, and survives its parent
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=60)
    fake.does()
    second = start(fake, app)
    lines_until(second, "waiting for another build of it")
    opened.close()
    second.communicate(timeout=60)
    assert second.returncode == 0
    assert fake.calls == [*BUILD, "run build"]
    site = webapp.site(app, said)
    assert (site / "index.html").read_text() == "<!doctype html>\n"
    assert {path.name for path in site.parent.iterdir()} == {site.name, "lock", "npm.log"}


def test_an_interrupted_build_ends_its_npm(fake: FakeNpm, app: Path) -> None:
    gate = fake.folder / "gate"
    os.mkfifo(gate)
    fake.does(build=f"cat '{gate}'")
    process = start(fake, app)
    lines_until(process, "building the web app")
    opened = os.open(gate, os.O_WRONLY)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    with pytest.raises(BrokenPipeError):
        os.write(opened, b"nobody reads any more")
    os.close(opened)
    assert not list((app.parent / "build/webapp").glob(".building*"))


@pytest.mark.parametrize("moments", ["before", "after", "before and after"])
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_build_interrupted_while_npm_starts_ends_its_npm(fake: FakeNpm, app: Path, moments: str, name: str) -> None:
    fake.does(install="exec sleep 600")
    process = start(fake, app, INTERRUPTED_PROGRAM, moments, name)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT  # of KeyboardInterrupt
    # npm inherits the lock
    with (app.parent / "build/webapp/lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_failing_build_shows_its_last_lines_and_ends_in_one_line(fake: FakeNpm, app: Path, said: Said) -> None:
    fake.does(build="seq 30; echo 'src/main.ts: Unexpected token'; exit 3")
    with pytest.raises(MraaError) as caught:
        webapp.site(app, said)
    assert caught.value.message == "webapp cannot be built: building the web app failed (exit code 3)."
    log = app.parent / "build/webapp/npm.log"
    assert str(log) in caught.value.hint
    assert said.notes() == [*map(str, range(22, 31)), "src/main.ts: Unexpected token"]
    assert log.read_text().startswith("1\n2\n")


@pytest.mark.parametrize(
    "words",
    [
        "npm error code EAI_AGAIN",
        "npm error code ENOTFOUND",
        "npm error request to the registry failed, reason: connect ECONNREFUSED 127.0.0.1:443",
        "npm error code ERR_SOCKET_TIMEOUT",
    ],
)
def test_a_missing_network_is_reported_as_that(fake: FakeNpm, app: Path, said: Said, words: str) -> None:
    fake.does(install=f"echo '{words}'; exit 1")
    with pytest.raises(MraaError, match=r"cannot be downloaded: the npm registry does not respond \(E") as caught:
        webapp.site(app, said)
    assert "\n" not in caught.value.message
    assert "The first build requires the network" in caught.value.hint


def test_a_build_without_a_page_is_not_cached(fake: FakeNpm, app: Path, said: Said) -> None:
    fake.does(build="exit 0")
    with pytest.raises(MraaError, match=r"created no index\.html"):
        webapp.site(app, said)
    fake.does()
    assert (webapp.site(app, said) / "index.html").is_file()


def test_sources_that_change_during_the_build_are_not_cached_under_the_wrong_name(
    fake: FakeNpm, app: Path, said: Said
) -> None:
    fake.does(build="echo changed > src/main.ts")
    with pytest.raises(MraaError, match="changed during the build"):
        webapp.site(app, said)
    assert (webapp.site(app, said) / "assets/index-0a1b2c3d.js").read_text() == "changed\n"


def test_without_node_it_says_what_to_do(app: Path, said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/bin/python")
    monkeypatch.setenv("PATH", "/nowhere/else")
    with pytest.raises(MraaError, match="neither in /nowhere/bin nor on the PATH") as caught:
        webapp.site(app, said)
    assert "make install" in caught.value.hint


def test_node_on_the_path_is_used_if_python_has_none(fake: FakeNpm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/bin/python")
    monkeypatch.setenv("PATH", fake.path)
    assert npm.find() == fake.folder / "npm"


def test_an_npm_that_cannot_be_run_ends_in_one_line(fake: FakeNpm, app: Path, said: Said) -> None:
    (fake.folder / "npm").write_text("#!/nowhere/sh\n")
    with pytest.raises(MraaError, match="npm cannot be run: No such file"):
        webapp.site(app, said)


def test_without_a_lock_file_nothing_is_installed(fake: FakeNpm, app: Path, said: Said) -> None:
    (app / "package-lock.json").unlink()
    with pytest.raises(UsageError, match=r"package-lock\.json is missing"):
        webapp.site(app, said)
    assert fake.calls == []


def test_a_checkout_that_cannot_be_written_to_ends_in_one_line(fake: FakeNpm, app: Path, said: Said) -> None:
    (app.parent / "build").write_text("a file where the folder should be")
    with pytest.raises(MraaError, match=r"cannot be built in .*build/webapp"):
        webapp.site(app, said)


def test_npm_sees_its_own_node_first_and_no_credentials(
    fake: FakeNpm, app: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "MRAA_FAULT_URL", "VITE_MODE")
    for name in secrets:
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("NODE_ENV", "production")
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", "/some/certificates")
    webapp.site(app, said)
    seen = fake.environment
    assert "secret" not in seen.values()
    assert "NODE_ENV" not in seen
    assert seen["NODE_EXTRA_CA_CERTS"] == "/some/certificates"
    assert seen["PATH"].split(os.pathsep)[0] == str(fake.folder)


def test_threads_of_one_process_take_turns_too(fake: FakeNpm, app: Path) -> None:
    sites: list[Path] = []
    threads = [threading.Thread(target=lambda: sites.append(webapp.site(app, Said()))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(sites) == 3
    assert len(set(sites)) == 1
    assert fake.calls == BUILD


def test_npm_for_contributors_has_its_packages_and_returns_its_exit_code(fake: FakeNpm, app: Path) -> None:
    assert npm.main(app, ["run", "check"]) == 0
    assert fake.calls == ["ci", "run check"]
    fake.does(build="exit 7")
    assert npm.main(app, ["run", "build"]) == 7
    assert fake.calls == ["run build"]


def test_npm_for_contributors_fails_in_one_line(fake: FakeNpm, app: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (app / "package-lock.json").unlink()
    assert npm.main(app, ["run", "check"]) == 2
    assert capfd.readouterr().err.startswith("Error: ")
    assert fake.calls == []
