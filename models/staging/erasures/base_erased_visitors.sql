{{ config(materialized='view') }}

with identities as (
    {{ member_loyalty.raw_rows('identities') }}
),

erased_members as (
    select * from {{ ref('base_erased_members') }}
)

select identities.raw_visitor_id as visitor_id
from identities
inner join erased_members on identities.raw_member_id = erased_members.member_id
where identities.raw_visitor_id is not null
group by identities.raw_visitor_id
