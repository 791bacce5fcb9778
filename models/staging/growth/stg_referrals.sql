{{ config(materialized='view') }}

select
    referral_id,
    referrer_member_id,
    referred_member_id,
    invited_at,
    cast(invited_at as date) as invited_on
from {{ ref('base_referrals') }}
where reject_reason is null
