{{ config(materialized='view') }}

{#- Purchases of members who had been dormant when a period began, for each length of period. -#}
{%- set grains = member_loyalty.period_grains() %}
with orders as (
    select * from {{ ref('int_member_orders') }}
    where void_on is null
),

periods as (
    select * from {{ ref('int_channel_periods') }}
    where channel = 'all'
),

{% for grain in grains -%}
{{ grain }}s as (
    select * from periods
    where period_grain = '{{ grain }}'
),

{% endfor -%}
purchases as (
    select
        orders.member_id,
        {%- for grain in grains %}
        {{ grain }}s.snapshot_before as snapshot_before_{{ grain }},
        {%- endfor %}
        orders.ordered_on
    from orders
    inner join days
        on {{ member_loyalty.period_start('day', 'orders.ordered_on') }} = days.period_start
    inner join weeks
        on {{ member_loyalty.period_start('week', 'orders.ordered_on') }} = weeks.period_start
    inner join months
        on {{ member_loyalty.period_start('month', 'orders.ordered_on') }} = months.period_start
)

select
    purchases.member_id,
    {%- for grain in grains %}
    max(case
        when purchases.snapshot_before_{{ grain }}
            between spells.first_snapshot_date and spells.last_snapshot_date then 1
        else 0
    end) = 1 as is_recall_of_{{ grain }},
    {%- endfor %}
    purchases.ordered_on as purchase_on
from purchases
inner join {{ ref('int_dormant_spells') }} as spells
    on purchases.member_id = spells.member_id
    and purchases.snapshot_before_day >= spells.first_snapshot_date
group by purchases.member_id, purchases.ordered_on
