-- Every row of the shop's tables, which have other names in another schema, is in the warehouse.
-- One row per table of which some are missing.
with counts as (
    select
        'sales' as table_name,
        (select count(*) from {{ ref('sales') }}) as shop_rows,
        (select count(*) from {{ ref('member_loyalty', 'fct_orders') }})
        + (
            select count(*) from {{ ref('member_loyalty', 'rejected_rows') }}
            where source_table = 'orders'
        ) as warehouse_rows
    union all
    select
        'money_back' as table_name,
        (select count(*) from {{ ref('money_back') }}) as shop_rows,
        (select count(*) from {{ ref('member_loyalty', 'stg_order_refunds') }}) as warehouse_rows
    union all
    select
        'customers' as table_name,
        (select count(*) from {{ ref('customers') }}) as shop_rows,
        (select count(*) from {{ ref('member_loyalty', 'stg_members') }}) as warehouse_rows
    union all
    select
        'invitations' as table_name,
        (select count(*) from {{ ref('invitations') }}) as shop_rows,
        (select count(*) from {{ ref('member_loyalty', 'fct_referrals') }}) as warehouse_rows
)

select * from counts
where shop_rows <> warehouse_rows or shop_rows = 0
