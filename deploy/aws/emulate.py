"""Deploys the synthesised template to moto, an emulator of AWS in this process, and looks at it.

    python emulate.py TEMPLATE     the last step of check.sh

Of the types that moto does not know nothing is made, and that is said. Of the others the services
themselves are asked whether it stands as the template says. Exit 1 where something does not.
"""

from __future__ import annotations

import io
import json
import logging
import sys
import warnings
import zipfile
from pathlib import Path
from typing import Any

import boto3
from moto import mock_aws
from moto.cloudformation.parsing import resource_class_from_type

REGION = "eu-central-1"
STACK = "ArenaPulse"
# moto's own.
ACCOUNT = "123456789012"
BOOTSTRAPPED = "/cdk-bootstrap/hnb659fds/version"
ANYWHERE = "0.0.0.0/0"
# An environment-agnostic stack has two zones, whatever it asks for.
ZONES_LEAST = 2
KINDS_OF_SUBNET = 3
# Worker, api, realtime.
TASKS = [2, 3, 3]
SECRETS_LEAST = 9
# Runs first and ends; it has two.
MIGRATES = "Migrate"
# Properties that break moto 5.2.
UNBORNE = {"AWS::KMS::Key": ("Tags",), "AWS::RDS::DBInstance": ("DBParameterGroupName",)}


def borne(template: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The template as far as moto knows it, and the types that it does not.

    What it refers to of those is a name that nothing has.
    """
    resources = template["Resources"]
    unknown = {
        name: each["Type"]
        for name, each in resources.items()
        # A resource of one's own waits for an answer of its handler, which runs nowhere here; and
        # of lists of networks, as CloudFront's, moto knows nothing.
        if each["Type"].startswith("Custom::")
        or resource_class_from_type(each["Type"]) is None
        or "SourcePrefixListId" in each.get("Properties", {})
    }

    def known(part: Any) -> Any:
        if isinstance(part, list):
            return [known(each) for each in part]
        if not isinstance(part, dict):
            return part
        of = part.get("Ref") or (part.get("Fn::GetAtt") or [None])[0]
        if len(part) == 1 and of in unknown:
            return f"arn:aws:passed-over:{REGION}:{ACCOUNT}:{of}"
        return {name: known(each) for name, each in part.items()}

    kept = {name: known(each) for name, each in resources.items() if name not in unknown}
    for each in kept.values():
        for name in UNBORNE.get(each["Type"], ()):
            each["Properties"].pop(name, None)
        each.setdefault("Properties", {})
        if "DependsOn" in each:
            each["DependsOn"] = [name for name in each["DependsOn"] if name not in unknown]
    return {**template, "Resources": kept, "Outputs": {}}, sorted({*unknown.values()})


def bootstrap(template: dict[str, Any]) -> None:
    """What `cdk bootstrap` and the upload of assets leave: CDK's own handlers, as empty files."""
    boto3.client("ssm").put_parameter(Name=BOOTSTRAPPED, Value="30", Type="String")
    s3 = boto3.client("s3")
    assets = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
    s3.create_bucket(Bucket=assets, CreateBucketConfiguration={"LocationConstraint": REGION})
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    for each in template["Resources"].values():
        if each["Type"] == "AWS::Lambda::Function":
            key = each["Properties"]["Code"]["S3Key"]
            s3.put_object(Bucket=assets, Key=key, Body=empty.getvalue())


def deployed(template: dict[str, Any]) -> dict[str, list[str]]:
    """Physical names by type, once the stack is complete."""
    formation = boto3.client("cloudformation")
    formation.create_stack(
        StackName=STACK,
        TemplateBody=json.dumps(template),
        Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    (stack,) = formation.describe_stacks(StackName=STACK)["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack
    found: dict[str, list[str]] = {}
    for page in formation.get_paginator("list_stack_resources").paginate(StackName=STACK):
        for each in page["StackResourceSummaries"]:
            found.setdefault(each["ResourceType"], []).append(each.get("PhysicalResourceId", ""))
    return found


def faults(made: dict[str, list[str]]) -> list[str]:
    """What does not stand as it should."""
    found: list[str] = []

    def check(what: str, *, holds: object) -> None:
        if not holds:
            found.append(what)

    ec2: Any = boto3.client("ec2")
    (network,) = made["AWS::EC2::VPC"]
    inside = [{"Name": "vpc-id", "Values": [network]}]
    subnets = ec2.describe_subnets(Filters=inside)["Subnets"]
    zones = {subnet["AvailabilityZone"] for subnet in subnets}
    is_spread = len(zones) >= ZONES_LEAST and len(subnets) == KINDS_OF_SUBNET * len(zones)
    check(f"{len(subnets)} subnets in {len(zones)} zones", holds=is_spread)
    open_ports = [
        rule["FromPort"]
        for group in ec2.describe_security_groups(Filters=inside)["SecurityGroups"]
        for rule in group["IpPermissions"]
        if any(each["CidrIp"] == ANYWHERE for each in rule["IpRanges"])
    ]
    check(f"open to everybody: {open_ports}", holds=not open_ports)

    s3: Any = boto3.client("s3")
    for bucket in made["AWS::S3::Bucket"]:
        rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
        check(f"{bucket} is not encrypted", holds=rules["Rules"])
    kms: Any = boto3.client("kms")
    for key in made["AWS::KMS::Key"]:
        turns = kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
        check(f"{key} does not rotate", holds=turns)
    (postgres,) = boto3.client("rds").describe_db_instances()["DBInstances"]
    check("PostgreSQL stands in one zone", holds=postgres["MultiAZ"])
    check("PostgreSQL is not encrypted", holds=postgres["StorageEncrypted"])

    ecs: Any = boto3.client("ecs")
    (cluster,) = made["AWS::ECS::Cluster"]
    arns = ecs.list_services(cluster=cluster)["serviceArns"]
    services = ecs.describe_services(cluster=cluster, services=arns)["services"]
    counts = sorted(service["desiredCount"] for service in services)
    check(f"services of {counts} tasks", holds=counts == TASKS)
    for service in services:
        task = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])
        for container in task["taskDefinition"]["containerDefinitions"]:
            check(f"{container['name']} may write", holds=container.get("readonlyRootFilesystem"))
            is_whole = container["name"] == MIGRATES or len(container["secrets"]) >= SECRETS_LEAST
            check(f"{container['name']} lacks secrets", holds=is_whole)
    return found


def main(path: str) -> int:
    warnings.simplefilter("ignore")
    logging.getLogger("moto").addHandler(logging.NullHandler())
    with mock_aws():
        boto3.setup_default_session(
            aws_access_key_id="nobody", aws_secret_access_key="nobody", region_name=REGION
        )
        template, passed_over = borne(json.loads(Path(path).read_text()))
        bootstrap(template)
        made = deployed(template)
        wrong = faults(made)
    print(
        f"moto: {sum(map(len, made.values()))} resources of {len(made)} types stand; "
        f"passed over: {', '.join(passed_over) or 'none'}"
    )
    for fault in wrong:
        print(f"✗ {fault}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
