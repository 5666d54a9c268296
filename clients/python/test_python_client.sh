#!/bin/sh
# Starts a broker, runs every example of the Python client and all its tests against it, stops it.
#
#   test_python_client.sh [--against gofka|kafka] [further words for pytest]
set -eu

against=gofka
if [ "${1:-}" = --against ]; then
  against=$2
  shift 2
fi
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH= cd -- "$here/../.." && pwd)
PATH="$root/node_modules/.bin:$PATH"
export PATH

venv=${GOFKA_VENV:-$here/.venv}
if [ ! -x "$venv/bin/pytest" ]; then
  echo "making $venv"
  "${PYTHON:-python3}" -m venv "$venv"
  "$venv/bin/pip" install --quiet "$here[fast]" pytest pytest-timeout hypothesis
fi

work=$(mktemp -d)
pid=
stop() {
  if [ -n "$pid" ]; then
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM

echo "starting $against"
if [ "$against" = kafka ]; then
  node "$root/bench/peer/kafka.ts" --port 0 --dir "$work/data" >"$work/ready" 2>"$work/log" &
else
  node "$root/src/main.ts" start --port 0 --data-dir "$work/data" >"$work/ready" 2>"$work/log" &
fi
pid=$!
until grep -q ' ready at ' "$work/ready"; do
  if ! kill -0 "$pid" 2>/dev/null; then
    cat "$work/log"
    exit 1
  fi
  sleep 0.1
done
GOFKA_BOOTSTRAP=$(sed -n 's/.* ready at //p' "$work/ready")
export GOFKA_BOOTSTRAP
echo "$against is ready at $GOFKA_BOOTSTRAP"

cd "$here"
for example in simple_producer simple_consumer groups async_pipeline admin_demo transactions \
  headers_and_partitioner graceful_shutdown; do
  echo "example $example"
  PYTHONPATH="$here/src" "$venv/bin/python" -X dev -W error "examples/$example.py"
done

stop
pid=
"$venv/bin/pytest" --against "$against" "$@"
