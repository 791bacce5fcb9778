{% macro segment_families() %}
    {#- The families of segments that a member belongs to, one segment each. Spec §6. -#}
    {{ return(['rfm_value_class', 'rfm_segment', 'quadrant', 'lifecycle', 'aipl']) }}
{% endmacro %}


{% macro playbook_families() %}
    {#- The families that the playbook has a strategy for: the segments and the loyalty band. -#}
    {{ return(member_loyalty.segment_families() + ['loyalty_band']) }}
{% endmacro %}


{% macro tag_families() %}
    {#- The families of tags, each a column of int_member_segments. -#}
    {{ return(member_loyalty.playbook_families() + ['next_best_action']) }}
{% endmacro %}
