select
    audience,
    member_id,
    snapshot_date,
    entered_on,
    exited_on,
    status,
    is_control,
    has_consent
from {{ ref('int_audience_members') }}
