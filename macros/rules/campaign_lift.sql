{% macro is_after_send() -%}
    {#- True for an order that a campaign send may have brought about: placed later; on the day of
        the send the times decide, but only where both are known (00:00:00 stands for a date alone).
        Reads ordered_at, ordered_on, sent_at, sent_on. -#}
    {{ return(adapter.dispatch('is_after_send', 'member_loyalty')()) }}
{%- endmacro %}

{% macro default__is_after_send() -%}
    (
        ordered_on > sent_on
        or (
            ordered_on = sent_on
            and (
                ordered_at >= sent_at
                or ordered_at = cast(ordered_on as timestamp)
                or sent_at = cast(sent_on as timestamp)
            )
        )
    )
{%- endmacro %}


{% macro confidence_z() -%}
    {#- The quantile of the normal distribution for intervals that hold the truth 95 times in
        100. -#}
    {{ return(adapter.dispatch('confidence_z', 'member_loyalty')()) }}
{%- endmacro %}

{% macro default__confidence_z() -%}
    {{ member_loyalty.double_of('1.959963984540054') }}
{%- endmacro %}


{% macro wilson_bound(successes, trials, sign) -%}
    {#- An end of the Wilson score interval of a proportion, a double; null without a trial.
        Args: successes, trials - SQL expressions, doubles; sign - `-` for the lower end, `+`. -#}
    {%- set z = member_loyalty.confidence_z() -%}
    {%- set inner = member_loyalty.double_ratio(
        successes ~ " * (" ~ trials ~ " - " ~ successes ~ ")", trials
    ) ~ " + " ~ z ~ " * " ~ z ~ " * 0.25" -%}
    {{ member_loyalty.double_ratio(
        successes ~ " + " ~ z ~ " * " ~ z ~ " * 0.5 " ~ sign ~ " " ~ z ~ " * "
        ~ member_loyalty.square_root(inner),
        trials ~ " + " ~ z ~ " * " ~ z
    ) }}
{%- endmacro %}


{% macro is_enough_to_tell() -%}
    {#- True where both groups have campaign_min_members, and where neither of buyers and non-buyers
        is expected to be fewer than 5 in the smaller group. Reads members, buyers, control_members,
        control_buyers. -#}
    {{ return(adapter.dispatch('is_enough_to_tell', 'member_loyalty')()) }}
{%- endmacro %}

{% macro default__is_enough_to_tell() -%}
    (
        least(members, control_members) >= {{ var('campaign_min_members') }}
        and (buyers + control_buyers) * least(members, control_members)
        >= 5 * (members + control_members)
        and (members + control_members - buyers - control_buyers)
        * least(members, control_members) >= 5 * (members + control_members)
    )
{%- endmacro %}


{% macro lift_verdict(lower_end, upper_end) -%}
    {#- What a campaign's lift says, in a word; no_difference_shown is no proof of none.
        Args: SQL expressions, the ends of the interval. Reads variant and what is_enough_to_tell
        reads. -#}
    {{ return(adapter.dispatch('lift_verdict', 'member_loyalty')(lower_end, upper_end)) }}
{%- endmacro %}

{% macro default__lift_verdict(lower_end, upper_end) -%}
    case
        when variant = 'control' then 'control'
        when control_members is null then 'no_control'
        when ({{ member_loyalty.is_enough_to_tell() }}) is not true then 'too_few_to_tell'
        when {{ lower_end }} > 0 then 'higher'
        when {{ upper_end }} < 0 then 'lower'
        else 'no_difference_shown'
    end
{%- endmacro %}
