{{ config(materialized='view') }}

{{ member_loyalty.base_rows('erasures') }}

select {{ member_loyalty.base_columns('erasures') }}
from judged
