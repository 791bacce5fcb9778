"""Turn the invoice lines of UCI Online Retail into a raw folder of this project.

adapt.py PARQUET OUT

Writes OUT/orders.csv.gz, OUT/order_refunds.csv.gz and OUT/reconciliation.md, and prints the latter.
Each line of the file goes to exactly one place: an order, refunds, or a reason for leaving it out.
The amounts of all places sum to the file's own total, exactly; otherwise nothing is written.

What is decided here is what anyone decides who brings an invoice file:

- An order is an invoice. Its member is the invoice's customer; without one it is a guest's.
- A line equal to an earlier one in all eight columns is a copy, left out.
- Postage, fees, manual corrections, samples and vouchers are not sales of goods, left out.
- A line without a positive price is a stock correction or a gift, left out.
- A return (invoice `C…`) names no purchase. It is taken off that customer's purchases of the same
  article, not later than the return: those at the same price first, then the newest first.
"""

import csv
import gzip
import io
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import duckdb

NOT_GOODS = {
    "AMAZONFEE",
    "B",  # bad debt
    "BANK CHARGES",
    "C2",  # carriage
    "CRUK",  # commission of a charity
    "D",  # discount on a whole account
    "DOT",  # postage of the web shop
    "M",  # manual
    "POST",
    "S",  # samples
}
VOUCHER = "GIFT_"

ORDER = "orders: lines sold"
REFUND = "order_refunds: returns matched to a purchase"
EXCESS = "left out: the part of those returns beyond what was bought (lines counted above)"
IDENTICAL = "left out: identical to an earlier line"
NOT_SOLD = "left out: not goods (postage, fees, corrections, samples, vouchers)"
NO_PRICE = "left out: no positive price"
NOBODY = "left out: return without a customer"
UNMATCHED = "left out: return of what the customer did not buy in this file"
PLACES = (ORDER, REFUND, EXCESS, UNMATCHED, NOBODY, NO_PRICE, NOT_SOLD, IDENTICAL)


class Line(NamedTuple):
    """One invoice line of the file. unit_price is exact, in pounds; customer_id may be None."""

    invoice_no: str
    stock_code: str
    description: str | None
    quantity: int
    invoice_ts: datetime
    unit_price: Decimal
    customer_id: int | None
    country: str

    @property
    def amount(self) -> Decimal:
        """Quantity times price, in pounds; negative for a return."""
        return self.quantity * self.unit_price


@dataclass
class Order:
    """An order as the contract wants it, and the country, a column of this shop's own."""

    order_id: str
    member_id: str
    ordered_at: datetime
    country: str
    gross_amount: Decimal = Decimal(0)


@dataclass
class Refund:
    """A refund as the contract wants it."""

    refund_id: str
    order_id: str
    refunded_at: datetime
    refund_amount: Decimal = Decimal(0)


@dataclass
class Purchase:
    """A line sold, as far as it has not come back yet."""

    line: Line
    left: int


@dataclass
class Adapted:
    """Orders, refunds and the account of where each line and pound went."""

    orders: dict[str, Order] = field(default_factory=dict)
    refunds: dict[tuple[str, str], Refund] = field(default_factory=dict)
    lines: Counter = field(default_factory=Counter)
    amounts: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def book(self, place: str, line: Line) -> None:
        """Put a whole line in one place of the account."""
        self.lines[place] += 1
        self.amounts[place] += line.amount


def read_lines(parquet: str) -> list[Line]:
    """The lines of the file, in its order. Prices are doubles there; as printed they are exact."""
    rows = duckdb.execute(
        """
        select
            invoice_no, stock_code, description, quantity, invoice_ts, unit_price,
            customer_id, country
        from read_parquet(?)
        """,
        [parquet],
    )
    lines = (Line(*row) for row in rows.fetchall())
    return [line._replace(unit_price=Decimal(str(line.unit_price))) for line in lines]


def is_goods(stock_code: str) -> bool:
    """Whether an article code stands for goods."""
    code = stock_code.upper()
    return code not in NOT_GOODS and not code.startswith(VOUCHER)


def adapt(lines: Iterable[Line]) -> Adapted:
    """Sort every line into its place. Sales first, then the returns by time."""
    result = Adapted()
    seen: set[Line] = set()
    returns: list[Line] = []
    bought: dict[tuple[int, str], list[Purchase]] = defaultdict(list)
    for line in lines:
        if line in seen:
            result.book(IDENTICAL, line)
        elif not is_goods(line.stock_code):
            result.book(NOT_SOLD, line)
        elif line.unit_price <= 0:
            result.book(NO_PRICE, line)
        elif line.quantity < 0:
            returns.append(line)
        else:
            result.book(ORDER, line)
            add_to_order(result.orders, line)
            bought[line.customer_id, line.stock_code].append(Purchase(line, line.quantity))
        seen.add(line)
    for line in sorted(returns, key=lambda line: line.invoice_ts):
        if line.customer_id is None:
            result.book(NOBODY, line)
        else:
            match_return(result, line, bought[line.customer_id, line.stock_code])
    return result


def add_to_order(orders: dict[str, Order], line: Line) -> None:
    """Add a line sold to its order, which is placed at the time of its earliest line."""
    member_id = "" if line.customer_id is None else str(line.customer_id)
    new = Order(line.invoice_no, member_id, line.invoice_ts, line.country)
    order = orders.setdefault(line.invoice_no, new)
    if order.member_id != member_id:
        raise ValueError(f"invoice {line.invoice_no} has two customers")
    order.ordered_at = min(order.ordered_at, line.invoice_ts)
    order.gross_amount += line.amount


def match_return(result: Adapted, line: Line, purchases: list[Purchase]) -> None:
    """Take a return off what its customer bought of the article, and book what is left over."""
    earlier = [p for p in purchases if p.left and p.line.invoice_ts <= line.invoice_ts]
    newest_first = sorted(earlier, key=lambda p: p.line.invoice_ts, reverse=True)
    missing = -line.quantity
    for purchase in sorted(newest_first, key=lambda p: p.line.unit_price != line.unit_price):
        taken = min(missing, purchase.left)
        if taken:
            purchase.left -= taken
            missing -= taken
            key = line.invoice_no, purchase.line.invoice_no
            new = Refund("-".join(key), purchase.line.invoice_no, line.invoice_ts)
            refund = result.refunds.setdefault(key, new)
            refund.refunded_at = min(refund.refunded_at, line.invoice_ts)
            refund.refund_amount += taken * line.unit_price
    if missing == -line.quantity:
        result.book(UNMATCHED, line)
    else:
        result.lines[REFUND] += 1
        result.amounts[REFUND] += (line.quantity + missing) * line.unit_price
        result.amounts[EXCESS] -= missing * line.unit_price


def reconcile(result: Adapted, lines: list[Line]) -> str:
    """The account as a Markdown table. Errors: lines or pounds that are in no place, or in two."""
    total = sum((line.amount for line in lines), Decimal(0))
    gross = sum((order.gross_amount for order in result.orders.values()), Decimal(0))
    refunded = sum((refund.refund_amount for refund in result.refunds.values()), Decimal(0))
    checks = {
        "lines": (sum(result.lines.values()), len(lines)),
        "amounts": (sum(result.amounts.values()), total),
        "orders": (gross, result.amounts[ORDER]),
        "refunds": (-refunded, result.amounts[REFUND]),
    }
    for name, (found, expected) in checks.items():
        if found != expected:
            raise ValueError(f"{name} do not reconcile: {found} instead of {expected}")
    rows = [(place, result.lines[place], result.amounts[place]) for place in PLACES]
    rows.append(("the file", len(lines), total))
    table = "".join(f"| {place} | {count:,} | {amount:,.3f} |\n" for place, count, amount in rows)
    guests = sum(not order.member_id for order in result.orders.values())
    members = {order.member_id for order in result.orders.values() if order.member_id}
    refunded_orders = {refund.order_id for refund in result.refunds.values()}
    invoices = {line.invoice_no for line in lines}
    return (
        f"| where | lines | pounds |\n|---|--:|--:|\n{table}\n"
        f"{len(result.orders):,} orders of {len(members):,} members and {guests:,} guests;\n"
        f"{len(result.refunds):,} refunds of {len(refunded_orders):,} orders;\n"
        f"{len(invoices):,} invoices in the file.\n"
    )


def write_csv(path: Path, header: list[str], rows: Iterable[list]) -> None:
    """Write a gzipped CSV file; the same rows give the same bytes."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    path.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


def main(parquet: str, out: Path) -> None:
    """Adapt the file and write OUT."""
    lines = read_lines(parquet)
    result = adapt(lines)
    account = reconcile(result, lines)
    out.mkdir(parents=True, exist_ok=True)
    write_csv(
        out / "orders.csv.gz",
        ["order_id", "member_id", "ordered_at", "gross_amount", "currency", "country"],
        (
            [o.order_id, o.member_id, o.ordered_at, o.gross_amount, "GBP", o.country]
            for o in result.orders.values()
        ),
    )
    write_csv(
        out / "order_refunds.csv.gz",
        ["refund_id", "order_id", "refunded_at", "refund_amount"],
        (
            [r.refund_id, r.order_id, r.refunded_at, r.refund_amount]
            for r in result.refunds.values()
        ),
    )
    (out / "reconciliation.md").write_text(account, encoding="utf-8")
    print(account, end="")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], Path(sys.argv[2]))
