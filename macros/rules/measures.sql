{% macro base_measures() %}
    {#- The measures that members are scored or halved by (spec §3), each with its column of
        int_member_measures, whether an active member counts (the inactive score 0), and whether it
        is scored within partitions too. loyalty_score, which is made of scores, comes after them.
        Returns: list of dicts: name, value, is_active, in_partitions. -#}
    {%- set measures = [] -%}
    {%- for name, value, is_active, in_partitions in [
        ('recency', 'recency_days', 'orders > 0', true),
        ('frequency', 'frequency', 'frequency > 0', true),
        ('monetary', 'monetary_amount', 'orders > 0', true),
        ('average_order_value', 'average_order_value', 'orders > 0', false),
        ('full_price', 'full_price_frequency', 'full_price_frequency > 0', false),
        ('referral', 'referral_count', 'referral_count > 0', false),
        ('contribution', 'contribution_amount', 'orders > 0', false),
    ] -%}
        {#- As net revenue the contribution is the monetary amount, and halved by its cut. -#}
        {%- if name != 'contribution' or var('contribution_measure') == 'gross_margin' -%}
        {%- do measures.append({
            'name': name, 'value': value, 'is_active': is_active, 'in_partitions': in_partitions
        }) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(measures) }}
{% endmacro %}
