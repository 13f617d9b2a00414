#!/usr/bin/env bash
# The steps of the image, one word each, so that the Dockerfile and `deploy/docker/prove.sh` in a bare root run the same:
#   build.sh application SOURCE   makes /opt/arenapulse from a checkout: the wheel and what it needs, and the SBOM
#   build.sh system               what the running image has beside it, and its account
set -euo pipefail

packages() {
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
  rm -rf /var/lib/apt/lists/*
}

case "${1:-}" in
  application)
    packages ca-certificates make python3 python3-venv
    cd "$2"
    make wheel
    .tools/bin/uv venv -q --python /usr/bin/python3 /opt/arenapulse
    # The versions that were tested, by their hashes; compiled here, since nobody writes there later.
    .tools/bin/uv pip install -q --compile-bytecode --python /opt/arenapulse/bin/python -c requirements.lock dist/arenapulse-*.whl
    mkdir /opt/arenapulse/sbom
    .tools/bin/uv tool run -q --from cyclonedx-bom==7.2.1 cyclonedx-py environment \
      --output-format JSON --output-file /opt/arenapulse/sbom/python.json /opt/arenapulse/bin/python
    (cd web && PATH=$PWD/../.venv/bin:$PATH npm sbom --package-lock-only --omit dev --sbom-format cyclonedx) >/opt/arenapulse/sbom/web.json
    ;;
  system)
    packages ca-certificates python3 tini
    useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin arenapulse
    # A volume that is made over it is whose this is.
    install -d -o 10001 -g 10001 /var/lib/arenapulse/pictures
    ;;
  *)
    echo 'build.sh application SOURCE | system' >&2
    exit 2
    ;;
esac
