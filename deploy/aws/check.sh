#!/usr/bin/env bash
# Synthesises the stack and judges the template: `make aws`. Nothing is sent to AWS.
set -euo pipefail
cd "$(dirname "$0")"
tools="$PWD/../../.tools/aws"
if [ ! -x "$tools/bin/cfn-lint" ]; then
  python3 -m venv "$tools"
  "$tools/bin/pip" install -q --disable-pip-version-check -r requirements.txt cfn-lint==1.58.0 checkov==3.3.30
fi
out="$tools/out"
rm -rf "$out"
CDK_OUTDIR="$out" CDK_CONTEXT_JSON="$("$tools/bin/python" -c 'import json; print(json.dumps(json.load(open("cdk.json"))["context"]))')" \
  "$tools/bin/python" app.py
# W3005: a dependency that CDK writes twice.
"$tools/bin/cfn-lint" --ignore-checks W3005 -- "$out"/*.template.json
"$tools/bin/checkov" --quiet --compact --framework cloudformation --config-file checkov.yaml -f "$out/ArenaPulse.template.json" 2>"$out/checkov.log"
