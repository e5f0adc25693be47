#!/usr/bin/env bash
# Build a release into global-s3-assets/ and regional-s3-assets/ beside this script; `mraa build` does the work.
set -euo pipefail

if [ $# -ne 3 ]; then
  cat >&2 <<'USAGE'
Usage: build-s3-dist.sh BUCKET_PREFIX SOLUTION_NAME VERSION

  BUCKET_PREFIX  code buckets are BUCKET_PREFIX-REGION
  SOLUTION_NAME  first folder in the buckets
  VERSION        second folder in the buckets

Example: build-s3-dist.sh my-bucket multi-region-application-architecture v1.0.0
USAGE
  exit 1
fi

cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [ ! -x .venv/bin/mraa ]; then
  make install >&2
fi
exec .venv/bin/mraa build --bucket-prefix="$1" --solution-name="$2" --solution-version="$3" --output=deployment
