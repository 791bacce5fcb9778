select
    member_id,
    requested_at
from {{ ref('base_erasures') }}
where reject_reason is null
