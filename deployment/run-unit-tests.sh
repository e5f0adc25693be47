#!/usr/bin/env bash
# Run the unit, function and template tests: nothing here needs AWS or the local cloud.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [ ! -x .venv/bin/pytest ]; then
  make install >&2
fi
exec .venv/bin/pytest tests/unit tests/functions tests/templates "$@"
