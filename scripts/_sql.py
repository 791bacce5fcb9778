"""Words of DuckDB's SQL that scripts put together."""

ASCII_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def literal(text: str) -> str:
    """`text` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """`name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def fold(name: str) -> str:
    """A column name as DuckDB compares names: A-Z as a-z, any other letter as it is."""
    return name.translate(ASCII_LOWER)
