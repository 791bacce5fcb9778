select
    person_id,
    case when unique_visitors_day = 1 then person_id end as visitor_id,
    case when clickers_day = 1 then person_id end as clicker_id,
    case when click_conversions_day = 1 then person_id end as converted_id,
    {%- for grain in member_loyalty.period_grains() %}
    case when registered_visitors_{{ grain }} = 1 then person_id end as registered_{{ grain }}_id,
    {%- endfor %}
    channel,
    occurred_on
from {{ ref('int_visit_days') }}
where channel <> 'all'
