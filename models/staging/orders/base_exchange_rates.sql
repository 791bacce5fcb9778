{{ member_loyalty.base_rows('exchange_rates') }}

select {{ member_loyalty.base_columns('exchange_rates') }}
from judged
