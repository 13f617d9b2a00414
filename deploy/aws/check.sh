#!/usr/bin/env bash
# Synthesises the stack, judges the template and deploys it to an emulator: `make aws`. Nothing is sent to AWS.
set -euo pipefail
cd "$(dirname "$0")"
tools="$PWD/../../.tools/aws"
if [ ! -f "$tools/ready-with-moto" ]; then
  python3 -m venv "$tools"
  "$tools/bin/pip" install -q --disable-pip-version-check -r requirements.txt cfn-lint==1.58.0 checkov==3.3.30
  # checkov asks for another boto3, so the emulator has an environment of its own.
  python3 -m venv "$tools/emulator"
  "$tools/emulator/bin/pip" install -q --disable-pip-version-check 'moto[all]==5.2.5'
  touch "$tools/ready-with-moto"
fi
out="$tools/out"
rm -rf "$out"
# With all that can be asked for.
CDK_OUTDIR="$out" CDK_CONTEXT_JSON="$("$tools/bin/python" -c 'import json; print(json.dumps(json.load(open("cdk.json"))["context"] | {"search": "on"}))')" \
  "$tools/bin/python" app.py
# W3005: a dependency that CDK writes twice.
"$tools/bin/cfn-lint" --ignore-checks W3005 -- "$out"/*.template.json
for template in "$out"/*.template.json; do
  "$tools/bin/checkov" --quiet --compact --framework cloudformation --config-file checkov.yaml -f "$template" 2>>"$out/checkov.log"
done
# Whether the service would start with what its containers are told.
../../.venv/bin/python judge.py "$out/ArenaPulse.template.json"
"$tools/emulator/bin/python" emulate.py "$out/ArenaPulse.template.json"
