{{ config(
    materialized='incremental',
    incremental_strategy='restated',
    restated_by='person_id',
    on_schema_change='sync_all_columns',
) }}

{#- In each channel, and in all together, a person counts once a period, on the first day of the
    kind in it. Who registered in the period of a visit is a registered visitor. -#}
{%- set grains = member_loyalty.period_grains() %}
with person_days as (
    {{ member_loyalty.only_restated(
        ref('int_person_days'), 'person_id', ref('int_restated_persons')
    ) }}
    inner join {{ ref('int_as_of_date') }} as as_of_date
        on rows_of.occurred_on <= as_of_date.as_of_date
    where rows_of.has_page_view or rows_of.has_click
),

registered as (
    select
        members.member_id,
        members.registered_on
    from {{ ref('int_members') }} as members
    inner join {{ ref('int_as_of_date') }} as as_of_date
        on members.registered_on <= as_of_date.as_of_date
),

in_channels as (
    {%- for channel in ['channel', "'all'"] %}
    {{ 'union all' if not loop.first }}
    select
        person_id,
        member_id,
        {{ channel }} as channel,
        occurred_on,
        max(case when has_page_view then occurred_on end) as viewed_on,
        max(case when has_click then occurred_on end) as clicked_on
    from person_days
    group by person_id, member_id, occurred_on{{ ', channel' if loop.first }}
    {%- endfor %}
),

converted as (
    select
        in_channels.*,
        registered.registered_on,
        case
            when {{ member_loyalty.is_within_days(
                'in_channels.clicked_on',
                'registered.registered_on',
                member_loyalty.conversion_days()
            ) }} then in_channels.clicked_on
        end as converted_on
    from in_channels
    left join registered on in_channels.member_id = registered.member_id
),

followed as (
    select
        converted.*,
        {%- for grain in grains %}
        {{ member_loyalty.period_start(grain, 'occurred_on') }} as {{ grain }}_start,
        {{ member_loyalty.period_start(grain, 'registered_on') }} as registered_{{ grain }}_start,
        {%- endfor %}
        max(viewed_on) over earlier as previous_viewed_on,
        max(clicked_on) over earlier as previous_clicked_on,
        max(converted_on) over earlier as previous_converted_on
    from converted
    window earlier as (
        partition by person_id, channel
        order by occurred_on
        rows between unbounded preceding and 1 preceding
    )
)

select
    person_id,
    channel,
    {%- for grain in grains %}
    {%- for measure, of_date, condition in [
        ('unique_visitors', 'viewed_on', 'true'),
        ('registered_visitors', 'viewed_on',
            'registered_' ~ grain ~ '_start = ' ~ grain ~ '_start'),
        ('clickers', 'clicked_on', 'true'),
        ('click_conversions', 'converted_on', 'true'),
    ] %}
    case
        when {{ of_date }} is not null
            and {{ member_loyalty.is_first_in_period(
                grain ~ '_start', 'previous_' ~ of_date
            ) }}
            and {{ condition }} then 1
        else 0
    end as {{ measure }}_{{ grain }},
    {%- endfor %}
    {%- endfor %}
    occurred_on
from followed
