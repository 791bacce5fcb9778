{{ config(
    materialized='incremental',
    incremental_strategy='restated',
    restated_by='person_id',
    on_schema_change='sync_all_columns',
) }}

with changes as (
    select
        person_id,
        snapshot_number,
        max(purchase_code) as purchase_code,
        max(longest_gap_days) as longest_gap_days,
        max(passing_purchase_code) as passing_purchase_code,
        max(passing_gap_days) as passing_gap_days,
        max(interest_on) as interest_on
    from {{ ref('int_person_changes') }}
    group by person_id, snapshot_number
),

balances as (
    select
        person_id,
        snapshot_number as first_number,
        lead(snapshot_number) over in_order - 1 as last_number,
        greatest(max(purchase_code) over history, passing_purchase_code) as purchase_code,
        greatest(max(longest_gap_days) over history, passing_gap_days) as longest_gap_days,
        max(interest_on) over history as last_interest_on
    from changes
    window
        in_order as (partition by person_id order by snapshot_number),
        history as (
            partition by person_id
            order by snapshot_number
            rows between unbounded preceding and current row
        )
),

as_of_date as (
    select * from {{ ref('int_as_of_date') }}
),

clipped as (
    select
        balances.*,
        spans.member_id,
        greatest(balances.first_number, spans.first_known_number) as known_number,
        {{ member_loyalty.until_closed('balances.last_number', 'spans.closed_number') | indent(8) }}
            as standing_number
    from balances
    inner join {{ ref('int_member_spans') }} as spans on balances.person_id = spans.person_id
)

select
    clipped.person_id,
    clipped.member_id,
    clipped.known_number as first_number,
    clipped.standing_number as last_number,
    {{ member_loyalty.purchase_code_date('clipped.purchase_code', 'as_of_date.first_order_on') }}
        as last_purchase_on,
    {{ member_loyalty.purchase_code_gap('clipped.purchase_code') }} as last_gap_days,
    clipped.longest_gap_days,
    clipped.last_interest_on
from clipped
cross join as_of_date
where clipped.standing_number is null or clipped.known_number <= clipped.standing_number
