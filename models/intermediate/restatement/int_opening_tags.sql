{{ config(materialized='view') }}

{#- The tags that the last build left and that held at the last snapshot that stands. -#}
{%- set tags = member_loyalty.stored('fct_member_tags') %}
with standing as (
    select max(snapshots.snapshot_date) as snapshot_date
    from {{ ref('int_snapshot_dates') }} as snapshots
    left join {{ ref('int_due_snapshots') }} as due
        on snapshots.snapshot_number = due.snapshot_number
    where snapshots.is_published and due.snapshot_number is null
)

{% if tags -%}
select
    tags.member_id,
    tags.tag_family,
    tags.valid_from,
    tags.tag,
    tags.valid_to
from {{ tags }} as tags
inner join standing
    on standing.snapshot_date >= tags.valid_from
    and (tags.valid_to is null or standing.snapshot_date < tags.valid_to)
{%- else -%}
select
    {{ member_loyalty.as_text('null') }} as member_id,
    {{ member_loyalty.as_text('null') }} as tag_family,
    snapshot_date as valid_from,
    {{ member_loyalty.as_text('null') }} as tag,
    snapshot_date as valid_to
from standing
where false
{%- endif %}
