{{ config(
    materialized='incremental',
    incremental_strategy='restated',
    restated_by='member_id',
    on_schema_change='sync_all_columns',
) }}

{#- Two purchase dates are consecutive at d when both are alive at d and every date between them is
    void by then. So a date follows the last lasting date before it, or one of the passing dates
    since. -#}

with days as (
    select
        member_id,
        purchase_on,
        void_on,
        lag(purchase_on) over earlier as neighbour_on,
        max(case when void_on is null then purchase_on end) over (
            partition by member_id
            order by purchase_on
            rows between unbounded preceding and 1 preceding
        ) as lasting_on
    from {{ ref('int_purchase_days') }}
    window earlier as (partition by member_id order by purchase_on)
),

after_lasting as (
    select
        member_id,
        lasting_on as previous_on,
        purchase_on,
        purchase_on as from_on,
        void_on as until_on
    from days
    where neighbour_on is not distinct from lasting_on
),

after_passing as (
    select *
    from days
    where neighbour_on is distinct from lasting_on
),

candidates as (
    select
        later.member_id,
        later.purchase_on,
        later.void_on,
        earlier.purchase_on as previous_on,
        earlier.void_on as previous_void_on
    from after_passing as later
    inner join days as earlier
        on later.member_id = earlier.member_id
        and later.purchase_on > earlier.purchase_on
        and coalesce(later.lasting_on, earlier.purchase_on) <= earlier.purchase_on
    union all
    select
        member_id,
        purchase_on,
        void_on,
        cast(null as date) as previous_on,
        cast(null as date) as previous_void_on
    from after_passing
    where lasting_on is null
),

alive_candidates as (
    select
        member_id,
        previous_on,
        purchase_on,
        greatest(purchase_on, max(previous_void_on) over (
            partition by member_id, purchase_on
            order by previous_on desc nulls last
            rows between unbounded preceding and 1 preceding
        )) as from_on,
        least(previous_void_on, void_on) as until_on
    from candidates
),

gaps as (
    select * from after_lasting
    union all
    select * from alive_candidates
    where until_on is null or until_on > from_on
)

select
    member_id,
    previous_on,
    purchase_on,
    cast({{ member_loyalty.days_between('previous_on', 'purchase_on') }} as integer) as gap_days,
    from_on,
    until_on
from gaps
