"""What must be there before the first task starts: where images lie, and what vendors gave us."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

# The house finds all of it by name, so that neither stack waits for the other's references.
IMAGES = "arenapulse"
KEY = "alias/arenapulse-before"
# The operator writes each before the house is deployed.
VENDOR_SECRETS = (
    "STRIPE_SECRET_KEY",
    "STRIPE_PUBLISHABLE_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "SENDGRID_API_KEY",
    "SENDGRID_WEBHOOK_KEY",
)
# Short, so that the service refuses to start while it stands there.
UNWRITTEN = "unwritten"


class Before(Construct):
    def __init__(self, scope: Construct, name: str) -> None:
        super().__init__(scope, name)
        key = kms.Key(
            self,
            "Key",
            alias=KEY,
            enable_key_rotation=True,
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        ecr.Repository(
            self,
            "Images",
            repository_name=IMAGES,
            encryption=ecr.RepositoryEncryption.KMS,
            encryption_key=key,
            image_scan_on_push=True,
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
        )
        for variable in VENDOR_SECRETS:
            secretsmanager.Secret(
                self,
                variable,
                secret_name=name_of(variable),
                encryption_key=key,
                secret_string_value=cdk.SecretValue.unsafe_plain_text(UNWRITTEN),
            )


def name_of(variable: str) -> str:
    return f"arenapulse/{variable}"
