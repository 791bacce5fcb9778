{{ config(severity='warn') }}
-- Each set of weights says what each trait of the other sets weighs, 0 too: what a set leaves out
-- weighs 0 (spec §3), which is easily not meant. One row per fault, said in `problem`.
with weights as (
    select * from {{ ref('loyalty_weights') }}
),

sets as (
    select
        valid_from,
        sum(weight) as total_weight
    from weights
    group by valid_from
),

traits as (
    select distinct measure from weights
)

select
    sets.valid_from,
    traits.measure,
    'loyalty_weights.csv: the set of ' || {{ member_loyalty.as_text('sets.valid_from') }}
    || ' does not list ' || traits.measure || ', which weighs 0 from then on; say so with a row'
        as problem
from sets
cross join traits
left join weights
    on sets.valid_from = weights.valid_from
    and traits.measure = weights.measure
where weights.measure is null
union all
select
    valid_from,
    null as measure,
    'loyalty_weights.csv: all weights of the set of '
    || {{ member_loyalty.as_text('valid_from') }} || ' are 0' as problem
from sets
where total_weight = 0
