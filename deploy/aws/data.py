"""What holds data: PostgreSQL over two zones, any moment of 35 days; Valkey, search, pictures."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticache as elasticache
from aws_cdk import aws_opensearchservice as opensearch
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct
from ground import Ground

ISOLATED = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)


class Data(Construct):
    def __init__(self, scope: Construct, name: str, *, ground: Ground) -> None:
        super().__init__(scope, name)
        self.doors = ec2.SecurityGroup(self, "Doors", vpc=ground.network, allow_all_outbound=False)
        self.postgres = self._postgres(ground)
        self.database_url = self._database_url(ground)
        self.redis_url = self._valkey(ground)
        self.search = self._search(ground)
        self.pictures = self._bucket(ground)

    def _postgres(self, ground: Ground) -> rds.DatabaseInstance:
        version = rds.PostgresEngineVersion.of("18", "18")
        engine = rds.DatabaseInstanceEngine.postgres(version=version)
        return rds.DatabaseInstance(
            self,
            "Postgres",
            engine=engine,
            parameters={"autovacuum_naptime": "15", "rds.force_ssl": "1", "log_statement": "ddl"},
            instance_type=ec2.InstanceType.of(ec2.InstanceClass.R7G, ec2.InstanceSize.XLARGE2),
            vpc=ground.network,
            vpc_subnets=ISOLATED,
            security_groups=[self.doors],
            multi_az=True,
            credentials=rds.Credentials.from_generated_secret(
                "arenapulse", encryption_key=ground.key
            ),
            database_name="arenapulse",
            allocated_storage=200,
            max_allocated_storage=2_000,
            storage_type=rds.StorageType.GP3,
            storage_encryption_key=ground.key,
            backup_retention=cdk.Duration.days(35),
            copy_tags_to_snapshot=True,
            deletion_protection=True,
            removal_policy=cdk.RemovalPolicy.RETAIN,
            iam_authentication=True,
            auto_minor_version_upgrade=True,
            enable_performance_insights=True,
            performance_insight_encryption_key=ground.key,
            cloudwatch_logs_exports=["postgresql"],
            monitoring_interval=cdk.Duration.seconds(15),
        )

    def _database_url(self, ground: Ground) -> secretsmanager.Secret:
        password = self.postgres.secret
        assert password is not None
        # A reference that CloudFormation resolves: the password is in no template.
        word = password.secret_value_from_json("password").unsafe_unwrap()
        host = self.postgres.db_instance_endpoint_address
        url = f"postgresql://arenapulse:{word}@{host}/arenapulse?sslmode=require"
        return self._secret("DatabaseUrl", url, ground=ground)

    def _secret(self, name: str, text: str, *, ground: Ground) -> secretsmanager.Secret:
        value = cdk.SecretValue.unsafe_plain_text(text)
        return secretsmanager.Secret(
            self, name, encryption_key=ground.key, secret_string_value=value
        )

    def _valkey(self, ground: Ground) -> secretsmanager.Secret:
        token = secretsmanager.Secret(
            self,
            "ValkeyToken",
            encryption_key=ground.key,
            generate_secret_string=secretsmanager.SecretStringGenerator(
                password_length=64, exclude_punctuation=True
            ),
        )
        subnets = elasticache.CfnSubnetGroup(
            self,
            "ValkeySubnets",
            description="Where Valkey stands",
            subnet_ids=ground.network.select_subnets(
                subnet_type=ec2.SubnetType.PRIVATE_ISOLATED
            ).subnet_ids,
        )
        group = elasticache.CfnReplicationGroup(
            self,
            "Valkey",
            replication_group_description="Frames, rate limits, the waiting line",
            engine="valkey",
            engine_version="8.1",
            cache_node_type="cache.r7g.large",
            num_node_groups=1,
            replicas_per_node_group=1,
            automatic_failover_enabled=True,
            multi_az_enabled=True,
            at_rest_encryption_enabled=True,
            transit_encryption_enabled=True,
            kms_key_id=ground.key.key_id,
            auth_token=token.secret_value.unsafe_unwrap(),
            cache_subnet_group_name=subnets.ref,
            security_group_ids=[self.doors.security_group_id],
            snapshot_retention_limit=7,
        )
        word, host = token.secret_value.unsafe_unwrap(), group.attr_primary_end_point_address
        return self._secret("RedisUrl", f"rediss://:{word}@{host}:6379/0", ground=ground)

    def _search(self, ground: Ground) -> opensearch.Domain:
        return opensearch.Domain(
            self,
            "Search",
            version=opensearch.EngineVersion.open_search("3.3"),
            vpc=ground.network,
            vpc_subnets=[ISOLATED],
            security_groups=[self.doors],
            zone_awareness=opensearch.ZoneAwarenessConfig(availability_zone_count=2),
            capacity=opensearch.CapacityConfig(
                data_nodes=2,
                data_node_instance_type="r7g.medium.search",
                master_nodes=3,
                master_node_instance_type="m7g.medium.search",
                multi_az_with_standby_enabled=False,
            ),
            encryption_at_rest=opensearch.EncryptionAtRestOptions(enabled=True, kms_key=ground.key),
            node_to_node_encryption=True,
            enforce_https=True,
            tls_security_policy=opensearch.TLSSecurityPolicy.TLS_1_2_PFS,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )

    def _bucket(self, ground: Ground) -> s3.Bucket:
        logs = s3.Bucket(
            self,
            "AccessLogs",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            lifecycle_rules=[s3.LifecycleRule(expiration=cdk.Duration.days(365))],
            versioned=True,
        )
        return s3.Bucket(
            self,
            "Pictures",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=ground.key,
            bucket_key_enabled=True,
            enforce_ssl=True,
            versioned=True,
            server_access_logs_bucket=logs,
            # Organizers' browsers send pictures here by signed links: docs/how-to/run.md.
            cors=[
                s3.CorsRule(
                    allowed_methods=[s3.HttpMethods.PUT],
                    allowed_origins=[f"https://{self.node.get_context('host')}"],
                    allowed_headers=["content-type"],
                    max_age=3600,
                )
            ],
            lifecycle_rules=[
                # A link outlives its picture: what is sent by it later is nobody's.
                s3.LifecycleRule(prefix="uploads/", expiration=cdk.Duration.days(1)),
                # What is collected stays as an old version for so long, and then goes.
                s3.LifecycleRule(
                    noncurrent_version_expiration=cdk.Duration.days(30),
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(1),
                    expired_object_delete_marker=True,
                ),
            ],
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
