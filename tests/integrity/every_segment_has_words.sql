-- Every segment, stage and band of the playbook has the words that explain it in English and
-- Chinese (macros/explain); RFM segments are explained by their box. One row per segment without.
{%- set families = member_loyalty.playbook_families() %}
with words as (
    {%- for family in families %}
    {%- for segment, sentences in member_loyalty.words_of_segments(family).items()
        if sentences[0] and sentences[1] %}
    select
        '{{ family }}' as segment_family,
        '{{ segment }}' as segment
    union all
    {%- endfor %}
    {%- endfor %}
    select
        segment_family,
        segment
    from {{ ref('segment_playbook') }}
    where segment_family = 'rfm_segment'
)

select
    playbook.segment_family,
    playbook.segment
from {{ ref('segment_playbook') }} as playbook
left join words
    on playbook.segment_family = words.segment_family
    and playbook.segment = words.segment
where words.segment is null
