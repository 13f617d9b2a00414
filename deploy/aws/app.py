"""ArenaPulse on AWS, in three stacks (docs/how-to/deploy.md); `make aws` judges them here.

`ArenaPulseBefore` is what must be there before anything starts: the image and the vendors' secrets.
`ArenaPulseFirewall` stands where CloudFront's have to. `ArenaPulse` is one: grants of keys and
buckets go both ways between what stays and what is rolled out. What holds data is retained and
protected from deletion by itself; one command does not end the stack.
"""

from __future__ import annotations

import aws_cdk as cdk
from before import Before
from data import Data
from firewall import REGION, Firewall
from ground import Ground
from house import House

app = cdk.App()
here = cdk.Environment(region=str(app.node.get_context("region")))
Before(cdk.Stack(app, "ArenaPulseBefore", env=here, termination_protection=True), "Before")
edge = cdk.Stack(
    app, "ArenaPulseFirewall", env=cdk.Environment(region=REGION), cross_region_references=True
)
firewall = Firewall(edge, "Firewall")
stack = cdk.Stack(
    app, "ArenaPulse", env=here, cross_region_references=True, termination_protection=True
)
ground = Ground(stack, "Ground")
data = Data(stack, "Data", ground=ground)
House(stack, "House", ground=ground, data=data, firewall=firewall)
cdk.Tags.of(app).add("project", "arenapulse")
app.synth()
