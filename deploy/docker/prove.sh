#!/usr/bin/env bash
# Proves the image where there is no Docker daemon: its base, its steps and its words in bare roots, by chroot.
#   deploy/docker/prove.sh [FOLDER]     as root on Debian, with debootstrap, jq and curl; minutes, 4 GB; a FOLDER given is kept
# 1. Debian 12 by debootstrap, as `debian:12-slim` is made
# 2. `build.sh application` in one copy of it and `build.sh system` in another, from what is committed
# 3. the second, read-only, with the Dockerfile's ENV, USER, ENTRYPOINT and HEALTHCHECK: migrate, serve, a worker, on real
#    engines beside; then SIGTERM
# Not proven here: the layers, the registry, the runtime's own isolation.
set -euo pipefail
cd "$(dirname "$0")/../.."
for tool in debootstrap jq curl; do
  command -v "$tool" >/dev/null || { echo "prove: apt-get install $tool" >&2; exit 1; }
done

# What is mounted goes with us.
[ "${PROVE_INSIDE:-}" ] || PROVE_INSIDE=1 exec unshare --mount --propagation private "$0" "$@"

keep=${1:-}
work=${keep:-$(mktemp -d -t arenapulse-image.XXXXXX)}
mkdir -p "$work"
base=$work/base build=$work/build image=$work/image
dockerfile=deploy/docker/Dockerfile
finish() {
  kill ${server:-} ${worker:-} ${engines:-} 2>/dev/null || true
  umount -l "$image"/{proc,dev,tmp} "$image" "$build"/{proc,dev} 2>/dev/null || true
  [ "$keep" ] || rm -rf --one-file-system "$work"
}
trap finish EXIT
said() { printf '· %s (%s s)\n' "$1" "$SECONDS"; }

said 'Debian 12 by debootstrap'
debootstrap --variant=minbase bookworm "$base" >"$work/debootstrap.log"
cp /etc/resolv.conf "$base/etc/"
# Whoever sits behind a registry of their own: its certificates and where it is.
mkdir -p "$base/usr/local/share/ca-certificates"
cp /etc/ssl/certs/ca-certificates.crt "$base/usr/local/share/ca-certificates/host.crt"
for file in /etc/pip.conf /root/.npmrc /root/.config/uv/uv.toml; do
  [ ! -f "$file" ] || install -D "$file" "$base$file"
done
cp -a "$base" "$build"
mv "$base" "$image"

said 'build.sh application'
mkdir "$build/source"
git archive HEAD | tar -x -C "$build/source"
mount --bind /dev "$build/dev"
mount -t proc proc "$build/proc"
chroot "$build" /source/deploy/docker/build.sh application /source >"$work/application.log" 2>&1 ||
  { tail -40 "$work/application.log"; exit 1; }

said 'build.sh system'
cp deploy/docker/build.sh "$image/tmp/"
chroot "$image" /tmp/build.sh system >"$work/system.log" 2>&1 || { tail -40 "$work/system.log"; exit 1; }
rm "$image/tmp/build.sh"
cp -a "$build/opt/arenapulse" "$image/opt/"
du -sh "$image" | sed 's/\t.*/ as it would be shipped/'

said 'read-only, as nobody'
mount --bind "$image" "$image"
mount -o remount,bind,ro "$image"
mount --bind /dev "$image/dev"
mount -t proc proc "$image/proc"
mount -t tmpfs -o mode=1777 tmpfs "$image/tmp"
user=$(sed -n 's/^USER //p' "$dockerfile")
mapfile -t image_env < <(sed -n '/^ENV /,/[^\\]$/p' "$dockerfile" | sed 's/^ENV //; s/\\$//' | xargs -n 1 |
  sed "s|\$PATH|/usr/local/bin:/usr/bin:/bin|")
within=(chroot --userspec="$user" "$image" /usr/bin/env -i -C /tmp "${image_env[@]}")
inside() { "${within[@]}" "${settings[@]}" "$@"; }
settings=()
if inside touch /opt/arenapulse/x 2>/dev/null; then echo 'the root can be written' >&2; exit 1; fi
[ "$(inside id -u)" = 10001 ]
inside python3 -c 'import json; print(len(json.load(open("/opt/arenapulse/sbom/python.json"))["components"]), "Python packages and", len(json.load(open("/opt/arenapulse/sbom/web.json"))["components"]), "of the web app in the SBOM")'

coproc ENGINES { exec .venv/bin/python tests/engines/holder.py "$work/data"; }
engines=$ENGINES_PID
read -r urls <&"${ENGINES[0]}"
port=$(.venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
settings=(
  "DATABASE_URL=$(jq -r '.[0]' <<<"$urls")" "REDIS_URL=$(jq -r '.[1]' <<<"$urls")"
  ARENAPULSE_HOST=127.0.0.1 "ARENAPULSE_PORT=$port" ARENAPULSE_DRAIN=1
  ARENAPULSE_SECRET=0123456789abcdef0123456789abcdef ARENAPULSE_PUBLIC_URL=https://tickets.example.org
  STRIPE_SECRET_KEY=sk_live_51HyVendorKeyOfTwentyFour9 STRIPE_PUBLISHABLE_KEY=pk_live_51HyVendorKeyOfTwentyFour9
  STRIPE_WEBHOOK_SECRET=whsec_0123456789abcdefghijklmn STRIPE_HOST=http://127.0.0.1:9
  ARENAPULSE_MAIL_FROM=tickets@example.org ARENAPULSE_SMTP_URL=smtp://127.0.0.1:9
  ARENAPULSE_MEDIA_FOLDER=/tmp/pictures
)
mapfile -t entry < <(sed -n 's/^ENTRYPOINT //p' "$dockerfile" | jq -r '.[]')
mapfile -t words < <(sed -n 's/^CMD //p' "$dockerfile" | tail -1 | jq -r '.[]')
mapfile -t health < <(sed -n 's/^ *CMD \(\[.*import urllib.*\]\)$/\1/p' "$dockerfile" | sed "s/8000/$port/" | jq -r '.[]')

said 'migrate'
inside "${entry[@]}" migrate >"$work/migrate.log" 2>&1 || { tail -20 "$work/migrate.log"; exit 1; }
said "${words[*]}, and a worker"
# No function: a signal would end its shell, and nobody within.
"${within[@]}" "${settings[@]}" "${entry[@]}" "${words[@]}" >"$work/serve.log" 2>&1 & server=$!
"${within[@]}" "${settings[@]}" "${entry[@]}" worker >"$work/worker.log" 2>&1 & worker=$!
for _ in $(seq 240); do
  sleep 0.5
  ! inside "${health[@]}" 2>/dev/null || break
done
inside "${health[@]}" || { tail -20 "$work/serve.log"; exit 1; }
curl -fsS "http://127.0.0.1:$port/health/ready" && echo
curl -fsS "http://127.0.0.1:$port/" | grep -q '<div id="root"' && echo 'the web app is inside'
said 'SIGTERM'
kill -TERM "$server" "$worker"
# Each ends by itself, well or by the signal that it was sent.
ended() { wait "$1" || [ $? = 143 ]; }
ended "$server"
ended "$worker"
said 'proven: base, steps, words, read-only root, nobody, health, end'
