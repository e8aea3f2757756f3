"""The thumbnails of pictures that others have taken the place of; and the decisions of a run, to be found by it.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "past_pictures",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("venue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("thumb", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_past_pictures_run_id")),
        sa.ForeignKeyConstraint(["venue_id"], ["venues.id"], name=op.f("fk_past_pictures_venue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_pictures")),
    )
    op.create_index(op.f("ix_past_pictures_run_id"), "past_pictures", ["run_id"], unique=False)
    op.create_index(op.f("ix_past_pictures_venue_id_kind"), "past_pictures", ["venue_id", "kind"], unique=False)
    op.create_index(op.f("ix_decisions_run_id"), "decisions", ["run_id"], unique=False)
    # Until then the logos of this publisher, which shows no photographs, were taken for some.
    op.execute(
        "UPDATE images SET kind = 'logo' WHERE kind = 'hero' AND id IN (SELECT image_id FROM event_images"
        " JOIN events ON events.id = event_images.event_id WHERE events.publisher = 'geeks_who_drink')"
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_decisions_run_id"), table_name="decisions")
    op.drop_index(op.f("ix_past_pictures_venue_id_kind"), table_name="past_pictures")
    op.drop_index(op.f("ix_past_pictures_run_id"), table_name="past_pictures")
    op.drop_table("past_pictures")
