"""The ledger: everything that needs transactions, in SQLAlchemy; SQLite by default, PostgreSQL where shared."""
