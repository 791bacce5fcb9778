{{ member_loyalty.base_rows(
    'campaign_sends',
    erased_by=[('member_id', ref('base_erased_members'), 'member_id')],
) }}

select {{ member_loyalty.base_columns('campaign_sends') }}
from judged
