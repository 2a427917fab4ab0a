"""What alembic runs. The connection is that of `convclass.gradebook.upgrade`, in a transaction that holds the lock."""

from alembic import context

given = context.config.attributes
context.configure(connection=given["connection"], version_table=given["revision_table"])
with context.begin_transaction():
    context.run_migrations()
