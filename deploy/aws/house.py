"""What is rolled out: three services on Fargate, balancer, CDN and its firewall, alarms, budget."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_wafv2 as waf
from constructs import Construct
from data import Data
from ground import Ground

PORT = 8000
ALARMS = "arenapulse"
VERSION = "0.1.0"
# One address may try so often in five minutes before the firewall speaks; ours are finer.
REQUESTS_PER_ADDRESS = 10_000


class House(Construct):
    def __init__(self, scope: Construct, name: str, *, ground: Ground, data: Data) -> None:
        super().__init__(scope, name)
        self._ground, self._data = ground, data
        self._host = str(self.node.get_context("host"))
        self._cluster = ecs.Cluster(
            self,
            "Cluster",
            vpc=ground.network,
            container_insights_v2=ecs.ContainerInsights.ENABLED,
        )
        self._doors = ec2.SecurityGroup(self, "Doors", vpc=ground.network, allow_all_outbound=False)
        self._doors.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "vendors, AWS")
        for port in (5432, 6379):
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
        self._edge(balancer)
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
        container = task.add_container(
            name,
            image=ecs.ContainerImage.from_ecr_repository(ground.images, VERSION),
            command=words,
            readonly_root_filesystem=True,
            user="10001:10001",
            stop_timeout=cdk.Duration.seconds(60),
            environment={
                "ARENAPULSE_PUBLIC_URL": f"https://{self._host}",
                "ARENAPULSE_MAIL_FROM": f"tickets@{self._host}",
                "ARENAPULSE_TRUSTED_PROXIES": ground.network.vpc_cidr_block,
                "ARENAPULSE_MEDIA_BUCKET": data.pictures.bucket_name,
            },
            secrets={
                "ARENAPULSE_SECRET": secret(ground.root_secret),
                "DATABASE_URL": secret(data.database_url),
                "REDIS_URL": secret(data.redis_url),
                **{name: secret(one) for name, one in ground.vendor_secrets.items()},
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

    def _balancer(self) -> elb.ApplicationLoadBalancer:
        group = ec2.SecurityGroup(
            self, "BalancerDoors", vpc=self._ground.network, allow_all_outbound=False
        )
        group.add_egress_rule(self._doors, ec2.Port.tcp(PORT), "the house")
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

    def _edge(self, balancer: elb.ApplicationLoadBalancer) -> None:
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
            web_acl_id=self._firewall().attr_arn,
        )

    def _firewall(self) -> waf.CfnWebACL:
        def seen(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
            return waf.CfnWebACL.VisibilityConfigProperty(
                cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=True
            )

        return waf.CfnWebACL(
            self,
            "Firewall",
            scope="CLOUDFRONT",
            default_action=waf.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=seen("arenapulse"),
            rules=[
                waf.CfnWebACL.RuleProperty(
                    name="one-address",
                    priority=0,
                    action=waf.CfnWebACL.RuleActionProperty(block={}),
                    statement=waf.CfnWebACL.StatementProperty(
                        rate_based_statement=waf.CfnWebACL.RateBasedStatementProperty(
                            aggregate_key_type="IP", limit=REQUESTS_PER_ADDRESS
                        )
                    ),
                    visibility_config=seen("one-address"),
                ),
                waf.CfnWebACL.RuleProperty(
                    name="known-bad",
                    priority=1,
                    override_action=waf.CfnWebACL.OverrideActionProperty(none={}),
                    statement=waf.CfnWebACL.StatementProperty(
                        managed_rule_group_statement=waf.CfnWebACL.ManagedRuleGroupStatementProperty(
                            vendor_name="AWS", name="AWSManagedRulesKnownBadInputsRuleSet"
                        )
                    ),
                    visibility_config=seen("known-bad"),
                ),
            ],
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
                    amount=float(self.node.get_context("monthlyBudget")), unit="EUR"
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
