"""Write raw/orders.csv.gz, the CDNOW purchases in the form of the raw contract, from their Parquet.

make_raw.py PARQUET [OUT]

OUT defaults to the folder raw/ beside this file. The columns read are customer_id, order_date,
number_of_cds, dollar_value, source_line. Every purchase is written once, in the order of
source_line; nothing is changed, left out or added. The same input gives the same bytes.
"""

import csv
import gzip
import io
import sys
from pathlib import Path

import duckdb

QUERY = """
    select
        'cdnow-' || lpad(source_line::varchar, 5, '0') as order_id,
        customer_id as member_id,
        strftime(order_date, '%Y-%m-%d') as ordered_at,
        dollar_value::varchar as gross_amount,
        'cdnow' as platform,
        'USD' as currency,
        number_of_cds
    from read_parquet(?)
    order by source_line
"""


def main(parquet: str, out: Path) -> None:
    """Write OUT/orders.csv.gz. Errors: DuckDB's, for a file that is not the CDNOW master."""
    rows = duckdb.execute(QUERY, [parquet])
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(column[0] for column in rows.description)
    writer.writerows(rows.fetchall())
    out.mkdir(parents=True, exist_ok=True)
    packed = gzip.compress(text.getvalue().encode(), mtime=0)
    (out / "orders.csv.gz").write_bytes(packed)
    print(f"{out / 'orders.csv.gz'}: {len(packed):,} bytes")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(sys.argv[1], Path(sys.argv[2]) if sys.argv[2:] else Path(__file__).parent / "raw")
