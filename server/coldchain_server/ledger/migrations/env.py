"""What Alembic runs: the migrations, on the connection that `coldchain_server.ledger.migrate` hands over."""

from alembic import context

from coldchain_server.ledger.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite cannot alter most things in place
    transactional_ddl=False,  # the transaction around all of them is opened by `migrate`
)
context.run_migrations()
