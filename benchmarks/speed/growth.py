"""How time and memory of a publication to four Regions grow with the number of files; each in a process of its own.

``python -m benchmarks.speed.growth FOLDER`` publishes the release in a folder twice and prints what it took.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.speed import release, sink
from mraa.aws import Aws
from mraa.events import Event
from mraa.release import manifest, publish

REGIONS = ("us-east-1", "us-west-2", "eu-west-1", "ap-northeast-1")
FILES = (100, 1_000, 3_000, 10_000)
SIZE_BYTES = 20_000


@dataclass(frozen=True)
class Point:
    """One number of files: seconds of a publication to empty buckets and of an unchanged one, peak memory."""

    files: int
    cold_s: float
    unchanged_s: float
    peak_mb: float


def measure(environment: dict[str, str]) -> Iterator[Point]:
    """One point after the other."""
    for files in FILES:
        with tempfile.TemporaryDirectory() as folder, sink.running() as url:
            release.make(Path(folder, "release"), files, SIZE_BYTES)
            sink.empty(url, *(f"{release.PREFIX}-{region}" for region in REGIONS))
            words = [sys.executable, "-m", __name__, str(Path(folder, "release"))]
            own = {**environment, "AWS_ENDPOINT_URL": url, "PYTHONPATH": os.pathsep.join(sys.path)}
            done = subprocess.run(words, env=own, check=True, stdout=subprocess.PIPE, timeout=1800)
            yield Point(files, **json.loads(done.stdout))


def main(folder: Path) -> None:
    """Publish it twice."""

    def ignore(event: Event) -> None: ...

    aws, taken = Aws(), []
    for _ in ("cold", "unchanged"):
        started = time.perf_counter()
        plan = publish.plan(aws, manifest.read(folder), REGIONS, create_buckets=False)
        publish.execute(aws, plan, ignore)
        taken.append(time.perf_counter() - started)
    if not publish.plan(aws, manifest.read(folder), REGIONS, create_buckets=False).is_empty:
        raise RuntimeError("not everything was published")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps({"cold_s": taken[0], "unchanged_s": taken[1], "peak_mb": peak_mb}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
