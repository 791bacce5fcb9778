select
    occurred_on as counted_on,
    {%- for measure in member_loyalty.aarrr_visitor_flows() %}
    {%- for grain in member_loyalty.period_grains() %}
    sum({{ measure }}_{{ grain }}) as {{ measure }}_{{ grain }},
    {%- endfor %}
    {%- endfor %}
    channel
from {{ ref('int_visit_days') }}
group by occurred_on, channel
