{{ config(
    materialized='incremental',
    incremental_strategy='changed_keys',
    on_schema_change='sync_all_columns',
) }}

{%- set erased_members = ref('base_erased_members') -%}
{{ member_loyalty.base_rows(
    'referrals',
    erased_by=[
        ('referrer_member_id', erased_members, 'member_id'),
        ('referred_member_id', erased_members, 'member_id'),
    ],
) }}

select {{ member_loyalty.base_columns('referrals') }}
from {{ member_loyalty.judged_or_gone('referrals') }}
