"""The raw contract, the vars and the seeds (specification §1), as the oracle reads them."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Column:
    """One contract column: how its cells are read, and what an empty cell stands for."""

    name: str
    type: str
    required: bool
    default: str | None


@dataclass(frozen=True)
class Table:
    """One raw table: columns in contract order, key columns, the column that dates a version."""

    columns: tuple[Column, ...]
    key: tuple[str, ...]
    newest_by: str | None


def _table(key: str, newest_by: str | None, columns: str) -> Table:
    """Read a table from lines of `name[!] type[=default]`; `!` marks a required column."""
    parsed = []
    for part in columns.split(","):
        name, kind = part.split()
        kind, _, default = kind.partition("=")
        parsed.append(Column(name.rstrip("!"), kind, name.endswith("!"), default or None))
    return Table(tuple(parsed), tuple(key.split()), newest_by)


TABLES = {
    "orders": _table(
        "order_id",
        "updated_at",
        """
        order_id! id, member_id id, ordered_at! timestamp, gross_amount! amount,
        discount_amount amount=0, status status=completed, platform text=unknown,
        promotion_code text, cost_amount amount, currency currency, updated_at timestamp""",
    ),
    "order_refunds": _table(
        "refund_id",
        None,
        """
        refund_id! id, order_id! id, refunded_at! timestamp, refund_amount! amount""",
    ),
    "members": _table(
        "member_id",
        "updated_at",
        """
        member_id! id, registered_at timestamp, joined_at timestamp, closed_at timestamp,
        acquisition_channel text=unknown, updated_at timestamp""",
    ),
    "referrals": _table(
        "referral_id",
        None,
        """
        referral_id! id, referrer_member_id! id, referred_member_id id, invited_at! timestamp""",
    ),
    "events": _table(
        "event_id",
        None,
        """
        event_id! id, occurred_at! timestamp, event_type! event_type, visitor_id id,
        member_id id, channel text=unknown""",
    ),
    "identities": _table(
        "visitor_id",
        "identified_at",
        """
        visitor_id! id, member_id! id, identified_at timestamp""",
    ),
    "marketing_spend": _table(
        "",
        None,
        """
        spend_date! date, channel! text, impressions count, clicks count,
        cost_amount! amount, currency currency""",
    ),
    "exchange_rates": _table(
        "rate_date currency",
        None,
        """
        rate_date! date, currency! currency, rate_to_reporting! rate""",
    ),
    "erasures": _table("member_id", None, "member_id! id, requested_at timestamp"),
    "consents": _table(
        "member_id consented_at",
        "withdrawn_at",
        """
        member_id! id, consented_at! timestamp, withdrawn_at timestamp""",
    ),
    "campaign_sends": _table(
        "campaign_id member_id sent_at",
        None,
        """
        campaign_id! id, member_id! id, sent_at! timestamp, variant text""",
    ),
}

MEMBER_COLUMNS = ("member_id", "referrer_member_id", "referred_member_id")

SEEDS = {
    "order_statuses": ("raw_status", "order_status"),
    "loyalty_weights": ("valid_from", "measure", "weight"),
    "score_thresholds": ("measure", "score", "lower_bound"),
    "rfm_segments": (
        "priority",
        "rfm_segment",
        "r_from",
        "r_to",
        "f_from",
        "f_to",
        "m_from",
        "m_to",
    ),
    "segment_playbook": (
        "segment_family",
        "segment",
        "priority",
        "label_en",
        "label_zh",
        "definition_en",
        "definition_zh",
        "strategy_en",
        "strategy_zh",
        "offer_en",
        "offer_zh",
        "channel",
        "cooldown_days",
        "aim_measure",
    ),
    "lifecycle_transitions": ("from_stage", "to_stage"),
    "campaign_costs": ("campaign_id", "variant", "fixed_cost_amount", "cost_per_send_amount"),
}


@cache
def default_vars() -> dict:
    """The vars of dbt_project.yml."""
    import yaml

    return yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]


def settings(overrides: dict | None = None) -> dict:
    """All vars: the defaults of dbt_project.yml with `overrides` on top.

    Raises KeyError for an override that dbt_project.yml does not know.
    """
    unknown = set(overrides or {}) - set(default_vars())
    if unknown:
        raise KeyError(f"vars that dbt_project.yml does not define: {sorted(unknown)}")
    return {**default_vars(), **(overrides or {})}


def seed_rows(overrides: dict | None = None) -> dict[str, list[dict]]:
    """All seeds: seeds/rules/*.csv with whole seeds replaced by `overrides`.

    Raises FileNotFoundError when a seed is neither overridden nor shipped.
    """
    rows = dict(overrides or {})
    for name in SEEDS:
        if name not in rows:
            path = PROJECT / "seeds" / "rules" / f"{name}.csv"
            with path.open(encoding="utf-8", newline="") as file:
                rows[name] = list(csv.DictReader(file))
    return rows
