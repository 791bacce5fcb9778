{{ config(
    materialized='incremental',
    incremental_strategy='retagged',
    restated_by='valid_from',
    on_schema_change='fail',
) }}

select
    member_id,
    tag_family,
    valid_from,
    tag,
    valid_to
from {{ ref('int_member_tags') }}
