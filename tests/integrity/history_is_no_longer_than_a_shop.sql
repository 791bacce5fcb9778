{{ config(fail_calc='coalesce(max(history_days), 0)', warn_if='> 10950', error_if='> 73000') }}
-- The first order is not a slip such as 0001-01-01: each day since then is computed. Warns of more
-- than 30 years of 365 days and stops the build at more than 200. One row, the fault in `problem`.
with history as (
    select
        first_order_on,
        as_of_date,
        {{ member_loyalty.days_between('first_order_on', 'as_of_date') }} as history_days
    from {{ ref('int_as_of_date') }}
)

select
    first_order_on,
    as_of_date,
    history_days,
    concat(
        'the first order is dated ', first_order_on, ', and each day from then to ', as_of_date,
        ' is computed; correct or remove it if that is a slip'
    ) as problem
from history
where history_days > 10950
