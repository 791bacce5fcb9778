{{ config(
    materialized='incremental',
    incremental_strategy='changed_keys',
    on_schema_change='sync_all_columns',
) }}

{{ member_loyalty.base_rows(
    'members',
    erased_by=[('member_id', ref('base_erased_members'), 'member_id')],
) }}

select {{ member_loyalty.base_columns('members') }}
from {{ member_loyalty.judged_or_gone('members') }}
