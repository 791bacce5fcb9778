{% macro referral_refusal() -%}
    {#- Why an edge credits nobody, the first that applies; null where it may (the first touch among
        those wins). Spec §2, referral. Reads the edge, and of referrer and referee:
        is_referrer_known, referrer_joined_on, referrer_closed_on, referee_joined_at,
        referee_joined_on. -#}
    {{ return(adapter.dispatch('referral_refusal', 'member_loyalty')()) }}
{%- endmacro %}

{% macro default__referral_refusal() -%}
    case
        when referrer_member_id = referred_member_id then 'self_referral'
        when not is_referrer_known then 'unknown_referrer'
        when referee_joined_on is null then 'referee_not_joined'
        when {{ member_loyalty.is_invited_after_joining() }} then 'referee_already_member'
        when ({{ member_loyalty.is_enrolled(
            'referrer_joined_on', 'referrer_closed_on', 'referee_joined_on - 1'
        ) }}) is not true then 'referrer_not_member'
        when {{ member_loyalty.days_between('invited_on', 'referee_joined_on') }}
            > {{ var('referral_attribution_days') }} then 'outside_attribution_window'
    end
{%- endmacro %}


{% macro is_invited_after_joining() -%}
    {#- True where the invitation came after the referee had joined; on one date the times decide,
        but only where both are known (00:00:00 stands for a date alone). Spec §2, referral. -#}
    {{ return(adapter.dispatch('is_invited_after_joining', 'member_loyalty')()) }}
{%- endmacro %}

{% macro default__is_invited_after_joining() -%}
    (
        invited_on > referee_joined_on
        or (
            invited_on = referee_joined_on
            and invited_at > referee_joined_at
            and invited_at <> cast(invited_on as timestamp)
            and referee_joined_at <> cast(referee_joined_on as timestamp)
        )
    )
{%- endmacro %}
