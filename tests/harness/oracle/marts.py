"""The marts (specification §6), put together from people, scores and stages."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from zoneinfo import ZoneInfo

from . import activation, growth, people, scores, stability, stages
from .cells import rounded
from .contract import TABLES, seed_rows, settings
from .staging import stage

NONE = "(none)"
RFM_COLUMNS = (
    "recency_days",
    "frequency",
    "monetary_amount",
    "average_order_value",
    "full_price_frequency",
    "r_score",
    "f_score",
    "m_score",
    "rfm_cell",
    "rfm_value_class",
    "rfm_segment",
)
LOYALTY_COLUMNS = (
    "frequency_score",
    "referral_score",
    "average_order_value_score",
    "full_price_score",
    "referral_count",
    "loyalty_score",
    "loyalty_tile",
)
PARTITION_MEASURES = {
    "recency": ("r_score", "recency_days"),
    "frequency": ("f_score", "frequency"),
    "monetary": ("m_score", "monetary_amount"),
}


class Snapshot:
    """Everything about one snapshot date, computed from scratch."""

    def __init__(self, d: date, found: dict, orders: list, edges: list, v: dict, seeds: dict):
        self.d = d
        self.bought = {}
        for order in orders:
            if order.is_valid(d):
                self.bought.setdefault(order.member_id, []).append(order)
        self.dates_of = stages.purchase_dates(self.bought)
        self.cycle = stages.cycle(self.dates_of, d, v)
        enrolled = [m.member_id for m in found.values() if m.is_enrolled(d)]
        self.rows = scores.score_rows(enrolled, self.bought, d, v, seeds)
        self.order_value_halves = scores.order_value_halves(self.rows)
        self._loyalty_inputs = edges, d, v, seeds

    @cached_property
    def loyalty(self) -> dict:
        """Loyalty scores, needed for published snapshots only."""
        return scores.loyalty_rows(self.rows, *self._loyalty_inputs)

    def partitions(self, v: dict, seeds: dict) -> dict[str, dict]:
        """{score_partition: score_rows}, `all` included."""
        result = {"all": self.rows}
        for column in v["score_partitions"]:
            values = {o.partition_value(column) for bought in self.bought.values() for o in bought}
            for value in values:
                bought = {
                    m: [o for o in orders if o.partition_value(column) == value]
                    for m, orders in self.bought.items()
                }
                population = [m for m in self.rows if bought.get(m)]
                if population:
                    result[f"{column}={value}"] = scores.score_rows(
                        population, bought, self.d, v, seeds
                    )
        return result


def build(
    raw: dict, vars: dict | None = None, seeds: dict | None = None, build_date: date | None = None
) -> dict[str, list[dict]]:
    """Every mart from raw rows.

    Args:
        raw: {table: (columns, rows)}, cells are text, None or ''.
        vars: overrides of the vars in dbt_project.yml.
        seeds: {seed: rows} replacing whole seeds of seeds/rules.
        build_date: the day the build starts in business_timezone; today when None.
    Returns: {mart: rows}; beside the marts `rejected_rows` and `staged_rows` (rows per table).
    """
    v, s = settings(vars), seed_rows(seeds)
    staged, rejected = stage(raw, v, s)
    found = people.members(staged, rejected, v)
    orders = people.orders(staged, found, s)
    events = people.touches(staged, found)
    people.mark_first_seen(found, staged, events)
    ordered_on = [order.ordered_on for order in orders]
    if build_date is None:
        build_date = datetime.now(ZoneInfo(v["business_timezone"])).date()
    last_day = stages.as_of_date(ordered_on, v, build_date)
    as_of = last_day or people.NEVER
    edges = people.referrals(staged, found, orders, as_of, v)

    published = stages.snapshot_dates(ordered_on, last_day, v, v["snapshot_start"])
    snapshots = [
        Snapshot(d, found, orders, edges, v, s)
        for d in stages.snapshot_dates(ordered_on, last_day, v)
    ]
    walks = {m: stages.lifecycle(member, snapshots, v) for m, member in found.items()}

    marts = {
        name: []
        for name in (
            "fct_rfm_scores",
            "fct_loyalty_scores",
            "fct_member_quadrants",
            "fct_lifecycle_snapshots",
            "fct_aipl_stages",
            "agg_score_bounds",
            "agg_rfm_cells",
            "agg_score_rules",
        )
    }
    for snapshot in snapshots:
        if snapshot.d in published:
            _add_snapshot(marts, snapshot, found, events, walks, v, s)
    marts["dim_rfm_cells"] = scores.cell_rows(v, s)
    marts["fct_orders"] = [_order_row(order, as_of) for order in orders]
    marts["fct_referrals"] = edges
    marts["agg_segment_transitions"] = _transitions(marts, published)
    segments = _families(marts)
    shares = stability.population_shares(marts, segments, published)
    marts["agg_population_shares"] = shares
    marts["agg_population_stability"] = stability.population_stability(shares)
    latest = _latest_rows(marts, published)
    bought = {}
    for order in orders:
        bought.setdefault(order.member_id, []).append(order)
    referrers = {
        edge["referred_member_id"]: edge["referrer_member_id"]
        for edge in edges
        if edge["status"] == "accepted"
    }
    marts["fct_member_tags"] = activation.member_tags(marts, segments, published, v, s)
    marts["dim_members"] = [
        _member_row(
            member,
            bought.get(member.member_id, []),
            referrers,
            latest.get(member.member_id, {}),
            as_of,
            v,
            s,
        )
        for member in found.values()
    ]
    stages_at = {}
    for row in marts["fct_lifecycle_snapshots"]:
        stages_at.setdefault(row["snapshot_date"], {})[row["member_id"]] = row["lifecycle_stage"]
    for d in published:
        stages_at.setdefault(d, {})
    shop = growth.Shop(staged, found, orders, edges, as_of)
    marts["agg_aarrr"] = growth.aarrr(shop, min(ordered_on, default=None), stages_at, v)
    marts["agg_cohort_retention"] = growth.cohorts(shop)
    marts["fct_next_steps"] = activation.next_steps(marts, latest, last_day, v)
    marts["fct_next_actions"] = activation.next_actions(
        marts,
        marts["fct_next_steps"],
        activation.last_contacts(staged, as_of),
        last_day,
        v,
        s,
    )
    marts["dim_audiences"] = activation.audiences(v)
    marts["fct_audience_members"] = activation.audience_members(
        activation.audience_sets(marts, v),
        marts["dim_audiences"],
        activation.consents_at(staged, as_of, v),
        published,
        v,
    )
    marts["agg_campaign_lift"] = activation.campaign_lift(staged, orders, v, s, as_of)
    marts["rejected_rows"] = rejected
    marts["staged_rows"] = [{"source_table": t, "staged_rows": len(staged[t])} for t in TABLES]
    return marts


def _add_snapshot(marts, snapshot, found, events, walks, v, seeds) -> None:
    """Append the rows of one snapshot date to the snapshot marts."""
    d = snapshot.d
    for partition, rows in snapshot.partitions(v, seeds).items():
        grain = {"snapshot_date": d, "score_partition": partition}
        for member, row in rows.items():
            marts["fct_rfm_scores"].append(
                {**grain, "member_id": member, **{c: row[c] for c in RFM_COLUMNS}}
            )
        for measure, (score, value) in PARTITION_MEASURES.items():
            groups = {}
            for row in rows.values():
                pair = (row[score], row[value])
                groups.setdefault(scores.within(score, row, v), []).append(pair)
            for within, pairs in groups.items():
                marts["agg_score_bounds"] += _bounds(grain, measure, pairs, seeds, within)
        marts["agg_rfm_cells"] += _cells(grain, rows)
        loyalty = snapshot.loyalty if partition == "all" else None
        marts["agg_score_rules"] += [
            {**grain, **row} for row in scores.rule_rows(rows, loyalty, d, v, seeds)
        ]
    grain = {"snapshot_date": d, "score_partition": "all"}
    rows, loyalty = snapshot.rows, snapshot.loyalty
    quadrants = scores.quadrant_rows(rows, loyalty)
    for measure, pairs in {
        "average_order_value": [
            (loyalty[m]["average_order_value_score"], rows[m]["average_order_value"]) for m in rows
        ],
        "full_price": [
            (loyalty[m]["full_price_score"], rows[m]["full_price_frequency"]) for m in rows
        ],
        "referral": [(loyalty[m]["referral_score"], loyalty[m]["referral_count"]) for m in rows],
        "loyalty": [(loyalty[m]["loyalty_tile"], loyalty[m]["loyalty_score"]) for m in rows],
    }.items():
        marts["agg_score_bounds"] += _bounds(grain, measure, pairs, seeds)
    for member in rows:
        grain = {"snapshot_date": d, "member_id": member}
        marts["fct_loyalty_scores"].append(
            {**grain, **{c: loyalty[member][c] for c in LOYALTY_COLUMNS}}
        )
        marts["fct_member_quadrants"].append({**grain, **quadrants[member]})
    for member, walk in walks.items():
        if d in walk:
            marts["fct_lifecycle_snapshots"].append(
                {"snapshot_date": d, "member_id": member, **walk[d]}
            )
    persons = {f"member:{m}": m for m, member in found.items() if member.is_known(d)}
    persons |= {
        person: None
        for person, touched in events.items()
        if person.startswith("visitor:") and min(touched)[0].date() <= d
    }
    for person, member in persons.items():
        marts["fct_aipl_stages"].append(
            {
                "snapshot_date": d,
                "person_id": person,
                "member_id": member,
                "aipl_stage": stages.aipl_stage(
                    snapshot.dates_of.get(member, []), events.get(person, []), snapshot.cycle, d, v
                ),
                "cycle_days": rounded(snapshot.cycle, 6),
                **stages.rhythm(snapshot.dates_of.get(member, []), events.get(person, []), d),
            }
        )


def _bounds(grain: dict, measure: str, pairs: list, seeds: dict, within: str = "all") -> list[dict]:
    """Rows of agg_score_bounds for one measure.

    Args: `pairs` (score, raw value) of the members; among whom they were scored.
    """
    by_threshold = any(row["measure"] == measure for row in seeds["score_thresholds"])
    result = []
    for score in {score for score, _ in pairs}:
        values = [value for s, value in pairs if s == score and value is not None]
        result.append(
            {
                **grain,
                "measure": measure,
                "within_scores": within,
                "score": score,
                "lower_value": rounded(min(values), 4) if values else None,
                "upper_value": rounded(max(values), 4) if values else None,
                "members": sum(s == score for s, _ in pairs),
                "method": "threshold" if by_threshold else "quantile",
            }
        )
    return result


def _cells(grain: dict, rows: dict) -> list[dict]:
    """Rows of agg_rfm_cells for one partition."""
    cells = {}
    for row in rows.values():
        cells.setdefault((row["r_score"], row["f_score"], row["m_score"]), []).append(row)
    return [
        {
            **grain,
            "r_score": r,
            "f_score": f,
            "m_score": m,
            "members": len(members),
            "orders": sum(row["orders_in_window"] for row in members),
            "net_revenue": sum((row["monetary_amount"] for row in members), Decimal("0.00")),
        }
        for (r, f, m), members in cells.items()
    ]


def _families(marts: dict) -> dict[str, dict]:
    """{family: {snapshot date: {member_id: segment}}} of the five segment families."""
    result = {}
    for family, mart, column in (
        ("rfm_value_class", "fct_rfm_scores", "rfm_value_class"),
        ("rfm_segment", "fct_rfm_scores", "rfm_segment"),
        ("quadrant", "fct_member_quadrants", "quadrant"),
        ("lifecycle", "fct_lifecycle_snapshots", "lifecycle_stage"),
        ("aipl", "fct_aipl_stages", "aipl_stage"),
    ):
        segments = result[family] = {}
        for row in marts[mart]:
            if row["member_id"] is not None and row.get("score_partition", "all") == "all":
                segments.setdefault(row["snapshot_date"], {})[row["member_id"]] = row[column]
    return result


def _transitions(marts: dict, published: list[date]) -> list[dict]:
    """Rows of agg_segment_transitions between consecutive snapshot dates of the marts."""
    revenue = {
        (row["snapshot_date"], row["member_id"]): row["monetary_amount"]
        for row in marts["fct_rfm_scores"]
        if row["score_partition"] == "all"
    }
    result = []
    for family, segments in _families(marts).items():
        for before, after in zip(published, published[1:]):
            froms, tos = segments.get(before, {}), segments.get(after, {})
            moves = {}
            for member in {*froms, *tos}:
                moves.setdefault((froms.get(member, NONE), tos.get(member, NONE)), []).append(
                    member
                )
            for (source, target), movers in moves.items():
                leaving = sum(len(m) for (s, _), m in moves.items() if s == source)
                result.append(
                    {
                        "segment_family": family,
                        "from_date": before,
                        "to_date": after,
                        "from_segment": source,
                        "to_segment": target,
                        "members": len(movers),
                        "revenue_before": sum(
                            (revenue.get((before, m), 0) for m in movers), Decimal("0.00")
                        ),
                        "revenue_after": sum(
                            (revenue.get((after, m), 0) for m in movers), Decimal("0.00")
                        ),
                        "share_of_from": rounded(Fraction(len(movers), leaving), 6),
                    }
                )
    return result


def _order_row(order: people.Order, as_of: date) -> dict:
    return {
        "order_id": order.order_id,
        "member_id": order.member_id,
        "ordered_at": order.ordered_at,
        "ordered_on": order.ordered_on,
        "platform": order.platform,
        "status": order.status,
        "gross_amount": order.gross,
        "discount_amount": order.gross - order.net_before_refund,
        "net_before_refund": order.net_before_refund,
        "refund_amount": order.refund_amount(as_of),
        "net_revenue": order.net_revenue(as_of),
        "cost_amount": order.cost,
        "is_full_price": order.is_full_price,
        "is_over_refunded": order.own_refunded(as_of) > order.own_net,
        "is_valid": order.is_valid(as_of),
        "invalid_reason": order.invalid_reason(as_of),
    }


def _member_row(member, orders, referrers, latest, as_of, v, seeds) -> dict:
    """One row of dim_members: the profile at as_of_date, then the last snapshot's values."""
    valid = [order for order in orders if order.is_valid(as_of)]
    ordered_on = [order.ordered_on for order in valid]
    row = {
        "member_id": member.member_id,
        "is_inferred": member.is_inferred,
        "registered_on": member.registered_at and member.registered_at.date(),
        "joined_on": member.joined_on,
        "closed_on": member.closed_at and member.closed_at.date(),
        "first_seen_on": member.first_seen_at and member.first_seen_at.date(),
        "acquisition_channel": member.channel,
        "is_enrolled": member.is_enrolled(as_of),
        "is_closed": member.is_closed(as_of),
        "referrer_member_id": referrers.get(member.member_id),
        "first_order_on": min(ordered_on, default=None),
        "last_order_on": max(ordered_on, default=None),
        "valid_orders": len(valid),
        "net_revenue": sum((o.net_revenue(as_of) for o in valid), Decimal("0.00")),
        **_btyd_summary(valid, as_of),
    }
    for column in (
        "snapshot_date",
        "recency_days",
        "frequency",
        "monetary_amount",
        "average_order_value",
        "r_score",
        "f_score",
        "m_score",
        "rfm_cell",
        "rfm_value_class",
        "rfm_segment",
        "loyalty_score",
        "loyalty_tile",
        "quadrant",
        "lifecycle_stage",
        "stage_entered_on",
        "aipl_stage",
    ):
        row[column] = latest.get(column)
    play = activation.next_play(activation.member_segments(row, v), seeds)
    row["next_action"] = play.get("strategy_en") or None
    row["next_action_zh"] = play.get("strategy_zh") or None
    return row


def _btyd_summary(valid: list, as_of: date) -> dict:
    """A member's repeat buying, one purchase a day (dim_members: inputs of BTYD models)."""
    days = {}
    for order in valid:
        days.setdefault(order.ordered_on, []).append(order.net_revenue(as_of))
    if not days:
        btyd = ("btyd_frequency", "btyd_recency_days", "btyd_age_days", "btyd_mean_value")
        return dict.fromkeys((*btyd, "mean_gap_days", "expected_next_order_on"))
    first, last = min(days), max(days)
    repeats = [sum(amounts) for on, amounts in days.items() if on != first]
    gap = Fraction((last - first).days, max(len(repeats), 1))
    return {
        "btyd_frequency": len(repeats),
        "btyd_recency_days": (last - first).days,
        "btyd_age_days": (as_of - first).days,
        "btyd_mean_value": rounded(Fraction(sum(repeats)) / max(len(repeats), 1), 2),
        "mean_gap_days": rounded(gap, 2) if repeats else None,
        "expected_next_order_on": last + timedelta(int(rounded(gap, 0))) if repeats else None,
    }


def _latest_rows(marts: dict, published: list[date]) -> dict[str, dict]:
    """{member_id: all columns of its rows at the last snapshot}."""
    latest = {}
    for mart in (
        "fct_rfm_scores",
        "fct_loyalty_scores",
        "fct_member_quadrants",
        "fct_lifecycle_snapshots",
        "fct_aipl_stages",
    ):
        for row in marts[mart]:
            if (
                row["snapshot_date"] == published[-1]
                and row["member_id"] is not None
                and row.get("score_partition", "all") == "all"
            ):
                latest.setdefault(row["member_id"], {}).update(row)
    return latest
