"""Tags, next steps, audiences and campaigns (specification §6, docs/decisions.md D50 to D59)."""

import hashlib
import math
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import yaml

from .cells import as_bytes, rounded
from .scores import within


def loyalty_band(tile: int | None, v: dict) -> str | None:
    """The third of the tiles in which a tile lies; `none` for 0, None without a tile."""
    if tile is None:
        return None
    if tile == 0:
        return "none"
    thirds = -(-3 * tile // v["score_bins"])  # 1, 2 or 3: the third that ends at or above the tile
    return {1: "low", 2: "medium", 3: "high"}[thirds]


def next_play(segments: dict, seeds: dict) -> dict:
    """The row of the playbook with the lowest priority among a member's segments, {} for none.

    Args: `segments` {family: segment or None}.
    """
    plays = [
        play
        for play in seeds["segment_playbook"]
        if segments.get(play["segment_family"]) == play["segment"]
    ]
    return min(plays, key=lambda play: int(play["priority"]), default={})


def member_tags(
    marts: dict, segments: dict, published: list[date], v: dict, seeds: dict
) -> list[dict]:
    """Rows of fct_member_tags: the tags of all snapshots, equal neighbours made one row.

    Args: `segments` {family: {snapshot date: {member_id: segment}}} of the five segment families.
    """
    tags = {family: dict(by_date) for family, by_date in segments.items()}
    bands = tags["loyalty_band"] = {}
    for row in marts["fct_loyalty_scores"]:
        band = loyalty_band(row["loyalty_tile"], v)
        bands.setdefault(row["snapshot_date"], {})[row["member_id"]] = band
    plays = {}
    for d in published:
        for member in segments["lifecycle"].get(d, {}):
            held = {family: by_date.get(d, {}).get(member) for family, by_date in tags.items()}
            play = next_play(held, seeds)
            name = f"{play['segment_family']}:{play['segment']}" if play else "(none)"
            plays.setdefault(d, {})[member] = name
    tags["next_best_action"] = plays

    rows = []
    for family, by_date in tags.items():
        members = {member for held in by_date.values() for member in held}
        for member in members:
            row = None
            for d in published:
                tag = by_date.get(d, {}).get(member)
                if row is not None and tag != row["tag"]:
                    row["valid_to"] = d
                    row = None
                if row is None and tag is not None:
                    row = {
                        "member_id": member,
                        "tag_family": family,
                        "valid_from": d,
                        "tag": tag,
                        "valid_to": None,
                    }
                    rows.append(row)
    return rows


STEPS = {
    "recency": ("r_score", "recency_days"),
    "frequency": ("f_score", "frequency"),
    "monetary": ("m_score", "monetary_amount"),
    "average_order_value": ("average_order_value_score", "average_order_value"),
    "full_price": ("full_price_score", "full_price_frequency"),
    "referral": ("referral_score", "referral_count"),
    "loyalty": ("loyalty_tile", "loyalty_score"),
}


def next_steps(marts: dict, latest: dict[str, dict], d: date | None, v: dict) -> list[dict]:
    """Rows of fct_next_steps.

    Args: `latest` {member_id: all columns of its rows at the last snapshot}, that snapshot's date,
    vars.
    """
    bounds = {
        (row["measure"], row["within_scores"], row["score"]): (
            row["lower_value"],
            row["upper_value"],
        )
        for row in marts["agg_score_bounds"]
        if row["snapshot_date"] == d and row["score_partition"] == "all"
    }
    rows = []
    for member, found in latest.items():
        if "r_score" not in found:
            continue
        for measure, (score, value) in STEPS.items():
            among = within(score, found, v)
            above = [s for m, w, s in bounds if (m, w) == (measure, among) and s > found[score]]
            if not above:
                continue
            ends, own = bounds[measure, among, min(above)], found[value]
            own = None if own is None else Decimal(own)
            if own is None:
                needed = max(ends) if measure == "recency" else min(ends)
            else:
                needed = min(ends, key=lambda end: abs(end - own))
            rows.append(
                {
                    "member_id": member,
                    "measure": measure,
                    "snapshot_date": d,
                    "score": found[score],
                    "next_score": min(above),
                    "value": own,
                    "value_needed": needed,
                    "gap": None if own is None else abs(needed - own),
                }
            )
    return rows


def last_contacts(staged: dict, as_of: date) -> dict[str, date]:
    """{member_id: date of the last send by as_of that was not to a control group}."""
    contacts = {}
    for send in staged["campaign_sends"]:
        on = send["sent_at"].date()
        if on <= as_of and (send["variant"] or "").lower() != "control":
            contacts[send["member_id"]] = max(on, contacts.get(send["member_id"], on))
    return contacts


def next_actions(marts: dict, steps: list[dict], contacts: dict, d: date, v, seeds) -> list[dict]:
    """Rows of fct_next_actions. Args: rows of fct_next_steps, last_contacts, the last snapshot."""
    lacking = {(step["member_id"], step["measure"]): step for step in steps}
    rows = []
    for member in marts["dim_members"]:
        play = next_play(member_segments(member, v), seeds)
        if not play:
            continue
        contacted = contacts.get(member["member_id"])
        pause = timedelta(days=int(play["cooldown_days"]))
        row = {
            "member_id": member["member_id"],
            "snapshot_date": d,
            **{c: play[c] for c in ("segment_family", "segment")},
            "priority": int(play["priority"]),
            **{c: play[c] for c in ("strategy_en", "strategy_zh", "offer_en", "offer_zh")},
            "channel": play["channel"],
            "cooldown_days": int(play["cooldown_days"]),
            "last_contacted_on": contacted,
            "contact_from": max(d, contacted + pause) if contacted else d,
            "aim_measure": play["aim_measure"],
        }
        step = lacking.get((member["member_id"], play["aim_measure"]), {})
        for column in ("score", "next_score", "value", "value_needed", "gap"):
            row[column] = step.get(column)
        rows.append(row)
    return rows


def member_segments(row: dict, v: dict) -> dict:
    """{family: segment} of a row of dim_members."""
    return {
        "rfm_value_class": row["rfm_value_class"],
        "rfm_segment": row["rfm_segment"],
        "quadrant": row["quadrant"],
        "lifecycle": row["lifecycle_stage"],
        "aipl": row["aipl_stage"],
        "loyalty_band": loyalty_band(row["loyalty_tile"], v),
    }


AUDIENCES = Path(__file__).resolve().parents[3] / "models" / "audiences"


def audiences(v: dict) -> list[dict]:
    """Rows of dim_audiences, from the files as shipped."""
    declared = yaml.safe_load((AUDIENCES / "_audiences__models.yml").read_text("utf-8"))
    rows = []
    for model in declared["models"]:
        meta = model["config"]["meta"]
        rows.append(
            {
                "audience": model["name"],
                **{c: meta[c] for c in ("title", "owner", "channel", "purpose")},
                "holdout_share": Decimal(str(meta["holdout_share"])),
                "checks_consents": v["using_consents"],
                "consent_rule": "the newest consent by the snapshot date is not withdrawn by then;"
                " no consent, no export"
                if v["using_consents"]
                else "not checked: using_consents is false",
                "refresh": meta["refresh"],
                "definition": (AUDIENCES / f"{model['name']}.sql").read_text("utf-8").strip(),
            }
        )
    return rows


def audience_sets(marts: dict, v: dict) -> dict[str, dict[date, set]]:
    """{audience: {snapshot date: member ids}} of the shipped audiences, read from the marts."""
    rfm = [row for row in marts["fct_rfm_scores"] if row["score_partition"] == "all"]
    bounds = [row for row in marts["agg_score_bounds"] if row["score_partition"] == "all"]
    classes = {(row["snapshot_date"], row["member_id"]): row["rfm_value_class"] for row in rfm}
    joined = {row["member_id"]: row["joined_on"] for row in marts["dim_members"]}
    champions = {}
    for row in marts["fct_member_tags"]:
        if (row["tag_family"], row["tag"]) == ("rfm_segment", "champions"):
            champions.setdefault(row["member_id"], []).append((row["valid_from"], row["valid_to"]))
    best = {}
    for row in bounds:
        if row["measure"] == "referral" and row["score"]:
            best[row["snapshot_date"]] = max(row["score"], best.get(row["snapshot_date"], 0))
    steps = {
        (row["snapshot_date"], row["within_scores"], row["score"], int(row["lower_value"]))
        for row in bounds
        if row["measure"] == "frequency"
    }
    year, month = timedelta(days=365), timedelta(days=31)
    found = {}

    def put(audience: str, row: dict) -> None:
        found.setdefault(audience, {}).setdefault(row["snapshot_date"], set()).add(row["member_id"])

    for row in rfm:
        key, score = (row["snapshot_date"], within("f_score", row, v)), row["f_score"]
        more = row["frequency"] + 1
        if score and any((*key, s, more) in steps for s in range(score + 1, 10)):
            put("one_order_from_next_frequency_score", row)
    for row in marts["fct_member_quadrants"]:
        if row["quadrant"] == "B":
            put("high_contribution_low_loyalty", row)
    for row in marts["fct_loyalty_scores"]:
        if row["referral_score"] and row["referral_score"] == best.get(row["snapshot_date"]):
            put("top_referrers", row)
    for row in marts["fct_lifecycle_snapshots"]:
        d, member, stage = row["snapshot_date"], row["member_id"], row["lifecycle_stage"]
        if stage == "development" and (d - joined[member]).days > 60:
            put("development_past_60_days", row)
        lapsed = stage in ("dormant", "churned")
        if lapsed and classes[d, member] in ("important_keep", "important_winback"):
            put("lapsed_with_high_value", row)
        if stage == "dormant" and d - row["stage_entered_on"] <= month:
            times = champions.get(member, [])
            if any(begun < d and (end is None or d - end < year) for begun, end in times):
                put("newly_dormant_champions", row)
    return found


def audience_members(
    sets: dict, settings: list[dict], consents: dict | None, published: list[date], v: dict
) -> list[dict]:
    """Rows of fct_audience_members.

    Args: audience_sets, rows of dim_audiences, {member_id: has consent} or None where consents are
    not checked, the snapshot dates.
    """
    if not published:
        return []
    last = published[-1]
    oldest = last - timedelta(days=v["audience_history_days"])
    seen = [d for d in published if d >= oldest]
    before = seen[-2] if len(seen) > 1 else None
    rows = []
    for setting in settings:
        by_date = sets.get(setting["audience"], {})
        now, then = by_date.get(last, set()), by_date.get(before, set())
        for member in now | then:
            stay = [d for d in seen if member in by_date.get(d, set())]
            entered = stay[-1]
            for d in reversed(seen[: seen.index(entered)]):
                if d not in stay:
                    break
                entered = d
            has_consent = None if consents is None else consents.get(member, False)
            rows.append(
                {
                    "audience": setting["audience"],
                    "member_id": member,
                    "snapshot_date": last,
                    "entered_on": entered,
                    "exited_on": None if member in now else last,
                    "status": "left"
                    if member not in now
                    else "stayed"
                    if member in then
                    else "entered",
                    "is_control": member
                    in _controls(setting, now if member in now else then, consents),
                    "has_consent": has_consent,
                }
            )
    return rows


def _controls(setting: dict, members: set, consents: dict | None) -> set:
    """The control group of an audience: the first by digest, of who consents and who does not."""
    drawn = set()
    for side in (True, False):
        group = [
            m for m in members if (True if consents is None else consents.get(m, False)) == side
        ]
        group.sort(key=lambda m: hashlib.md5(f"{setting['audience']}/{m}".encode()).hexdigest())
        drawn.update(group[: int(Fraction(setting["holdout_share"]) * len(group) + Fraction(1, 2))])
    return drawn


def consents_at(staged: dict, d: date, v: dict) -> dict | None:
    """{member_id: whether the newest consent at d is not withdrawn}; None where not checked."""
    if not v["using_consents"]:
        return None
    newest = {}
    for row in staged["consents"]:
        known = newest.get(row["member_id"])
        if row["consented_at"].date() <= d and (
            known is None or row["consented_at"] > known["consented_at"]
        ):
            newest[row["member_id"]] = row
    return {
        member: row["withdrawn_at"] is None or row["withdrawn_at"].date() > d
        for member, row in newest.items()
    }


Z = 1.959963984540054


def campaign_lift(staged: dict, orders: list, v: dict, seeds: dict, as_of: date) -> list[dict]:
    """Rows of agg_campaign_lift. Args: staged rows, people.Order of all staged orders."""
    sends = {}
    for send in staged["campaign_sends"]:
        if send["sent_at"].date() <= as_of:
            key = send["campaign_id"], send["member_id"]
            variant = (send["variant"] or "treatment").lower()
            sends.setdefault(key, []).append((send["sent_at"], variant))
    credited = {}
    for order in orders:
        campaign = order.is_valid(as_of) and _campaign_of(order, sends, v)
        if campaign:
            credited.setdefault((campaign, order.member_id), []).append(order)
    groups = {}
    for (campaign, member), times in sends.items():
        revenue = sum(
            (o.net_revenue(as_of) for o in credited.get((campaign, member), [])), Decimal(0)
        )
        bought = len(credited.get((campaign, member), []))
        groups.setdefault(campaign, {}).setdefault(min(times)[1], []).append(
            (revenue, bought, [when.date() for when, _ in times])
        )
    rows = []
    for campaign, variants in groups.items():
        for variant, members in variants.items():
            control = variants.get("control") if variant != "control" else None
            rows.append(
                {
                    "campaign_id": campaign,
                    "variant": variant,
                    **_result(members, v, as_of),
                    **_lift(variant, members, control, v),
                    **_money(campaign, variant, members, control, seeds),
                }
            )
    return rows


def _campaign_of(order, sends: dict, v: dict) -> str | None:
    """The campaign of the latest send to the member before the order, within the window."""
    found = []
    for (campaign, member), times in sends.items():
        for when, _ in times if member == order.member_id else []:
            days = (order.ordered_on - when.date()).days
            timed = when.time() != when.min.time() and order.ordered_at.time() != when.min.time()
            if days < 0 or days > v["campaign_window_days"]:
                continue
            if days == 0 and timed and order.ordered_at < when:
                continue
            found.append((when, campaign))
    if not found:
        return None
    latest = max(when for when, _ in found)
    return min((campaign for when, campaign in found if when == latest), key=as_bytes)


def _result(members: list, v: dict, as_of: date) -> dict:
    """What a group did, without comparison."""
    sent_on = [on for *_, dates in members for on in dates]
    revenue = sum((revenue for revenue, *_ in members), Decimal(0))
    buyers = sum(bought > 0 for _, bought, _ in members)
    return {
        "window_days": v["campaign_window_days"],
        "first_sent_on": min(sent_on),
        "last_sent_on": max(sent_on),
        "is_complete": max(sent_on) + timedelta(days=v["campaign_window_days"]) <= as_of,
        "members": len(members),
        "sends": len(sent_on),
        "buyers": buyers,
        "orders": sum(bought for _, bought, _ in members),
        "net_revenue": revenue,
        "conversion_rate": rounded(Fraction(buyers, len(members)), 6),
        "revenue_per_member": rounded(Fraction(revenue) / len(members), 6),
    }


def _lift(variant: str, members: list, control: list | None, v: dict) -> dict:
    """The differences to the control group with their intervals and verdicts."""
    lift = dict.fromkeys(
        f"{what}_lift{end}"
        for what in ("conversion", "revenue")
        for end in ("", "_lower", "_upper")
    )
    lift["control_members"] = None
    if control is None:
        word = "control" if variant == "control" else "no_control"
        return lift | {"conversion_verdict": word, "revenue_verdict": word}
    n, m = len(members), len(control)
    x, y = (sum(bought > 0 for _, bought, _ in group) for group in (members, control))
    ends = newcombe(x, n, y, m)
    lift |= {
        "control_members": m,
        "conversion_lift": x / n - y / m,
        "conversion_lift_lower": ends[0],
        "conversion_lift_upper": ends[1],
    }
    means = [Fraction(sum(r for r, *_ in group)) / len(group) for group in (members, control)]
    lift["revenue_lift"] = float(means[0] - means[1])
    if min(n, m) > 1:
        squared = sum(
            sum((Fraction(r) - mean) ** 2 for r, *_ in group) / (len(group) * (len(group) - 1))
            for group, mean in zip((members, control), means)
        )
        reach = Z * math.sqrt(squared)
        lift["revenue_lift_lower"] = lift["revenue_lift"] - reach
        lift["revenue_lift_upper"] = lift["revenue_lift"] + reach
    lift = {
        key: rounded(Fraction(value), 6) if isinstance(value, float) else value
        for key, value in lift.items()
    }
    share = Fraction(x + y, n + m)
    enough = min(n, m) >= v["campaign_min_members"] and all(
        min(n, m) * part >= 5 for part in (share, 1 - share)
    )
    for what in ("conversion", "revenue"):
        lower, upper = lift[f"{what}_lift_lower"], lift[f"{what}_lift_upper"]
        lift[f"{what}_verdict"] = (
            "too_few_to_tell"
            if not enough
            else "higher"
            if lower > 0
            else "lower"
            if upper < 0
            else "no_difference_shown"
        )
    return lift


def newcombe(x: int, n: int, y: int, m: int) -> tuple[float, float]:
    """The 95 % interval of x/n - y/m from the two Wilson intervals (Newcombe 1998, method 10)."""

    def wilson(successes: int, trials: int) -> list[float]:
        # The two roots of (share - p)^2 = Z^2 p (1 - p) / trials.
        a, b, c = 1 + Z**2 / trials, -(2 * successes + Z**2) / trials, (successes / trials) ** 2
        root = math.sqrt(max(b * b - 4 * a * c, 0.0))
        return [(-b - root) / (2 * a), (-b + root) / (2 * a)]

    p, q, (low, high), (lower, upper) = x / n, y / m, wilson(x, n), wilson(y, m)
    return p - q - math.hypot(p - low, upper - q), p - q + math.hypot(high - p, q - lower)


def _money(campaign: str, variant: str, members: list, control: list | None, seeds: dict) -> dict:
    """Cost, incremental revenue and ROI."""
    cost = incremental = roi = None
    for row in seeds["campaign_costs"]:
        if (row["campaign_id"], row["variant"]) == (campaign, variant):
            sends = sum(len(dates) for *_, dates in members)
            per_send = Fraction(row["cost_per_send_amount"])
            cost = rounded(Fraction(row["fixed_cost_amount"]) + per_send * sends, 2)
    if control is not None:
        mean = Fraction(sum(r for r, *_ in control)) / len(control)
        incremental = rounded(Fraction(sum(r for r, *_ in members)) - mean * len(members), 2)
    if cost and incremental is not None:
        roi = rounded(Fraction(incremental - cost) / Fraction(cost), 6)
    return {"cost_amount": cost, "incremental_revenue": incremental, "roi": roi}
