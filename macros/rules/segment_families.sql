{% macro segment_families() %}
    {#- The families of segments that a member belongs to, one segment each. Spec §6. -#}
    {{ return(['rfm_value_class', 'rfm_segment', 'quadrant', 'lifecycle', 'aipl']) }}
{% endmacro %}
