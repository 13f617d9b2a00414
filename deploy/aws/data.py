"""What holds data: PostgreSQL over two zones, any moment of 35 days; Valkey, pictures, search."""

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
        self.app_password = ground.random_secret(self, "AppPassword")
        self.owner_url, self.database_url = self._database_urls(ground)
        self.redis_url = self._valkey(ground)
        self.pictures = self._bucket(ground)
        # PostgreSQL answers searches as well; a cluster is for a catalogue of hundred thousands.
        is_asked_for = str(self.node.get_context("search")) == "on"
        self.search_url = self._search(ground) if is_asked_for else None

    def _postgres(self, ground: Ground) -> rds.DatabaseInstance:
        version = rds.PostgresEngineVersion.of("18", "18")
        engine = rds.DatabaseInstanceEngine.postgres(version=version)
        return rds.DatabaseInstance(
            self,
            "Postgres",
            engine=engine,
            parameters={"autovacuum_naptime": "15", "rds.force_ssl": "1", "log_statement": "ddl"},
            # As bench/capacity.py counts it: 16 GB, 500 GB.
            instance_type=ec2.InstanceType.of(ec2.InstanceClass.R7G, ec2.InstanceSize.LARGE),
            vpc=ground.network,
            vpc_subnets=ISOLATED,
            security_groups=[self.doors],
            multi_az=True,
            credentials=rds.Credentials.from_generated_secret(
                "arenapulse", encryption_key=ground.key
            ),
            database_name="arenapulse",
            allocated_storage=500,
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

    def _database_urls(self, ground: Ground) -> tuple[secretsmanager.Secret, secretsmanager.Secret]:
        """Of who migrates, and of who serves and owns nothing."""
        generated = self.postgres.secret
        assert generated is not None
        # References that CloudFormation resolves: no password is in a template.
        owner = generated.secret_value_from_json("password").unsafe_unwrap()
        app = self.app_password.secret_value.unsafe_unwrap()
        place = f"{self.postgres.db_instance_endpoint_address}/arenapulse?sslmode=require"
        return (
            self._secret("OwnerUrl", f"postgresql://arenapulse:{owner}@{place}", ground=ground),
            self._secret(
                "DatabaseUrl", f"postgresql://arenapulse_app:{app}@{place}", ground=ground
            ),
        )

    def _secret(self, name: str, text: str, *, ground: Ground) -> secretsmanager.Secret:
        value = cdk.SecretValue.unsafe_plain_text(text)
        return secretsmanager.Secret(
            self, name, encryption_key=ground.key, secret_string_value=value
        )

    def _valkey(self, ground: Ground) -> secretsmanager.Secret:
        token = ground.random_secret(self, "ValkeyToken")
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
            replication_group_description="Frames, rate limits, cache",
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

    def _search(self, ground: Ground) -> secretsmanager.Secret:
        """Its address, with the account of the cluster's own that we ask as."""
        word = ground.random_secret(self, "SearchWord").secret_value.unsafe_unwrap()
        # The service wants a sign among letters and digits.
        password = cdk.SecretValue.unsafe_plain_text(f"{word}_Aa1")
        domain = opensearch.Domain(
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
            fine_grained_access_control=opensearch.AdvancedSecurityOptions(
                master_user_name="arenapulse", master_user_password=password
            ),
            # From inside the network, signed by nobody: the cluster asks for name and password.
            use_unsigned_basic_auth=True,
            # The index is made again from the tables, by itself.
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        url = f"opensearch+https://arenapulse:{word}_Aa1@{domain.domain_endpoint}:443"
        return self._secret("SearchUrl", url, ground=ground)

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
