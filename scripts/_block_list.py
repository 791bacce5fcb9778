"""The block list: whom `make erase` has forgotten, as keyed hashes (docs/operations.md).

A member is known here by a token, `erased:` and an HMAC-SHA256 of the id under a key that the
environment holds and the database does not. The block list lives in the raw schema; the loader
leaves it alone, and whatever a file says of a member on it comes in as a row without content, in
which only the token stands. Staging finds the token among the erasures and rejects the row as
`erased_member`. So neither dbt nor the database ever sees the id or the key.
"""

import hashlib
import hmac
import os
from collections.abc import Sequence

import duckdb
from _contract import contract
from _sql import fold, identifier

KEY_VARIABLE = "MEMBER_LOYALTY_ERASURE_KEY"
LEAST_KEY = 16
TABLE = "erasure_block_list"
PREFIX = "erased:"
BLOCK_BYTES = 64  # of SHA-256


class BlockListError(Exception):
    """One line for the user."""


def environment_key() -> bytes:
    """The key. Errors: there is none, or a short one."""
    key = os.environ.get(KEY_VARIABLE, "").encode()
    if len(key) < LEAST_KEY:
        raise BlockListError(
            f"set {KEY_VARIABLE} to the secret of {LEAST_KEY} bytes or more under which erased"
            " members are hashed"
        )
    return key


def token(key: bytes, kind: str, value: str) -> str:
    """What stands for an id. Args: kind - member, visitor or order: name spaces apart."""
    return PREFIX + hmac.new(key, f"{kind} {value}".encode(), hashlib.sha256).hexdigest()


def key_check(key: bytes) -> str:
    """By what a key is known again, and cannot be guessed."""
    return token(key, "key", "check")[len(PREFIX) :][:16]


def define_token(con: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Defines erased_token(kind, id) for this connection alone: `token` in SQL, null for a blank.

    A temporary macro is in no file and no log, so the key is in none.
    """
    padded = (hashlib.sha256(key).digest() if len(key) > BLOCK_BYTES else key).ljust(
        BLOCK_BYTES, b"\0"
    )
    inner, outer = (bytes(byte ^ pad for byte in padded).hex() for pad in (0x36, 0x5C))
    con.execute(
        "create or replace temp macro erased_token(kind, id) as case when trim(id, ' ') <> '' then"
        f" '{PREFIX}' || sha256(unhex('{outer}')"
        f" || unhex(sha256(unhex('{inner}') || encode(kind || ' ' || id)))) end"
    )


def exists(con: duckdb.DuckDBPyConnection, schema: str, table: str = TABLE) -> bool:
    """Whether the schema of the database that is open holds the table."""
    return bool(
        con.execute(
            "select 1 from duckdb_tables() where database_name = current_database()"
            " and lower(schema_name) = lower(?) and lower(table_name) = lower(?)",
            [schema, table],
        ).fetchone()
    )


def check_key(con: duckdb.DuckDBPyConnection, schema: str, key: bytes) -> None:
    """Refuses a key under which the block list would know nobody."""
    known = con.execute(
        f"select count(*) from {identifier(schema)}.{TABLE} where key_check <> ?", [key_check(key)]
    ).fetchone()[0]
    if known:
        raise BlockListError(
            f"{KEY_VARIABLE} is not the key of the block list {schema}.{TABLE}: with it {known:,}"
            " erased members would come back"
        )


def is_in_force(con: duckdb.DuckDBPyConnection, schema: str) -> bool:
    """Whether somebody is on the block list; then this connection is made ready for `emptied`.

    Errors: no key, or another one.
    """
    listed = f"{identifier(schema)}.{TABLE}"
    if not exists(con, schema) or not con.execute(f"select 1 from {listed} limit 1").fetchone():
        return False
    key = environment_key()
    check_key(con, schema, key)
    define_token(con, key)
    con.execute("create or replace temp table erased_visitors (token varchar)")
    return True


def naming_columns(table: str) -> dict[str, str]:
    """Columns of a raw table by which spec §1 knows the rows of an erased member, with their kind:
    its member columns, the visitor, the refunded order."""
    kinds = {}
    for column in contract()[table].columns:
        if column.name.endswith("member_id"):
            kinds[column.name] = "member"
        elif column.name == "visitor_id":
            kinds[column.name] = "visitor"
        elif column.name == "order_id" and table == "order_refunds":
            kinds[column.name] = "order"
    return kinds


def emptied(
    con: duckdb.DuckDBPyConnection, schema: str, table: str, names: Sequence[str], query: str
) -> str:
    """`query`, with nothing but tokens in the rows of members on the block list.

    Tables must come in an order in which orders are before their refunds and identities before
    events: what a row is known by is looked up in them.

    Args:
        table: the raw table that the query is to fill; names: its columns.
    """
    kinds = {name: kind for name in names if (kind := naming_columns(table).get(fold(name)))}
    if not kinds:
        return query
    sources = {
        "member": f"select member_token from {identifier(schema)}.{TABLE}",
        "visitor": "select token from erased_visitors",
        "order": f"select cast(order_id as varchar) from {identifier(schema)}.orders"
        f" where starts_with(cast(order_id as varchar), '{PREFIX}')",
    }
    hidden = "token of "
    while any(hidden in name for name in names):
        hidden += "the "
    tokens = ", ".join(
        f"erased_token('{kind}', cast({identifier(name)} as varchar))"
        f" as {identifier(hidden + name)}"
        for name, kind in kinds.items()
    )
    hits = {
        name: f"coalesce({identifier(hidden + name)} in ({sources[kind]}), false)"
        for name, kind in kinds.items()
    }
    flags = ", ".join(f"{hit} as {identifier('is ' + hidden + name)}" for name, hit in hits.items())
    if table == "identities":
        note_visitors(con, kinds, f"select *, {tokens} from ({query})", hidden, sources["member"])
    is_hit = " or ".join(identifier("is " + hidden + name) for name in kinds)
    columns = ", ".join(
        f"{cell(table, name, kinds, hidden, is_hit)} as {identifier(name)}" for name in names
    )
    return f"select {columns} from (select *, {flags} from (select *, {tokens} from ({query})))"


def note_visitors(
    con: duckdb.DuckDBPyConnection, kinds: dict[str, str], rows: str, hidden: str, members: str
) -> None:
    """Fills erased_visitors: those that any row of the identities ties to somebody on the list."""
    column = {kind: identifier(hidden + name) for name, kind in kinds.items()}
    con.execute(
        f"create or replace temp table erased_visitors as select distinct {column['visitor']}"
        f" as token from ({rows}) where {column['member']} in ({members})"
        f" and {column['visitor']} is not null"
    )


def cell(table: str, name: str, kinds: dict[str, str], hidden: str, is_hit: str) -> str:
    """A column of `emptied`: its token in a row that it makes an erased member's, else nothing."""
    quoted = identifier(name)
    if name in kinds:
        return (
            f"case when {identifier('is ' + hidden + name)} then {identifier(hidden + name)}"
            f" when not ({is_hit}) then cast({quoted} as varchar) end"
        )
    if table == "orders" and fold(name) == "order_id":
        return (
            f"case when {is_hit} then erased_token('order', cast({quoted} as varchar))"
            f" else cast({quoted} as varchar) end"
        )
    return f"case when not ({is_hit}) then {quoted} end"


def add_requests(con: duckdb.DuckDBPyConnection, schema: str) -> None:
    """Puts who is on the block list among the erasures, where the file does not name them."""
    erasures = f"{identifier(schema)}.erasures"
    con.execute(
        f"insert into {erasures} (member_id) select member_token from {identifier(schema)}.{TABLE}"
        f" where member_token not in"
        f" (select member_id from {erasures} where member_id is not null)"
        " order by member_token"
    )
