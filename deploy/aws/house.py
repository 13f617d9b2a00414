"""What is rolled out: three services on Fargate, balancer, CDN and its firewall, alarms, budget."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from before import IMAGES, KEY, VENDOR_SECRETS, name_of
from constructs import Construct
from data import Data
from firewall import Firewall
from ground import Ground

PORT = 8000
ALARMS = "arenapulse"
# ARENAPULSE_DRAIN of production, and what closing takes after it.
STOP_SECONDS = 75
# What CloudFront comes from, in the region of the stack:
#   aws ec2 describe-managed-prefix-lists --filters \
#     Name=prefix-list-name,Values=com.amazonaws.global.cloudfront.origin-facing
FROM_CLOUDFRONT = "cloudfrontPrefixList"


class House(Construct):
    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        ground: Ground,
        data: Data,
        firewall: Firewall,
    ) -> None:
        super().__init__(scope, name)
        self._ground, self._data = ground, data
        self._host = str(self.node.get_context("host"))
        self._image = ecs.ContainerImage.from_ecr_repository(
            ecr.Repository.from_repository_name(self, "Images", IMAGES),
            str(self.node.get_context("version")),
        )
        self._vendor_secrets = {
            variable: secretsmanager.Secret.from_secret_name_v2(self, variable, name_of(variable))
            for variable in VENDOR_SECRETS
        }
        ground.starter.add_to_policy(
            iam.PolicyStatement(
                actions=["kms:Decrypt"],
                resources=[cdk.Stack.of(self).format_arn(service="kms", resource="key/*")],
                conditions={"ForAnyValue:StringEquals": {"kms:ResourceAliases": KEY}},
            )
        )
        self._cluster = ecs.Cluster(
            self,
            "Cluster",
            vpc=ground.network,
            container_insights_v2=ecs.ContainerInsights.ENABLED,
        )
        self._doors = ec2.SecurityGroup(self, "Doors", vpc=ground.network, allow_all_outbound=False)
        self._doors.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "vendors, AWS")
        for port in (5432, 6379) if data.search_url is None else (443, 5432, 6379):
            self._doors.add_egress_rule(data.doors, ec2.Port.tcp(port), "engines")
            ec2.CfnSecurityGroupIngress(
                self,
                f"To{port}",
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                group_id=data.doors.security_group_id,
                source_security_group_id=self._doors.security_group_id,
                description="the house",
            )
        balancer = self._balancer()
        api = self._service("Api", ["serve", "--role", "api"], cpu=1024, memory=2048, count=3)
        realtime = self._service(
            "Realtime", ["serve", "--role", "realtime"], cpu=1024, memory=2048, count=3
        )
        worker = self._service("Worker", ["worker"], cpu=512, memory=1024, count=2)
        self._migrate_before(worker)
        for service in (api, realtime):
            # CloudFormation goes on to them once workers run, so once all is migrated.
            service.node.add_dependency(worker)
        listener = balancer.add_listener("Http", port=80, open=False)
        targets = self._targets(listener, api=api, realtime=realtime)
        for service, most in ((api, 40), (realtime, 60), (worker, 12)):
            service.auto_scale_task_count(
                min_capacity=2, max_capacity=most
            ).scale_on_cpu_utilization(
                f"{service.node.id}Cpu",
                target_utilization_percent=65,
                scale_out_cooldown=cdk.Duration.seconds(15),
                scale_in_cooldown=cdk.Duration.minutes(10),
            )
        self._edge(balancer, firewall)
        self._watch(balancer, targets)
        for service in (api, realtime, worker):
            # Nor does one keep going under which people's requests fail or wait.
            service.enable_deployment_alarms(
                [f"{ALARMS}-{name}" for name in ("Errors", "Slow")],
                behavior=ecs.AlarmBehavior.ROLLBACK_ON_ALARM,
            )

    def _service(
        self, name: str, words: list[str], *, cpu: int, memory: int, count: int
    ) -> ecs.FargateService:
        ground, data = self._ground, self._data
        task = ecs.FargateTaskDefinition(
            self,
            f"{name}Task",
            cpu=cpu,
            memory_limit_mib=memory,
            execution_role=ground.starter,
            runtime_platform=ecs.RuntimePlatform(cpu_architecture=ecs.CpuArchitecture.ARM64),
            volumes=[ecs.Volume(name="tmp")],
        )
        data.pictures.grant_read_write(task.task_role)
        secret = ecs.Secret.from_secrets_manager
        searched = {} if data.search_url is None else {"ARENAPULSE_SEARCH_URL": data.search_url}
        container = task.add_container(
            name,
            image=self._image,
            command=words,
            readonly_root_filesystem=True,
            user="10001:10001",
            stop_timeout=cdk.Duration.seconds(STOP_SECONDS),
            environment={
                "ARENAPULSE_PUBLIC_URL": f"https://{self._host}",
                "ARENAPULSE_MAIL_FROM": f"tickets@{self._host}",
                "ARENAPULSE_TRUSTED_PROXIES": ground.network.vpc_cidr_block,
                "ARENAPULSE_MEDIA_BUCKET": data.pictures.bucket_name,
                # RDS makes them.
                "ARENAPULSE_BACKUPS": "elsewhere",
                "AWS_REGION": cdk.Stack.of(self).region,
            },
            secrets={
                "ARENAPULSE_SECRET": secret(ground.root_secret),
                "ARENAPULSE_METRICS_TOKEN": secret(ground.metrics_token),
                "DATABASE_URL": secret(data.database_url),
                "REDIS_URL": secret(data.redis_url),
                **{name: secret(one) for name, one in searched.items()},
                **{name: secret(one) for name, one in self._vendor_secrets.items()},
            },
            logging=ecs.LogDrivers.aws_logs(
                stream_prefix=name.lower(),
                log_group=ground.logs,
            ),
            port_mappings=[ecs.PortMapping(container_port=PORT)],
            ulimits=[ecs.Ulimit(name=ecs.UlimitName.NOFILE, soft_limit=65_536, hard_limit=65_536)],
        )
        container.add_mount_points(
            ecs.MountPoint(container_path="/tmp", source_volume="tmp", read_only=False)  # noqa: S108
        )
        return ecs.FargateService(
            self,
            name,
            cluster=self._cluster,
            task_definition=task,
            desired_count=count,
            security_groups=[self._doors],
            # A roll-out whose tasks do not become healthy goes back by itself.
            circuit_breaker=ecs.DeploymentCircuitBreaker(enable=True, rollback=True),
            min_healthy_percent=100,
            max_healthy_percent=200,
        )

    def _migrate_before(self, service: ecs.FargateService) -> None:
        """Its tasks migrate by a container of their own, which ends before the other begins.

        By an account that may change tables; it makes the one that all others log in as. Twins
        wait for each other.
        """
        ground, data = self._ground, self._data
        secret = ecs.Secret.from_secrets_manager
        task = service.task_definition
        container = task.default_container
        assert container is not None
        migrate = task.add_container(
            "Migrate",
            image=self._image,
            command=["migrate"],
            essential=False,
            readonly_root_filesystem=True,
            user="10001:10001",
            secrets={
                "DATABASE_URL": secret(data.owner_url),
                "ARENAPULSE_APP_PASSWORD": secret(data.app_password),
            },
            logging=ecs.LogDrivers.aws_logs(stream_prefix="migrate", log_group=ground.logs),
        )
        migrate.add_mount_points(
            ecs.MountPoint(container_path="/tmp", source_volume="tmp", read_only=False)  # noqa: S108
        )
        container.add_container_dependencies(
            ecs.ContainerDependency(
                container=migrate, condition=ecs.ContainerDependencyCondition.SUCCESS
            )
        )

    def _balancer(self) -> elb.ApplicationLoadBalancer:
        group = ec2.SecurityGroup(
            self, "BalancerDoors", vpc=self._ground.network, allow_all_outbound=False
        )
        group.add_egress_rule(self._doors, ec2.Port.tcp(PORT), "the house")
        group.add_ingress_rule(
            ec2.Peer.prefix_list(str(self.node.get_context(FROM_CLOUDFRONT))),
            ec2.Port.tcp(80),
            "the CDN",
        )
        self._doors.add_ingress_rule(group, ec2.Port.tcp(PORT), "the balancer")
        return elb.ApplicationLoadBalancer(
            self,
            "Balancer",
            vpc=self._ground.network,
            # Only the CDN reaches it, through a VPC origin.
            internet_facing=False,
            security_group=group,
            drop_invalid_header_fields=True,
            deletion_protection=True,
            idle_timeout=cdk.Duration.seconds(300),
        )

    def _targets(
        self,
        listener: elb.ApplicationListener,
        *,
        api: ecs.FargateService,
        realtime: ecs.FargateService,
    ) -> elb.ApplicationTargetGroup:
        health = elb.HealthCheck(path="/health/ready", interval=cdk.Duration.seconds(5))
        targets = listener.add_targets(
            "Api",
            port=PORT,
            protocol=elb.ApplicationProtocol.HTTP,
            targets=[api],
            health_check=health,
            deregistration_delay=cdk.Duration.seconds(30),
        )
        # Polling needs the task that has the session.
        listener.add_targets(
            "Realtime",
            port=PORT,
            protocol=elb.ApplicationProtocol.HTTP,
            targets=[realtime],
            health_check=health,
            priority=1,
            conditions=[elb.ListenerCondition.path_patterns(["/socket.io/*"])],
            stickiness_cookie_duration=cdk.Duration.hours(1),
            deregistration_delay=cdk.Duration.seconds(60),
        )
        return targets

    def _edge(self, balancer: elb.ApplicationLoadBalancer, firewall: Firewall) -> None:
        """CloudFront before the house and the bucket of pictures, which it alone may read."""
        house = origins.VpcOrigin.with_application_load_balancer(
            balancer, protocol_policy=cloudfront.OriginProtocolPolicy.HTTP_ONLY
        )
        pictures = origins.S3BucketOrigin.with_origin_access_control(self._data.pictures)
        cloudfront.Distribution(
            self,
            "Edge",
            default_behavior=cloudfront.BehaviorOptions(
                origin=house,
                allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
                # The API says itself what may be kept, and for how long.
                cache_policy=cloudfront.CachePolicy.USE_ORIGIN_CACHE_CONTROL_HEADERS_QUERY_STRINGS,
                origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER,
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            ),
            additional_behaviors={
                "/media/*": cloudfront.BehaviorOptions(
                    origin=pictures,
                    viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                )
            },
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            web_acl_id=firewall.acl.attr_arn,
        )

    def _watch(
        self, balancer: elb.ApplicationLoadBalancer, targets: elb.ApplicationTargetGroup
    ) -> None:
        mail = str(self.node.get_context("alarmMail"))
        topic = sns.Topic(self, "Alarms", master_key=self._ground.key, enforce_ssl=True)
        topic.add_subscription(subscriptions.EmailSubscription(mail))
        minute = cdk.Duration.minutes(1)
        watched = (
            (
                "Errors",
                balancer.metrics.http_code_target(
                    elb.HttpCodeTarget.TARGET_5XX_COUNT, period=minute
                ),
                50,
            ),
            ("Slow", targets.metrics.target_response_time(statistic="p95", period=minute), 0.2),
            ("Disk", self._data.postgres.metric_free_storage_space(period=minute), 20e9),
        )
        for name, metric, threshold in watched:
            below = name == "Disk"
            alarm = cloudwatch.Alarm(
                self,
                name,
                alarm_name=f"{ALARMS}-{name}",
                metric=metric,
                threshold=threshold,
                evaluation_periods=3,
                comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
                if below
                else cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
                treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            )
            alarm.add_alarm_action(actions.SnsAction(topic))
        budgets.CfnBudget(
            self,
            "Budget",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(
                    amount=float(self.node.get_context("monthlyBudget")), unit="USD"
                ),
            ),
            notifications_with_subscribers=[
                budgets.CfnBudget.NotificationWithSubscribersProperty(
                    notification=budgets.CfnBudget.NotificationProperty(
                        comparison_operator="GREATER_THAN",
                        notification_type="FORECASTED",
                        threshold=100,
                    ),
                    subscribers=[
                        budgets.CfnBudget.SubscriberProperty(
                            address=mail, subscription_type="EMAIL"
                        )
                    ],
                )
            ],
        )
