"""Network, the key that all is encrypted by, and the secrets; no secret's text is here."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct


class Ground(Construct):
    def __init__(self, scope: Construct, name: str) -> None:
        super().__init__(scope, name)
        self.key = kms.Key(
            self, "Key", enable_key_rotation=True, removal_policy=cdk.RemovalPolicy.RETAIN
        )
        self.key.grant_encrypt_decrypt(
            iam.ServicePrincipal(f"logs.{cdk.Stack.of(self).region}.amazonaws.com")
        )
        self.network = ec2.Vpc(
            self,
            "Network",
            max_azs=3,
            nat_gateways=2,
            restrict_default_security_group=True,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="edge", subnet_type=ec2.SubnetType.PUBLIC, map_public_ip_on_launch=False
                ),
                ec2.SubnetConfiguration(
                    name="house", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS
                ),
                ec2.SubnetConfiguration(name="data", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            ],
        )
        self.network.add_flow_log(
            "Flows",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(
                logs.LogGroup(
                    self,
                    "FlowLogs",
                    encryption_key=self.key,
                    retention=logs.RetentionDays.ONE_YEAR,
                )
            ),
            traffic_type=ec2.FlowLogTrafficType.REJECT,
        )
        self.root_secret = self.random_secret(self, "RootSecret")
        self.metrics_token = self.random_secret(self, "MetricsToken")
        # Starts containers: pulls the image, reads the secrets, writes the logs.
        self.starter = iam.Role(
            self, "Starter", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com")
        )
        self.logs = logs.LogGroup(
            self,
            "Logs",
            encryption_key=self.key,
            retention=logs.RetentionDays.THREE_MONTHS,
        )

    def random_secret(self, scope: Construct, name: str) -> secretsmanager.Secret:
        """One that goes into an address without being quoted."""
        return secretsmanager.Secret(
            scope,
            name,
            encryption_key=self.key,
            generate_secret_string=secretsmanager.SecretStringGenerator(
                password_length=64, exclude_punctuation=True
            ),
        )
