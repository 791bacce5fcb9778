{#- What the yml files of the audiences say. -#}
-- depends_on: {{ ref('int_restatement_plan') }}
{%- for audience in member_loyalty.audiences() %}
{{ 'union all' if not loop.first }}
select
    {{ member_loyalty.as_text("'" ~ audience.name ~ "'") }} as audience,
    {%- for column in ['title', 'owner', 'channel', 'purpose'] %}
    {{ member_loyalty.text_literal(audience[column]) }} as {{ column }},
    {%- endfor %}
    cast({{ audience.holdout_share }} as decimal(5, 4)) as holdout_share,
    {{ 'true' if var('using_consents') else 'false' }} as checks_consents,
    {{ member_loyalty.text_literal(member_loyalty.consent_rule()) }} as consent_rule,
    {{ member_loyalty.as_text("'" ~ audience.refresh ~ "'") }} as refresh,
    {{ member_loyalty.text_literal(audience.definition) }} as definition
{%- else %}
select
    {%- for column in ['audience', 'title', 'owner', 'channel', 'purpose'] %}
    {{ member_loyalty.as_text('null') }} as {{ column }},
    {%- endfor %}
    cast(null as decimal(5, 4)) as holdout_share,
    cast(null as boolean) as checks_consents,
    {{ member_loyalty.as_text('null') }} as consent_rule,
    {{ member_loyalty.as_text('null') }} as refresh,
    {{ member_loyalty.as_text('null') }} as definition
from {{ ref('int_as_of_date') }}
where false
{%- endfor %}
