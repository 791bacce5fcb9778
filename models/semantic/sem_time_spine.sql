{#- Days for MetricFlow: from 1 January of the year of the first order, so that a period cut by the
    first order is whole. -#}
with as_of_date as (
    select * from {{ ref('int_as_of_date') }}
),

bounds as (
    select
        {{ member_loyalty.period_start('year', 'first_order_on') }} as first_on,
        as_of_date
    from as_of_date
),

numbered as (
    select
        first_on,
        {{ member_loyalty.unnest_integers(
            0, member_loyalty.days_between('first_on', 'as_of_date')
        ) }} as days_later
    from bounds
)

select first_on + cast(days_later as integer) as date_day
from numbered
