-- An erased id stands nowhere but in stg_erasures and the raw schema, and the reject of such a row
-- says nothing of it (spec §1). Marts by snapshot take their members from dim_members (tested
-- there). One row per place and row, without the id.
with erased as (
    select member_id from {{ ref('base_erased_members') }}
),

named as (
    {%- for model, column in [
        ('base_orders', 'member_id'), ('base_members', 'member_id'), ('base_events', 'member_id'),
        ('base_referrals', 'referrer_member_id'), ('base_referrals', 'referred_member_id'),
        ('base_identities', 'member_id'), ('base_consents', 'member_id'),
        ('base_campaign_sends', 'member_id'), ('dim_members', 'member_id'),
        ('dim_members', 'referrer_member_id'), ('fct_orders', 'member_id'),
        ('fct_referrals', 'referrer_member_id'), ('fct_referrals', 'referred_member_id'),
    ] %}
    {{ 'union all' if not loop.first }}
    select
        '{{ model }}.{{ column }}' as place,
        {{ column }} as member_id
    from {{ ref(model) }}
    {%- endfor %}
)

select named.place
from named
inner join erased on named.member_id = erased.member_id
union all
select concat('rejected_rows of ', source_table) as place
from {{ ref('rejected_rows') }}
where (reason = 'erased_member' or (source_table = 'erasures' and reason = 'duplicate_superseded'))
    and (row_key is not null or raw_row is not null or column_name is not null)
