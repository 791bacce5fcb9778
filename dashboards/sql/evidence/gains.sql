-- Gains and calibration by tenths of the members: means over the origins. Tenth 0 is the start.
with rankings as (
    select
        outcome,
        case when is_in_force then 'loyalty' else trait end as ranking,
        decile,
        avg(gain) as gain,
        avg(outcome_rate) as outcome_rate
    from agg_backtest_deciles
    where
        (is_in_force and trait = 'referral')
        or trait in ('recency', 'frequency', 'monetary', 'rfm', 'bg_nbd', 'random')
    group by outcome, ranking, decile
    having avg(gain) is not null
),

started as (
    select outcome, ranking, decile, gain, outcome_rate from rankings
    union all
    select outcome, ranking, 0, 0, null from rankings where decile = 1
)

select outcome, ranking, decile, decile / 10 as share_of_members, gain, outcome_rate
from started
order by outcome, ranking, decile
