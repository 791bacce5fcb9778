{{ config(
    materialized='incremental',
    incremental_strategy='changed_keys',
    on_schema_change='sync_all_columns',
) }}

{{ member_loyalty.base_rows(
    'identities',
    erased_by=[
        ('member_id', ref('base_erased_members'), 'member_id'),
        ('visitor_id', ref('base_erased_visitors'), 'visitor_id'),
    ],
) }}

select {{ member_loyalty.base_columns('identities') }}
from {{ member_loyalty.judged_or_gone('identities') }}
