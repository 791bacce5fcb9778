{{ member_loyalty.base_rows(
    'consents',
    erased_by=[('member_id', ref('base_erased_members'), 'member_id')],
) }}

select {{ member_loyalty.base_columns('consents') }}
from judged
