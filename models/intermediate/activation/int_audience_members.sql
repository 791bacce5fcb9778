{{ config(materialized='view') }}

with last_snapshot as (
    select * from {{ ref('int_snapshot_dates') }}
    where is_last
),

audience_rows as (
    select
        audience,
        member_id,
        snapshot_number,
        lag(snapshot_number) over (
            partition by audience, member_id
            order by snapshot_number
        ) as previous_number
    from {{ ref('int_audience_rows') }}
),

-- The latest unbroken stay of each member, as far as it reaches the last two snapshots.
stays as (
    select
        audience_rows.audience,
        audience_rows.member_id,
        max(case
            when audience_rows.snapshot_number - 1 <= audience_rows.previous_number then null
            else audience_rows.snapshot_number
        end) as first_number,
        max(audience_rows.snapshot_number) as last_number
    from audience_rows
    group by audience_rows.audience, audience_rows.member_id
),

present as (
    select
        stays.*,
        last_snapshot.snapshot_date,
        last_snapshot.snapshot_number,
        {% if var('using_consents') -%}
        coalesce(consents.has_consent, false) as has_consent
        {%- else -%}
        cast(null as boolean) as has_consent
        {%- endif %}
    from stays
    inner join last_snapshot on stays.last_number >= last_snapshot.snapshot_number - 1
    left join {{ ref('int_member_consents') }} as consents on stays.member_id = consents.member_id
),

-- Controls are drawn from those in the audience at the last snapshot, and for those who have left
-- from those in it at the one before.
draws as (
    select
        audience,
        member_id,
        has_consent,
        true as is_last
    from present
    where last_number = snapshot_number
    union all
    select
        audience,
        member_id,
        has_consent,
        false as is_last
    from present
    where first_number < snapshot_number
),

drawn as (
    select
        draws.*,
        count(*) over (partition by audience, is_last, has_consent) as draw_members,
        row_number() over (
            partition by audience, is_last, has_consent
            order by
                {{ member_loyalty.control_order('audience', 'member_id') }},
                member_id
        ) as draw_rank
    from draws
)

select
    present.audience,
    present.member_id,
    present.snapshot_date,
    entered.snapshot_date as entered_on,
    case when present.last_number < present.snapshot_number then present.snapshot_date end
        as exited_on,
    case
        when present.last_number < present.snapshot_number then 'left'
        when present.first_number = present.snapshot_number then 'entered'
        else 'stayed'
    end as status,
    {{ member_loyalty.is_control(
        'drawn.draw_rank', 'drawn.draw_members', 'audiences.holdout_share'
    ) }} as is_control,
    present.has_consent
from present
inner join drawn
    on present.audience = drawn.audience
    and present.member_id = drawn.member_id
    and (present.last_number = present.snapshot_number) = drawn.is_last
inner join {{ ref('dim_audiences') }} as audiences on present.audience = audiences.audience
inner join {{ ref('int_snapshot_dates') }} as entered
    on present.first_number = entered.snapshot_number
