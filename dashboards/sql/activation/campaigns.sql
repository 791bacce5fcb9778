-- Each variant that is no control group, beside that of its campaign.
select
    sent.campaign_id,
    sent.variant,
    sent.first_sent_on,
    sent.members,
    sent.control_members,
    sent.conversion_rate,
    control.conversion_rate as control_rate,
    sent.conversion_lift,
    sent.conversion_lift_lower,
    sent.conversion_lift_upper,
    sent.conversion_lift is not null as is_compared,
    sent.conversion_verdict,
    sent.incremental_revenue,
    sent.roi
from agg_campaign_lift as sent
left join agg_campaign_lift as control
    on sent.campaign_id = control.campaign_id and control.variant = 'control'
where sent.variant <> 'control'
order by sent.first_sent_on desc, sent.campaign_id, sent.variant
