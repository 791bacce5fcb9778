{{ config(materialized='view') }}

select
    member_id,
    consented_at,
    cast(consented_at as date) as consented_on,
    withdrawn_at,
    cast(withdrawn_at as date) as withdrawn_on
from {{ ref('base_consents') }}
where reject_reason is null
