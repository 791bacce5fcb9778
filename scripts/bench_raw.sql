-- A made-up retailer for scripts/bench.py: the raw tables of spec §1, every cell text, as a CSV
-- loader gives them. Parameters (set variable): members, orders, months, events. Everything is
-- drawn from hash() of a row number, so the same parameters give the same files under the pinned
-- DuckDB. It is hashed twice, because after one round the traits of a row are correlated.

-- The history ends with 2024, however long it is.
set variable start = cast(date '2025-01-01' - to_months(getvariable('months')) as timestamp);
set variable days = date_diff('day', getvariable('start'), timestamp '2025-01-01');

create or replace temp macro draw(row_number, trait) as
    (hash(hash(row_number, trait)) >> 12) / 4503599627370496.0;
create or replace temp macro normal_draw(row_number, trait) as
    sqrt(-2 * ln(1 - draw(row_number, trait))) * cos(2 * pi() * draw(row_number, trait || '2'));
create or replace temp macro pick(choices, chance) as
    choices[1 + cast(floor(chance * len(choices)) as integer)];
create or replace temp macro moment(second_of_history) as
    strftime(getvariable('start') + to_seconds(cast(second_of_history as bigint)),
        '%Y-%m-%d %H:%M:%S');
create or replace temp macro member_name(number) as printf('M%08d', cast(number as bigint));
create or replace temp macro visitor_name(number) as printf('V%08d', cast(number as bigint));

-- One row a person of the club: when they join (two thirds of the history, more and more), how long
-- they stay active, how much they buy (log-normal: most a few orders, some hundreds).
create or replace temp table people as
with drawn as (
    select
        range as number,
        floor(86400 * getvariable('days') * 0.67 * sqrt(draw(range, 'joined'))) as joined_second,
        86400 * (20 - 700 * ln(1 - draw(range, 'lifetime'))) as active_seconds,
        case
            when draw(range, 'buys') < 0.95 then least(exp(1.5 * normal_draw(range, 'weight')), 150)
            else 0
        end as weight
    from range(getvariable('members'))
)
select
    number,
    joined_second,
    least(active_seconds, 86400 * getvariable('days') - joined_second) as active_seconds,
    draw(number, 'enrols') < 0.92 as is_enrolled,
    draw(number, 'closes') < 0.06 as is_closed,
    draw(number, 'refers') < 0.08 as is_referrer,
    cast(floor(
        weight * 0.97 * getvariable('orders') / sum(weight) over () + draw(number, 'rounding')
    ) as integer) as orders,
    exp(3.6 + 0.5 * normal_draw(number, 'basket')) as usual_basket,
    pick(['web', 'app', 'store'], draw(number, 'platform')) as usual_platform
from drawn;

create or replace temp table members as
select
    member_name(number) as member_id,
    moment(greatest(joined_second - 86400 * floor(30 * draw(number, 'registered')), 0))
        as registered_at,
    case when is_enrolled then moment(joined_second) else '' end as joined_at,
    case when is_closed then moment(joined_second + active_seconds + 86400) else ''
    end as closed_at,
    pick(['search', 'social', 'email', 'store', 'friend', ''], draw(number, 'channel'))
        as acquisition_channel,
    moment(joined_second) as updated_at
from people
union all
-- Older versions of some profiles.
select
    member_name(number), moment(joined_second), '', '', 'search',
        moment(greatest(joined_second - 1, 0))
from people
where draw(number, 'versions') < 0.002
order by member_id, updated_at;

-- Members' orders, and guests' (3 % of all), in the order of time.
create or replace temp table purchases as
with owned as (
    select
        number,
        joined_second - 86400 * 3 * (draw(number * 1000 + unnest, 'early') < 0.03)::integer
            + active_seconds * draw(number * 1000 + unnest, 'time') as second,
        usual_basket,
        usual_platform
    from people, unnest(range(orders))
    union all
    select
        null, 86400 * getvariable('days') * draw(range, 'guest'), 35, 'web'
    from range(
        greatest(getvariable('orders') - (select cast(sum(orders) as bigint) from people), 0)
    )
)
select
    row_number() over (order by second, number, usual_basket) as order_number,
    number,
    greatest(floor(second), 0) as second,
    usual_basket,
    usual_platform
from owned;

create or replace temp table orders as
with priced as (
    select
        *,
        greatest(round(usual_basket * exp(0.6 * normal_draw(order_number, 'amount')), 2), 0.5)
            as gross,
        draw(order_number, 'promotion') < 0.3 as is_promoted,
        draw(order_number, 'bad') as bad_draw
    from purchases
),

written as (
    select
        order_number,
        printf('O%09d', order_number) as order_id,
        -- One member order in a thousand names somebody whom the members file lacks.
        case
            when number is null then ''
            when draw(order_number, 'stranger') < 0.001 then 'X' || number
            else member_name(number)
        end as member_id,
        case when bad_draw < 0.0002 then 'yesterday' else moment(second) end as ordered_at,
        case
            when bad_draw between 0.0002 and 0.0004 then printf('%.2f EUR', gross)
            when bad_draw between 0.0004 and 0.0006 then printf('-%.2f', gross)
            else printf('%.2f', gross)
        end as gross_amount,
        case
            when bad_draw between 0.0006 and 0.0008 then printf('%.2f', gross + 1)
            when is_promoted
                then printf('%.2f', gross * (0.05 + 0.3 * draw(order_number, 'discount')))
            else ''
        end as discount_amount,
        case
            when bad_draw between 0.0008 and 0.001 then 'teleported'
            else pick(
                ['completed', 'paid', 'shipped', 'Delivered', ''], draw(order_number, 'status')
            )
        end as usual_status,
        case
            when draw(order_number, 'elsewhere') < 0.3
                then pick(['web', 'app', 'store'], draw(order_number, 'platform'))
            else usual_platform
        end as platform,
        case
            when is_promoted
                then pick(['SPRING', 'WELCOME10', 'VIP', 'SALE'], draw(order_number, 'code'))
            else ''
        end as promotion_code,
        case
            when draw(order_number, 'costed') < 0.9
                then printf('%.2f', gross * (0.5 + 0.2 * draw(order_number, 'cost')))
            else ''
        end as cost_amount,
        case when draw(order_number, 'foreign') < 0.02
            then pick(['EUR', 'GBP'], draw(order_number, 'currency'))
            else '' end as currency,
        moment(second + 3600) as updated_at
    from priced
)
select
    order_id, member_id, ordered_at, gross_amount, discount_amount,
    case
        when usual_status = 'teleported' then usual_status
        when draw(order_number, 'open') < 0.02 then 'pending'
        when draw(order_number, 'open') < 0.04 then 'cancelled'
        else usual_status
    end as status,
    platform, promotion_code, cost_amount, currency, updated_at
from written
union all
-- The version before of one order in two thousand.
select
    order_id, member_id, ordered_at, gross_amount, discount_amount, 'pending',
    platform, promotion_code, cost_amount, currency, ordered_at
from written
where draw(order_number, 'versions') < 0.0005 and ordered_at <> 'yesterday'
order by order_id, updated_at;

-- 4 % of the orders are refunded: half of them whole, one in five of those in two steps.
create or replace temp table order_refunds as
with refunded as (
    select
        purchases.order_number,
        purchases.second,
        orders.order_id,
        cast(orders.gross_amount as decimal(12, 2))
            - coalesce(try_cast(orders.discount_amount as decimal(12, 2)), 0) as net,
        draw(order_number, 'whole') < 0.5 as is_whole,
        draw(order_number, 'steps') < 0.2 as in_steps
    from purchases
    inner join orders on orders.order_id = printf('O%09d', order_number)
        and orders.updated_at <> orders.ordered_at
    where draw(order_number, 'refund') < 0.04
        and try_cast(orders.gross_amount as decimal(12, 2)) > 0
),

steps as (
    select
        *,
        unnest(range(1 + in_steps::integer)) as step,
        case
            when is_whole then net else round(net * (0.1 + 0.8 * draw(order_number, 'share')), 2)
        end as total
    from refunded
)
select
    printf('R%09d-%d', order_number, step) as refund_id,
    order_id,
    moment(second + 86400 * (1 + floor(30 * draw(order_number, 'wait')) + 15 * step))
        as refunded_at,
    printf('%.2f', case
        when not in_steps then total
        when step = 0 then floor(total * 50) / 100
        else total - floor(total * 50) / 100
    end) as refund_amount
from steps
where total > 0
order by refund_id;

-- One member in eight was invited, by one of the 8 % who refer and joined earlier; some twice, some
-- by themselves.
create or replace temp table referrals as
with referrers as (
    select number, row_number() over (order by joined_second, number) - 1 as place
    from people
    where is_referrer
),

invited as (
    select
        number,
        joined_second,
        unnest(range(1 + (draw(number, 'again') < 0.05)::integer)) as touch
    from people
    where draw(number, 'invited') < 0.125
),

placed as (
    select
        *,
        cast(floor(
            draw(number * 2 + touch, 'by') * (select count(*) from referrers)
            * pow(joined_second / (select max(joined_second) from people), 2)
        ) as bigint) as place
    from invited
)
select
    printf('F%08d-%d', placed.number, touch) as referral_id,
    member_name(case
        when draw(placed.number, 'self') < 0.005 then placed.number else referrers.number
    end) as referrer_member_id,
    case when draw(placed.number, 'open') < 0.1 then '' else member_name(placed.number) end
        as referred_member_id,
    moment(greatest(
        joined_second - 86400 * (floor(40 * draw(placed.number * 2 + touch, 'ahead')) - 1), 0
    )) as invited_at
from placed
inner join referrers on placed.place = referrers.place
order by referral_id;

-- Events of half as many visitors as members; six visitors in ten are known.
create or replace temp table events as
select
    printf('E%09d', range) as event_id,
    case when draw(range, 'bad') < 0.0005 then '2023-02-30' else
        moment(floor(86400 * getvariable('days') * draw(range, 'time'))) end as occurred_at,
    pick(
        [
            'page_view', 'page_view', 'impression', 'click', 'login', 'add_to_cart', 'store_visit',
            'chat'
        ],
        draw(range, 'type')
    ) as event_type,
    visitor_name(floor(getvariable('members') / 2 * draw(range, 'visitor'))) as visitor_id,
    case when draw(range, 'logged in') < 0.3
        then member_name(floor(getvariable('members') * draw(range, 'member'))) else ''
    end as member_id,
    pick(['search', 'social', 'email', 'direct', ''], draw(range, 'channel')) as channel
from range(getvariable('events'))
order by event_id;

create or replace temp table identities as
select
    visitor_name(range) as visitor_id,
    member_name(floor(getvariable('members') * draw(range, 'tied to'))) as member_id,
    moment(floor(86400 * getvariable('days') * draw(range, 'tied at'))) as identified_at
from range(getvariable('members') // 2)
where draw(range, 'tied') < 0.6
order by visitor_id;

create or replace temp table marketing_spend as
select
    strftime(getvariable('start') + to_days(cast(range as integer)), '%Y-%m-%d') as spend_date,
    channel,
    printf('%d', cast(floor(1000 * draw(range, channel)) as integer)) as impressions,
    printf('%d', cast(floor(50 * draw(range, channel)) as integer)) as clicks,
    printf('%.2f', 100 * draw(range, channel)) as cost_amount,
    '' as currency
from range(getvariable('days')), unnest(['search', 'social', 'email']) as channels (channel)
order by all;

create or replace temp table exchange_rates as
select
    strftime(getvariable('start') + to_days(cast(range as integer) - 5), '%Y-%m-%d') as rate_date,
    currency,
    printf('%.5f', usual + 0.2 * draw(range, currency)) as rate_to_reporting
from range(getvariable('days')),
    (values ('EUR', 1.0), ('GBP', 1.15)) as currencies (currency, usual)
where range % 7 < 5
order by all;

create or replace temp table erasures as
select member_name(number) as member_id, moment(joined_second + active_seconds) as requested_at
from people
where draw(number, 'erased') < 0.0005
order by member_id;

create or replace temp table consents as
select
    member_name(number) as member_id,
    moment(joined_second) as consented_at,
    case
        when draw(number, 'withdrawn') < 0.1 then moment(joined_second + active_seconds) else ''
    end
        as withdrawn_at
from people
where draw(number, 'consents') < 0.5
order by member_id;

create or replace temp table campaign_sends as
select
    'welcome' as campaign_id,
    member_name(number) as member_id,
    moment(joined_second + 86400) as sent_at,
    case when draw(number, 'control') < 0.1 then 'control' else 'treatment' end as variant
from people
where is_enrolled and draw(number, 'sent') < 0.3
order by member_id;
