"""The table of grades.

A database from before the revisions has these tables: they are left as they are.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make what is not there."""
    op.create_table(
        "grades",
        sa.Column("id", ID, nullable=False),
        sa.Column("assignment", sa.String(200), nullable=False),
        sa.Column("student", sa.Text(), nullable=False),
        sa.Column("submission_sha256", sa.String(64), nullable=False),
        sa.Column("exam_version", sa.String(64), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.String(40), nullable=False),
        sa.Column("handed_in", sa.String(64), nullable=False),
        sa.Column("isolation", sa.String(40), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("max_score", sa.Double(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("graded_at", TIME, nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("assignment", "student", "submission_sha256", "exam_version", "seed", "device"),
        if_not_exists=True,
    )
    op.create_index("grades_by_student", "grades", ["assignment", "student", "graded_at"], if_not_exists=True)
