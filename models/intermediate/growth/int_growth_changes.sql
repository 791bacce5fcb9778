{#- What changes a balance on a day. Nobody is looked at day by day: a member counts on the day of
    entering a balance and on the day of leaving it. A purchase opens the window of a buyer unless
    an earlier one holds it open, and closes it unless a later one comes first; two purchases hold
    open that of a repeat buyer, the window of the earlier. -#}
{%- set window = var('rfm_window_days') %}
{%- set ltv_end = 'joined_on + ' ~ member_loyalty.ltv_days() %}
{%- set member_days = ref('int_member_days') %}
with members as (
    select
        joined_on,
        closed_on,
        {{ member_loyalty.channel_of('acquisition_channel') }} as channel
    from {{ ref('int_members') }}
    where joined_on is not null
)

{%- set changes = [
    ('enrolled_members', 'members', 'joined_on', '1', 'true'),
    ('enrolled_members', 'members', 'closed_on', '-1', 'closed_on is not null'),
    ('ltv_members', 'members', 'joined_on', '1', 'true'),
    ('ltv_members', 'members', ltv_end, '-1', 'true'),
    ('ltv_revenue', member_days, 'greatest(occurred_on, joined_on)', 'net_revenue',
        'net_revenue <> 0 and occurred_on < ' ~ ltv_end),
    ('ltv_revenue', member_days, ltv_end, '-net_revenue',
        'net_revenue <> 0 and occurred_on < ' ~ ltv_end),
    ('window_buyers', member_days, 'purchase_on', '1',
        'coalesce(previous_purchase_on + ' ~ window ~ ' <= purchase_on, true)'),
    ('window_buyers', member_days, 'purchase_on + ' ~ window, '-1',
        'coalesce(next_purchase_on >= purchase_on + ' ~ window ~ ', true)'),
    ('window_repeat_buyers', member_days, 'purchase_on', '1',
        'previous_purchase_on + ' ~ window ~ ' > purchase_on'),
    ('window_repeat_buyers', member_days,
        'least(coalesce(next_purchase_on, previous_purchase_on + ' ~ window ~ '),'
        ~ ' previous_purchase_on + ' ~ window ~ ')', '-1',
        'previous_purchase_on + ' ~ window ~ ' > purchase_on'),
] %}
{%- for measure, relation, changed_on, change, condition in changes %}
{{ 'union all' if not loop.first }}
select
    '{{ measure }}' as measure,
    channel,
    {{ changed_on }} as changed_on,
    sum({{ change }}) as change
from {{ relation }}
where {{ condition }}
    {%- if 'purchase_on' in changed_on %}
    and purchase_on is not null
    {%- endif %}
group by channel, {{ changed_on }}
{%- endfor %}
