"""ArenaPulse on AWS: `cdk bootstrap`, then `cdk deploy`; `make aws` synthesises and checks it here.

One stack: grants of keys and buckets go both ways between what stays and what is rolled out. What
holds data is retained and protected from deletion by itself; one command does not end the stack.
"""

from __future__ import annotations

import aws_cdk as cdk
from data import Data
from ground import Ground
from house import House

app = cdk.App()
stack = cdk.Stack(app, "ArenaPulse", termination_protection=True)
ground = Ground(stack, "Ground")
data = Data(stack, "Data", ground=ground)
House(stack, "House", ground=ground, data=data)
cdk.Tags.of(app).add("project", "arenapulse")
app.synth()
