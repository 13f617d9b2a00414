#!/usr/bin/env bash
# Brings in a browser for the tests and writes its path to the file $1 (empty: Playwright's own).
# Debian's headless shell first; else Playwright's download; else a line that says what to install.
set -euo pipefail

answer="$1"
shell=/usr/bin/chromium-headless-shell
log="$(mktemp)"
trap 'rm -f "$log"' EXIT

if [ -s "$answer" ] && [ -x "$(cat "$answer")" ]; then
  exit 0
fi
if [ ! -x "$shell" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo '· browser (Debian)'
  {
    apt-get update -q &&
      DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
        chromium-headless-shell
  } >"$log" 2>&1 || true
fi
if [ -x "$shell" ]; then
  echo "$shell" >"$answer"
  exit 0
fi
echo '· browser (Playwright)'
if .venv/bin/playwright install --only-shell chromium >"$log" 2>&1; then
  : >"$answer"
  exit 0
fi
tail -5 "$log" >&2
echo '✗ the browser tests need a browser: apt-get install chromium-headless-shell' >&2
exit 1
