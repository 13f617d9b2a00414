"""The firewall of the CDN: one that CloudFront obeys can stand in one region alone."""

from __future__ import annotations

from aws_cdk import aws_wafv2 as waf
from constructs import Construct

REGION = "us-east-1"
# One address may try so often in five minutes before the firewall speaks; ours are finer.
REQUESTS_PER_ADDRESS = 10_000


class Firewall(Construct):
    def __init__(self, scope: Construct, name: str) -> None:
        super().__init__(scope, name)

        def seen(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
            return waf.CfnWebACL.VisibilityConfigProperty(
                cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=True
            )

        self.acl = waf.CfnWebACL(
            self,
            "Acl",
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
