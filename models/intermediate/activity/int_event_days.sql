{{ config(
    materialized='incremental',
    incremental_strategy='changed_dates',
    on_schema_change='sync_all_columns',
) }}

{#- The one scan of the events, the largest input. In an incremental run only those of dates whose
    events are not the ones that this model holds, of which their sums tell. -#}
{%- set held = this if is_incremental() else none %}
{%- set counts = {
    'page_views': "event_type = 'page_view'",
    'clicks': "event_type = 'click'",
    'logins': "event_type = 'login'",
    'interests': member_loyalty.is_interest('event_type'),
    'activities': member_loyalty.is_activity('event_type'),
} %}
with {% if held -%}
{% for side, relation, events in [
    ('staged', ref('stg_events'), 'count(*)'),
    ('held', held, 'sum(events)'),
] -%}
{{ side }}_dates as (
    select
        occurred_on,
        {{ events }} as events,
        {{ member_loyalty.fingerprint('row_hash') }} as fingerprint
    from {{ relation }}
    group by occurred_on
),

{% endfor -%}
changed_dates as (
    select coalesce(staged_dates.occurred_on, held_dates.occurred_on) as occurred_on
    from staged_dates
    full join held_dates on staged_dates.occurred_on = held_dates.occurred_on
    where (
        staged_dates.events = held_dates.events
        and staged_dates.fingerprint = held_dates.fingerprint
    ) is not true
),

{% endif -%}
events as (
    select
        stg_events.*,
        {{ member_loyalty.channel_of('stg_events.channel') }} as counted_channel
    from {{ ref('stg_events') }} as stg_events
    {%- if held %}
    inner join changed_dates on stg_events.occurred_on = changed_dates.occurred_on
    {%- endif %}
),

days as (
    select
        occurred_on,
        counted_channel as channel,
        member_id,
        visitor_id,
        count(*) as events,
        {%- for name, condition in counts.items() %}
        sum(case when {{ condition }} then 1 else 0 end) as {{ name }},
        {%- endfor %}
        {{ member_loyalty.fingerprint('row_hash') }} as row_hash
    from events
    group by occurred_on, counted_channel, member_id, visitor_id
)

select
    {{ 'changed_dates' if held else 'days' }}.occurred_on,
    days.channel,
    days.member_id,
    days.visitor_id,
    days.events,
    {%- for name in counts %}
    cast(days.{{ name }} as bigint) as {{ name }},
    {%- endfor %}
    days.row_hash
{% if held -%}
from changed_dates
left join days on changed_dates.occurred_on = days.occurred_on
{%- else -%}
from days
{%- endif %}
