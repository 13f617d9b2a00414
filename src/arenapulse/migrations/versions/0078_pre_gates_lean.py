"""A batch of scans is one statement and tells one lean row of who came.

The form of `check_in` that the code before calls stays where it is.
"""

from arenapulse.migrations.script import run_function

revision = "0078"
down_revision = "0077"


def upgrade() -> None:
    run_function("check_in")
    run_function("admissions")
