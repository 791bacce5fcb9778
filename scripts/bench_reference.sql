-- The yardstick of scripts/bench.py: the marts of spec §6 by hand, straight from Parquet files, for
-- DuckDB and the default vars only (and each snapshot_interval). Written from the spec and not from
-- the models; one engine, no test, no key, no documentation, rejected rows only counted. The bench
-- checks that the marts of the project hold the same rows. Parameters (set variable): raw and
-- seeds, folders; today, a date; interval: day, week or month.
--
-- Short names: m = number of a member, p = of a platform (0 = all), s = of a snapshot.

-------------------------------------------------------------------------- cells and rows (spec §1)

-- Each macro tries the usual spelling first, which is cheap, and then all that the spec allows.
create temp macro id_cell(cell) as case when trim(cell, ' ') <> '' then cell end;
create temp macro text_cell(cell) as nullif(trim(cell, ' '), '');
create temp macro offset_of(text) as regexp_extract(text, '(Z|[+-]\d\d(:?\d\d)?)$', 1);
create temp macro offset_minutes(text) as
    (case when offset_of(text)[1] = '-' then -1 else 1 end) * (
        60 * coalesce(try_cast(offset_of(text)[2:3] as integer), 0)
        + coalesce(try_cast(replace(offset_of(text)[4:], ':', '') as integer), 0)
    );
create temp macro parse_moment(text) as
    case
        when text[:4] = '0000' then null
        when regexp_full_match(
            text, '\d{4}-\d\d-\d\d(?:[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?)?'
        ) then try_cast(text[:26] as timestamp)
        when regexp_full_match(
            text,
            '\d{4}-\d\d-\d\d[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?'
            || '(?:Z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)'
        ) then
            try_cast(regexp_replace(text, '(.{16,})(Z|[+-]\d\d(:?\d\d)?)$', '\1')[:26] as timestamp)
            - to_minutes(offset_minutes(text))
    end;
create temp macro moment_cell(cell) as
    case
        when regexp_full_match(cell, '[1-9]\d{3}-\d\d-\d\d (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d')
            then try_cast(cell as timestamp)
        when cell <> '' then parse_moment(trim(cell, ' '))
    end;
create temp macro amount_cell(cell) as
    case
        when regexp_full_match(cell, '\d{1,10}(?:\.\d{1,6})?') then cast(cell as decimal(16, 6))
        when regexp_full_match(trim(cell, ' '), '[+-]?(?:0*\d{1,10}(?:\.\d{0,6})?|0*\.\d{1,6})')
            then try_cast(trim(cell, ' ') as decimal(16, 6))
    end;
create temp macro count_cell(cell) as
    case
        when regexp_full_match(trim(cell, ' '), '[+-]?(?:0*\d{1,10}(?:\.0{0,6})?|0*\.0{1,6})')
            then try_cast(trim(cell, ' ') as decimal(16, 6))
    end;
create temp macro rate_cell(cell) as
    case
        when regexp_full_match(trim(cell, ' '), '[+-]?(?:0*\d{1,6}(?:\.\d{0,12})?|0*\.\d{1,12})')
            then nullif(try_cast(trim(cell, ' ') as decimal(18, 12)), 0)
    end;
create temp macro bad(cell, parsed) as text_cell(cell) is not null and parsed is null;
create temp macro raw_file(name) as table
    from read_parquet(getvariable('raw') || '/' || name || '.parquet', file_row_number = true);

create table rejected (source_table varchar, reason varchar);

-------------------------------------------------------------------------------- erasures and rates

create temp table erased as
select distinct member_id from raw_file('erasures') where id_cell(member_id) is not null;

insert into rejected
select
    'erasures',
    case when member_id is null then 'missing_required' else 'duplicate_superseded' end
from (
    select
        id_cell(member_id) as member_id,
        row_number() over (partition by id_cell(member_id)) as version
    from raw_file('erasures')
)
where member_id is null or version > 1;

create temp table read_rates as
with parsed as (
    select
        *,
        cast(moment_cell(rate_date) as date) as rated_on,
        upper(text_cell(currency)) as code,
        rate_cell(rate_to_reporting) as rate
    from raw_file('exchange_rates')
),

judged as (
    select
        *,
        case
            when text_cell(rate_date) is null or code is null
                or text_cell(rate_to_reporting) is null
                then 'missing_required'
            when rated_on is null then 'bad_timestamp'
            when rate is null then 'bad_number'
            when rate < 0 then 'negative_amount'
        end as reason
    from parsed
)
select
    code as currency,
    rated_on,
    rate,
    coalesce(reason, case
        when row_number() over (
            partition by code, rated_on, reason is null
            order by rate_date desc, currency desc, rate_to_reporting desc
        ) > 1 then 'duplicate_superseded'
    end) as reason
from judged;

insert into rejected select 'exchange_rates', reason from read_rates where reason is not null;


-------------------------------------------------------------------------------------------- orders

create temp table statuses as
from read_csv(getvariable('seeds') || '/order_statuses.csv', header = true, all_varchar = true);

create temp table read_orders as
with parsed as (
    select
        *,
        file_row_number as row,
        id_cell(order_id) as id,
        id_cell(member_id) as member,
        moment_cell(ordered_at) as ordered,
        amount_cell(gross_amount) as gross,
        amount_cell(discount_amount) as discount,
        amount_cell(cost_amount) as cost,
        moment_cell(updated_at) as updated,
        coalesce(lower(text_cell(status)), 'completed') as raw_status,
        coalesce(upper(text_cell(currency)), 'USD') as code
    from raw_file('orders')
)
select
    row,
    id as order_id,
    member as member_id,
    ordered as ordered_at,
    gross,
    coalesce(discount, 0) as discount,
    cost,
    updated as updated_at,
    code as currency,
    coalesce(text_cell(platform), 'unknown') as platform,
    coalesce(discount, 0) = 0 and text_cell(promotion_code) is null as is_full_price,
    order_status,
    case
        when erased.member_id is not null then 'erased_member'
        when id is null or text_cell(ordered_at) is null or text_cell(gross_amount) is null
            then 'missing_required'
        when ordered is null or bad(parsed.updated_at, updated) then 'bad_timestamp'
        when gross is null or bad(discount_amount, discount) or bad(cost_amount, cost)
            then 'bad_number'
        when gross < 0 or discount < 0 or cost < 0 then 'negative_amount'
        when discount > gross then 'discount_exceeds_gross'
        when order_status is null then 'unknown_status'
    end as reason
from parsed
left join erased on parsed.member = erased.member_id
left join statuses on parsed.raw_status = statuses.raw_status;

-- Only keys that occur twice need to be ranked.
create temp table superseded_orders as
with doubles as (
    select order_id from read_orders where reason is null group by order_id having count(*) > 1
),

ranked as (
    select
        file_row_number as row,
        row_number() over (
            partition by raw.order_id
            order by moment_cell(raw.updated_at) desc nulls last, raw.member_id desc,
                raw.ordered_at desc, raw.gross_amount desc, raw.discount_amount desc,
                raw.status desc, raw.platform desc, raw.promotion_code desc,
                raw.cost_amount desc, raw.currency desc, raw.updated_at desc
        ) as version
    from raw_file('orders') as raw
    semi join doubles on raw.order_id = doubles.order_id
    semi join (from read_orders where reason is null) as standing
        on raw.file_row_number = standing.row
)
select row from ranked where version > 1;

-- The rate in force on each day, so that an order finds its own by an equality.
create temp table day_rates as
with spans as (
    select
        currency, rated_on, rate,
        coalesce(
            lead(rated_on) over (partition by currency order by rated_on) - 1,
            greatest(rated_on, (select cast(max(ordered_at) as date) from read_orders))
        ) as last_on
    from read_rates
    where reason is null and currency <> 'USD'
)
select currency, rated_on + cast(unnest(range(last_on - rated_on + 1)) as integer) as day, rate
from spans;

-- No rate = dollars already.
create temp macro in_dollars(amount, rate) as
    cast(
        case when rate is null then round(amount, 2) else round(amount * rate, 2) end
        as decimal(18, 2)
    );

create temp table staged_orders as
select
    orders.* exclude (row, reason, updated_at),
    cast(ordered_at as date) as ordered_on,
    rate
from read_orders as orders
left join day_rates
    on orders.currency = day_rates.currency and cast(orders.ordered_at as date) = day_rates.day
where reason is null and row not in (from superseded_orders);

insert into rejected
select 'orders', coalesce(reason, 'duplicate_superseded') from read_orders
where reason is not null or row in (from superseded_orders)
union all
select 'orders', 'missing_exchange_rate' from staged_orders
where currency <> 'USD' and rate is null;

delete from staged_orders where currency <> 'USD' and rate is null;
drop table read_orders;

------------------------------------------------------------------------------------------- refunds

create temp table read_refunds as
with erased_orders as (
    select distinct raw.order_id
    from raw_file('orders') as raw
    semi join erased on raw.member_id = erased.member_id
    where id_cell(raw.order_id) is not null
),

parsed as (
    select
        *,
        id_cell(refund_id) as id,
        id_cell(order_id) as order_key,
        moment_cell(refunded_at) as refunded,
        amount_cell(refund_amount) as amount
    from raw_file('order_refunds')
),

judged as (
    select
        parsed.*,
        case
            when erased_orders.order_id is not null then 'erased_member'
            when id is null or order_key is null or text_cell(refunded_at) is null
                or text_cell(refund_amount) is null then 'missing_required'
            when refunded is null then 'bad_timestamp'
            when amount is null then 'bad_number'
            when amount < 0 then 'negative_amount'
        end as first_reason
    from parsed
    left join erased_orders on order_key = erased_orders.order_id
),

ranked as (
    select
        *,
        row_number() over (
            partition by id, first_reason is null
            order by order_id desc, refunded_at desc, refund_amount desc
        ) as version
    from judged
)
select
    id as refund_id,
    ranked.order_key as order_id,
    refunded as refunded_at,
    amount,
    orders.rate,
    orders.gross - orders.discount as net,
    coalesce(first_reason, case
        when version > 1 then 'duplicate_superseded'
        when orders.order_id is null then 'unknown_order'
    end) as reason
from ranked
left join staged_orders as orders on ranked.order_key = orders.order_id;

insert into rejected select 'order_refunds', reason from read_refunds where reason is not null;

-- Each refund is a step of the converted running total of its order.
create temp table refunds as
with running as (
    select
        *,
        cast(refunded_at as date) as refunded_on,
        sum(amount) over (partition by order_id order by refunded_at, refund_id) as own_total
    from read_refunds
    where reason is null
)
select
    order_id,
    refunded_on,
    own_total,
    net,
    in_dollars(cast(own_total as decimal(19, 6)), rate) as total
from running;

-------------------------------------------------------------------------------------- other tables

create temp table read_identities as
with parsed as (
    select
        *,
        id_cell(visitor_id) as visitor,
        id_cell(member_id) as member,
        moment_cell(identified_at) as identified
    from raw_file('identities')
),

erased_visitors as (
    select distinct visitor
    from parsed
    semi join erased on member = erased.member_id
    where visitor is not null
),

judged as (
    select
        *,
        case
            when visitor in (from erased_visitors) or member in (from erased) then 'erased_member'
            when visitor is null or member is null then 'missing_required'
            when bad(identified_at, identified) then 'bad_timestamp'
        end as first_reason
    from parsed
)
select
    visitor, member, identified,
    first_reason is not distinct from 'erased_member' and visitor is not null as is_erased,
    coalesce(first_reason, case
        when row_number() over (
            partition by visitor, first_reason is null
            order by identified desc nulls last, member_id desc, identified_at desc
        ) > 1 then 'duplicate_superseded'
    end) as reason
from judged;

insert into rejected select 'identities', reason from read_identities where reason is not null;

create temp table read_members as
with parsed as (
    select
        *,
        id_cell(member_id) as id,
        moment_cell(registered_at) as registered,
        moment_cell(joined_at) as joined,
        moment_cell(closed_at) as closed,
        moment_cell(updated_at) as updated
    from raw_file('members')
),

judged as (
    select
        *,
        case
            when id in (from erased) then 'erased_member'
            when id is null then 'missing_required'
            when bad(registered_at, registered) or bad(joined_at, joined) or bad(closed_at, closed)
                or bad(updated_at, updated) then 'bad_timestamp'
        end as first_reason
    from parsed
)
select
    id as member_id, registered, joined, closed,
    coalesce(text_cell(acquisition_channel), 'unknown') as acquisition_channel,
    coalesce(first_reason, case
        when row_number() over (
            partition by id, first_reason is null
            order by updated desc nulls last, registered_at desc, joined_at desc, closed_at desc,
                acquisition_channel desc, updated_at desc
        ) > 1 then 'duplicate_superseded'
    end) as reason
from judged;

insert into rejected select 'members', reason from read_members where reason is not null;

create temp table read_referrals as
with parsed as (
    select
        *,
        id_cell(referral_id) as id,
        id_cell(referrer_member_id) as referrer,
        id_cell(referred_member_id) as referee,
        moment_cell(invited_at) as invited
    from raw_file('referrals')
),

judged as (
    select
        *,
        case
            when referrer in (from erased) or referee in (from erased) then 'erased_member'
            when id is null or referrer is null or text_cell(invited_at) is null
                then 'missing_required'
            when invited is null then 'bad_timestamp'
        end as first_reason
    from parsed
)
select
    id as referral_id, referrer, referee, invited,
    coalesce(first_reason, case
        when row_number() over (
            partition by id, first_reason is null
            order by referrer_member_id desc, referred_member_id desc, invited_at desc
        ) > 1 then 'duplicate_superseded'
    end) as reason
from judged;

insert into rejected select 'referrals', reason from read_referrals where reason is not null;

create temp table read_events as
with parsed as (
    select
        *,
        file_row_number as row,
        id_cell(event_id) as id,
        moment_cell(occurred_at) as occurred,
        lower(text_cell(event_type)) as type,
        id_cell(visitor_id) as visitor,
        id_cell(member_id) as member,
        coalesce(text_cell(channel), 'unknown') as event_channel
    from raw_file('events')
)
select
    row, id, occurred, type, visitor, member, event_channel,
    case
        when member in (from erased)
            or visitor in (select visitor from read_identities where is_erased) then 'erased_member'
        when id is null or text_cell(occurred_at) is null or type is null then 'missing_required'
        when occurred is null then 'bad_timestamp'
    end as reason
from parsed;

create temp table superseded_events as
with doubles as (
    select id from read_events where reason is null group by id having count(*) > 1
),

ranked as (
    select
        file_row_number as row,
        row_number() over (
            partition by raw.event_id
            order by raw.occurred_at desc, raw.event_type desc, raw.visitor_id desc,
                raw.member_id desc,
                raw.channel desc
        ) as version
    from raw_file('events') as raw
    semi join doubles on raw.event_id = doubles.id
    semi join (from read_events where reason is null) as standing
        on raw.file_row_number = standing.row
)
select row from ranked where version > 1;

insert into rejected
select 'events', coalesce(reason, 'duplicate_superseded') from read_events
where reason is not null or row in (from superseded_events);

create temp table read_consents as
with parsed as (
    select
        *,
        id_cell(member_id) as member,
        moment_cell(consented_at) as consented,
        moment_cell(withdrawn_at) as withdrawn
    from raw_file('consents')
),

judged as (
    select
        *,
        case
            when member in (from erased) then 'erased_member'
            when member is null or text_cell(consented_at) is null then 'missing_required'
            when consented is null or bad(withdrawn_at, withdrawn) then 'bad_timestamp'
        end as first_reason
    from parsed
)
select
    member, consented,
    coalesce(first_reason, case
        when row_number() over (
            partition by member, consented, first_reason is null
            order by withdrawn desc nulls last, consented_at desc, withdrawn_at desc
        ) > 1 then 'duplicate_superseded'
    end) as reason
from judged;

insert into rejected select 'consents', reason from read_consents where reason is not null;

create temp table read_sends as
with parsed as (
    select
        *,
        id_cell(campaign_id) as campaign,
        id_cell(member_id) as member,
        moment_cell(sent_at) as sent
    from raw_file('campaign_sends')
),

judged as (
    select
        *,
        case
            when member in (from erased) then 'erased_member'
            when campaign is null or member is null or text_cell(sent_at) is null
                then 'missing_required'
            when sent is null then 'bad_timestamp'
        end as first_reason
    from parsed
)
select
    member, sent,
    coalesce(first_reason, case
        when row_number() over (
            partition by campaign, member, sent, first_reason is null order by sent_at desc,
                variant desc
        ) > 1 then 'duplicate_superseded'
    end) as reason
from judged;

insert into rejected select 'campaign_sends', reason from read_sends where reason is not null;

create temp table read_spend as
with parsed as (
    select
        *,
        cast(moment_cell(spend_date) as date) as spent_on,
        coalesce(upper(text_cell(currency)), 'USD') as code,
        count_cell(impressions) as seen,
        count_cell(clicks) as clicked,
        amount_cell(cost_amount) as cost
    from raw_file('marketing_spend')
)
select
    spent_on, code, coalesce(seen, 0) as seen, coalesce(clicked, 0) as clicked, cost,
    text_cell(channel) as spend_channel,
    case
        when text_cell(spend_date) is null or text_cell(channel) is null
            or text_cell(cost_amount) is null
            then 'missing_required'
        when spent_on is null then 'bad_timestamp'
        when bad(impressions, seen) or bad(clicks, clicked) or cost is null then 'bad_number'
        when seen < 0 or clicked < 0 or cost < 0 then 'negative_amount'
        when code <> 'USD' and spent_on < coalesce(
            (select min(rated_on) from read_rates
                where reason is null and read_rates.currency = code),
            date '9999-12-31'
        ) then 'missing_exchange_rate'
    end as reason
from parsed;

insert into rejected select 'marketing_spend', reason from read_spend where reason is not null;

------------------------------------------------------------------------------------------- people

create temp table people as
with staged as (
    from read_members where reason is null
),

profiles as (
    select
        member_id, false as is_inferred, registered, joined,
        case when joined is null or closed >= joined then closed end as closed,
        acquisition_channel
    from staged
    union all
    select distinct member_id, false, null::timestamp, null::timestamp, null::timestamp, 'unknown'
    from read_members
    where reason <> 'erased_member' and member_id is not null
        and member_id not in (select member_id from staged)
    union all
    select orders.member_id, true, min(ordered_at), min(ordered_at), null, 'unknown'
    from staged_orders as orders
    anti join (from read_members where reason <> 'erased_member' or reason is null) as named
        on orders.member_id = named.member_id
    where orders.member_id is not null
    group by orders.member_id
)
select
    cast(row_number() over () as integer) as m,
    *,
    cast(registered as date) as registered_on,
    cast(joined as date) as joined_on,
    cast(closed as date) as closed_on
from profiles;

set variable first_on = (select min(ordered_on) from staged_orders);
set variable as_of = (
    select max(ordered_on) from staged_orders where ordered_on <= getvariable('today')
);

create temp table snapshots as
with days as (
    select first_on, first_on + unnest(range(getvariable('as_of') - first_on + 1)::integer[]) as d
    from (select getvariable('first_on') as first_on)
),
intervals as (
    select *, date_trunc(getvariable('interval'), d) as begins_on,
        date_trunc(getvariable('interval'), d + 1) as next_begins_on
    from days
)
select cast(row_number() over (order by d) as integer) as s, d
from intervals
where
    d = getvariable('as_of')
    or begins_on >= first_on and next_begins_on > d;

set variable last_s = (select max(s) from snapshots);

-- The snapshot that sees a day first, for all days from the first order to the last snapshot.
create temp table calendar as
with days as (
    select first_on + unnest(range(getvariable('as_of') - first_on + 1)::integer[]) as day
    from (select getvariable('first_on') as first_on)
)
select day, s from days asof join snapshots on day <= d;

create temp macro since_first(day) as
    case when day < getvariable('first_on') then getvariable('first_on') else day end;

create temp table ties as
select visitor, m
from read_identities
inner join people on read_identities.member = people.member_id
where reason is null;

create temp macro channel_name(channel) as
    case when channel = 'all' then 'unknown' else channel end;

-- Events by person; v = an anonymous visitor; both null = nobody's.
create temp table owned_events as
select
    coalesce(people.m, ties.m) as m,
    case when coalesce(people.m, ties.m) is null then events.visitor end as v,
    cast(occurred as date) as day,
    type,
    channel_name(event_channel) as channel
from read_events as events
left join people on events.member = people.member_id
left join ties on events.visitor = ties.visitor
where reason is null and row not in (from superseded_events);

create temp table touches as
select
    m,
    v,
    min(day) as first_on,
    min(day) filter (where type in ('page_view', 'add_to_cart', 'favourite', 'store_visit'))
        as interest_on
from owned_events
where m is not null or v is not null
group by m, v;

create temp table spans as
with seen as (
    select member_id, min(ordered_on) as day
    from staged_orders
    where member_id is not null
    group by member_id
    union all
    select member, cast(identified as date) from read_identities where reason is null
    union all
    select referrer, cast(invited as date) from read_referrals where reason is null
    union all
    select referee, cast(invited as date) from read_referrals where reason is null
    union all
    select member, cast(consented as date) from read_consents where reason is null
    union all
    select member, cast(sent as date) from read_sends where reason is null
),

first_seen as (
    select member_id, min(day) as day from seen where day is not null group by member_id
)
select
    people.m,
    people.joined_on,
    least(people.registered_on, people.joined_on, first_seen.day, touches.first_on)
        as first_seen_on,
    known.s as known_s,
    joined.s as joined_s,
    coalesce(closed.s - 1, getvariable('last_s')) as last_s,
    interest.s as interest_s
from people
left join first_seen on people.member_id = first_seen.member_id
left join (from touches where m is not null) as touches on people.m = touches.m
left join calendar as known
    on known.day = since_first(
        least(people.registered_on, people.joined_on, first_seen.day, touches.first_on)
    )
left join calendar as joined on since_first(people.joined_on) = joined.day
left join calendar as closed on since_first(people.closed_on) = closed.day
left join calendar as interest on since_first(touches.interest_on) = interest.day;

drop table read_events;

---------------------------------------------------------------------------------- orders of members

create temp table refunded_orders as
select
    order_id,
    min(refunded_on) filter (where own_total > 0 and own_total >= net) as void_on,
    bool_or(own_total > net and refunded_on <= getvariable('as_of')) as is_over_refunded,
    coalesce(max(total) filter (where refunded_on <= getvariable('as_of')), 0) as refund_amount
from refunds
group by order_id;

create temp table platforms as
select platform, cast(row_number() over (order by platform) as tinyint) as p
from (select distinct platform from staged_orders);

create table fct_orders as
with judged as (
    select
        orders.order_id,
        orders.member_id,
        ordered_at,
        ordered_on,
        platform,
        order_status as status,
        in_dollars(gross, rate) as gross_amount,
        in_dollars(gross - discount, rate) as net_before_refund,
        coalesce(refund_amount, 0) as refund_amount,
        in_dollars(cost, rate) as cost_amount,
        is_full_price,
        coalesce(is_over_refunded, false) as is_over_refunded,
        case
            when order_status <> 'successful' then order_status
            when ordered_on > getvariable('as_of') then 'after_as_of_date'
            when orders.member_id is null then 'guest'
            when void_on <= getvariable('as_of') then 'void'
        end as invalid_reason
    from staged_orders as orders
    left join refunded_orders as refunds on orders.order_id = refunds.order_id
)
select
    order_id,
    member_id,
    ordered_at,
    ordered_on,
    platform,
    status,
    gross_amount,
    cast(gross_amount - net_before_refund as decimal(18, 2)) as discount_amount,
    net_before_refund,
    cast(refund_amount as decimal(18, 2)) as refund_amount,
    cast(greatest(net_before_refund - refund_amount, 0) as decimal(18, 2)) as net_revenue,
    cost_amount,
    is_full_price,
    is_over_refunded,
    invalid_reason is null as is_valid,
    invalid_reason
from judged;

drop table staged_orders;

-- Orders that are valid at a snapshot at least: from e until before v (null = it lasts), in the
-- window until before x (null = to the end). Money in cents.
create temp table purchases as
select
    people.m,
    platforms.p,
    orders.ordered_on,
    cast(100 * orders.net_before_refund as bigint) as net,
    orders.is_full_price::tinyint as full_price,
    entered.s as e,
    left_window.s as x,
    voided.s as v,
    case when refunds.order_id is not null then orders.order_id end as refunded_order_id
from fct_orders as orders
inner join people on orders.member_id = people.member_id
inner join platforms on orders.platform = platforms.platform
inner join calendar as entered on orders.ordered_on = entered.day
left join calendar as left_window on orders.ordered_on + 365 = left_window.day
left join refunded_orders as refunds on orders.order_id = refunds.order_id
left join calendar as voided on since_first(refunds.void_on) = voided.day
where orders.status = 'successful' and (voided.s is null or voided.s > entered.s);

-- What each refund takes from the net of its order, at the first snapshot that sees both.
create temp table takings as
with steps as (
    select
        order_id, refunded_on, max(total) as total,
        coalesce(lag(max(total)) over (partition by order_id order by refunded_on), 0)
            as total_before
    from refunds
    where refunded_on <= getvariable('as_of')
    group by order_id, refunded_on
)
select
    m, p, x,
    greatest(calendar.s, e) as s,
    least(cast(100 * total as bigint), net) - least(cast(100 * total_before as bigint), net)
        as taken
from steps
inner join purchases on order_id = refunded_order_id
inner join calendar on since_first(refunded_on) = day
where x is null or greatest(calendar.s, e) < x;

----------------------------------------------------------------------------------------- referrals

create table fct_referrals as
with edges as (
    select
        edges.*,
        cast(invited as date) as invited_on,
        referrers.m as referrer_m,
        case when referees.joined_on <= getvariable('as_of') then referees.joined end as joined,
        case when referees.joined_on <= getvariable('as_of') then referees.joined_on end
            as joined_on,
        referrers.joined_on < referees.joined_on
            and coalesce(referrers.closed_on >= referees.joined_on, true) as is_referrer_enrolled
    from read_referrals as edges
    left join people as referrers on edges.referrer = referrers.member_id
    left join people as referees on edges.referee = referees.member_id
    where reason is null
),

judged as (
    select
        *,
        case
            when referrer = referee then 'self_referral'
            when referrer_m is null then 'unknown_referrer'
            when joined_on is null then 'referee_not_joined'
            when invited_on > joined_on
                or (invited_on = joined_on and invited > joined
                    and cast(invited as time) <> time '00:00'
                    and cast(joined as time) <> time '00:00')
                then 'referee_already_member'
            when not coalesce(is_referrer_enrolled, false) then 'referrer_not_member'
            when joined_on - invited_on > 90 then 'outside_attribution_window'
        end as refusal
    from edges
),

ranked as (
    select
        *,
        coalesce(refusal, case
            when row_number() over (
                partition by referee, refusal is null order by invited, referral_id
            ) > 1 then 'not_first_touch'
            else 'accepted'
        end) as status
    from judged
),

activations as (
    select referee, min(ordered_on) as activated_on
    from ranked
    inner join fct_orders on referee = member_id and ordered_on >= joined_on
    where ranked.status = 'accepted' and is_valid
    group by referee
)
select
    referral_id,
    referrer as referrer_member_id,
    ranked.referee as referred_member_id,
    invited_on,
    status,
    case when status = 'accepted' then joined_on end as credited_on,
    case when status = 'accepted' then activated_on end as activated_on
from ranked
left join activations on ranked.referee = activations.referee;

-------------------------------------------------------------------------- gaps and cycles (spec §4)

-- Days with a purchase. A day lasts (v null), or it passes: seen at snapshots e to v - 1 only.
create temp table days as
with grouped as (
    select
        m, ordered_on as day, any_value(e) as e,
        case when count(v) = count(*) then max(v) end as v
    from purchases
    group by m, ordered_on
)
select
    *,
    max(day) filter (where v is null) over (
        partition by m order by day rows between unbounded preceding and 1 preceding
    ) as lasting_before
from grouped;

-- Around the passing days, for each snapshot that sees any: those days, and the lasting day after.
create temp table passing_days as
with passing as (
    select m, day, lasting_before, unnest(range(e, v)) as s from days where v is not null
),

chain as (
    select m, s, day, lasting_before, true as is_passing from passing
    union all
    select distinct days.m, passing.s, days.day, days.lasting_before, false
    from passing
    inner join days
        on passing.m = days.m
        and passing.lasting_before is not distinct from days.lasting_before
        and days.day > passing.day
        and days.e <= passing.s
    where days.v is null
)
select
    *,
    greatest(lasting_before, max(day) filter (where is_passing) over (
        partition by m, s order by day rows between unbounded preceding and 1 preceding
    )) as seen_before
from chain;

create temp table cycles as
with lasting_gaps as (
    select day, sum(day - lasting_before) as days, count(*) as gaps
    from days
    where v is null and lasting_before is not null
    group by day
),

passing_gaps as (
    select
        s,
        coalesce(sum(day - seen_before), 0)
        - coalesce(sum(day - lasting_before) filter (where not is_passing), 0) as days,
        count(seen_before) - count(lasting_before) filter (where not is_passing) as gaps
    from passing_days
    inner join snapshots using (s)
    where day > d - 730
    group by s
),

summed as (
    select
        snapshots.s,
        any_value(snapshots.d) as d,
        coalesce(sum(lasting_gaps.days), 0) + coalesce(any_value(passing_gaps.days), 0) as days,
        coalesce(sum(lasting_gaps.gaps), 0) + coalesce(any_value(passing_gaps.gaps), 0) as gaps
    from snapshots
    left join lasting_gaps on day <= d and day > d - 730
    left join passing_gaps on snapshots.s = passing_gaps.s
    group by snapshots.s
)
select
    s,
    d,
    cast(case when gaps > 0 then days else 90 end as bigint) as days,
    cast(case when gaps > 0 then gaps else 1 end as bigint) as gaps,
    cast(case
        when gaps > 0
            then ((2000000 * cast(days as hugeint) + gaps) // (2 * gaps))::decimal(38, 0) * 0.000001
        else 90
    end as decimal(18, 6)) as cycle_days
from summed;

------------------------------------------------------------------------------- measures (spec §3)

-- A purchase and its gap in one number: the greatest is the latest, of one day the shortest gap.
create temp macro purchase_code(day, day_before) as
    (day - date '1900-01-01') * 1000000 + 999999 - coalesce(day - day_before, 999999);

create temp table platform_changes as
with changes as (
    select m, p, e as s, count(*) as ever, count(*) as orders, sum(full_price) as full_price,
        sum(net) as net, max(ordered_on) filter (where v is null) as last_on,
        null::date as passing_on,
        e as bought_s
    from purchases group by m, p, e
    union all
    select m, p, x, 0, -count(*), -sum(full_price), -sum(net), null, null, null
    from purchases where x is not null and (v is null or v >= x) group by m, p, x
    union all
    select
        m, p, v, -1, -(x is null or v < x)::integer, -full_price * (x is null or v < x)::integer, 0,
        null, null, null
    from purchases where v is not null
    union all
    -- A void order's money has been taken by its refunds; what they gave back leaves with it.
    select m, p, x, 0, 0, 0, -net, null, null, null from purchases where v is not null and v < x
    union all
    select m, p, unnest(range(e, v)), 0, 0, 0, 0, null, ordered_on, null
    from purchases where v is not null
    union all
    select m, p, s, 0, 0, 0, -taken, null, null, null from takings
    union all
    select m, p, x, 0, 0, 0, taken, null, null, null from takings where x is not null
)
select
    m, p, s, sum(ever)::integer as ever, sum(orders)::integer as orders,
    sum(full_price)::integer as full_price, sum(net)::bigint as net,
    max(last_on) as last_on, max(passing_on) as passing_on, max(bought_s) as bought_s
from changes
group by m, p, s;

create temp table all_changes as
with credited as (
    select people.m, entered.s as e, left_window.s as x
    from fct_referrals
    inner join people on referrer_member_id = people.member_id
    inner join calendar as entered on since_first(credited_on) = entered.day
    left join calendar as left_window on since_first(credited_on + 365) = left_window.day
    where status = 'accepted'
),

united as (
    select m, s, orders, full_price, net, last_on, passing_on, 0 as referrals,
        null::bigint as code, null::bigint as passing_code, bought_s
    from platform_changes
    union all
    select m, e, 0, 0, 0, null, null, 1, null, null, null from credited
    union all
    select m, x, 0, 0, 0, null, null, -1, null, null, null from credited where x is not null
    union all
    select m, known_s, 0, 0, 0, null, null, 0, null, null, null from spans where known_s <= last_s
    union all
    select m, e, 0, 0, 0, null, null, 0, purchase_code(day, lasting_before), null, null
    from days where v is null
    union all
    select m, s, 0, 0, 0, null, null, 0, null, purchase_code(day, seen_before), null
    from passing_days
)
select
    m, s, sum(orders)::integer as orders, sum(full_price)::integer as full_price,
    sum(net)::bigint as net,
    sum(referrals)::integer as referrals, max(last_on) as last_on, max(passing_on) as passing_on,
    max(code) as code, max(passing_code) as passing_code, max(bought_s) as bought_s
from united
group by m, s;

drop table purchases;
drop table days;
drop table passing_days;

-- The members known at each snapshot with their measures.
create temp table panel as
with balances as (
    select
        m, s, coalesce(lead(s) over history - 1, getvariable('last_s')) as until_s,
        sum(orders) over history as orders,
        sum(full_price) over history as full_price,
        sum(net) over history as net,
        sum(referrals) over history as referrals,
        greatest(max(last_on) over history, passing_on) as last_on,
        greatest(max(code) over history, passing_code) as code,
        max(bought_s) over history as bought_s
    from all_changes
    window history as (partition by m order by s rows between unbounded preceding and current row)
),

-- A left join, because DuckDB 2.0.0 breaks down on an inner join, an unnest of it and another join.
expanded as (
    select
        m,
        unnest(range(greatest(balances.s, known_s), least(until_s, last_s) + 1))::smallint as s,
        cast(orders as integer) as orders, cast(full_price as integer) as full_price,
        cast(net as bigint) as net, cast(referrals as integer) as referrals,
        last_on, code, bought_s, joined_on, joined_s, interest_s
    from balances
    left join spans using (m)
)
select
    expanded.* exclude (joined_s, interest_s),
    coalesce(s >= joined_s, false) as is_enrolled,
    coalesce(s >= interest_s, false) as is_interested,
    d,
    cast(d - last_on as integer) as recency,
    cast((2 * net + orders) // (2 * nullif(orders, 0)) as bigint) as order_value
from expanded
inner join snapshots using (s);

drop table all_changes;

create temp table platform_panel as
with balances as (
    select
        m, p, s, coalesce(lead(s) over history - 1, getvariable('last_s')) as until_s,
        sum(ever) over history as ever,
        sum(orders) over history as orders,
        sum(full_price) over history as full_price,
        sum(net) over history as net,
        greatest(max(last_on) over history, passing_on) as last_on
    from platform_changes
    window history as (
        partition by m, p order by s rows between unbounded preceding and current row
    )
),

expanded as (
    select
        m, p,
        unnest(case
            when joined_s is not null
                then range(greatest(balances.s, joined_s), least(until_s, last_s) + 1)
        end)::smallint as s,
        cast(orders as integer) as orders, cast(full_price as integer) as full_price,
        cast(net as bigint) as net, last_on
    from balances
    left join spans using (m)
    where ever > 0
)
select
    expanded.*,
    d,
    cast(d - last_on as integer) as recency,
    cast((2 * net + orders) // (2 * nullif(orders, 0)) as bigint) as order_value
from expanded
inner join snapshots using (s);

drop table platform_changes;

-------------------------------------------------------------------------------- scores (spec §3)

-- Where tiles and the upper half begin: for a value, cut k is the least that scores k.
create temp macro cut_points(histogram) as table
    with ranked as (
        select
            *,
            sum(members) over (partition by p, s, measure order by value) as high,
            sum(members) over (partition by p, s, measure) as active
        from query_table(histogram)
    )
    select
        p, s, measure,
        min(value) filter (high - members >= 1 * (active // 5) + least(1, active % 5)) as cut_2,
        min(value) filter (high - members >= 2 * (active // 5) + least(2, active % 5)) as cut_3,
        min(value) filter (high - members >= 3 * (active // 5) + least(3, active % 5)) as cut_4,
        min(value) filter (high - members >= 4 * (active // 5) + least(4, active % 5)) as cut_5,
        case
            when measure = 'r' then max(value) filter (2 * high - members < active)
            else min(value) filter (2 * high - members > active)
        end as half
    from ranked
    group by p, s, measure;

create temp table histogram as
select 0::tinyint as p, s, 'r' as measure, recency::bigint as value, count(*) as members
from panel where is_enrolled and orders > 0 group by s, recency
union all
select 0, s, 'f', orders, count(*) from panel where is_enrolled and orders > 0 group by s, orders
union all
select 0, s, 'v', net, count(*) from panel where is_enrolled and orders > 0 group by s, net
union all
select 0, s, 'a', order_value, count(*) from panel where is_enrolled and orders > 0
group by s, order_value
union all
select 0, s, 'u', full_price, count(*) from panel where is_enrolled and full_price > 0
group by s, full_price
union all
select 0, s, 'g', referrals, count(*) from panel where is_enrolled and referrals > 0
group by s, referrals
union all
select p, s, 'r', recency, count(*) from platform_panel where orders > 0 group by p, s, recency
union all
select p, s, 'f', orders, count(*) from platform_panel where orders > 0 group by p, s, orders
union all
select p, s, 'v', net, count(*) from platform_panel where orders > 0 group by p, s, net;

create temp table cuts as from cut_points('histogram');

drop table histogram;

-- One row a platform and snapshot with all cuts, however few of them were found.
create temp table wide_cuts as
select
    p, s,
    any_value(columns(* exclude (p, s, measure))) filter (measure = 'r') as "r_\0",
    any_value(columns(* exclude (p, s, measure))) filter (measure = 'f') as "f_\0",
    any_value(columns(* exclude (p, s, measure))) filter (measure = 'v') as "v_\0",
    any_value(columns(* exclude (p, s, measure))) filter (measure = 'a') as "a_\0",
    any_value(columns(* exclude (p, s, measure))) filter (measure = 'u') as "u_\0",
    any_value(columns(* exclude (p, s, measure))) filter (measure = 'g') as "g_\0"
from cuts
group by p, s;

create temp macro score(value, cut_2, cut_3, cut_4, cut_5) as
    case
        when value >= cut_5 then 5 when value >= cut_4 then 4 when value >= cut_3 then 3
        when value >= cut_2 then 2 else 1
    end::tinyint;

create temp table cells as
with rules as (
    from read_csv(getvariable('seeds') || '/rfm_segments.csv', header = true)
)
select
    cast(r.range as tinyint) as r,
    cast(f.range as tinyint) as f,
    cast(v.range as tinyint) as v,
    printf('%d%d%d', r.range, f.range, v.range) as rfm_cell,
    arg_min(rfm_segment, priority) as rfm_segment
from range(6) as r, range(6) as f, range(6) as v
inner join rules
    on r.range between r_from and r_to
    and f.range between f_from and f_to
    and v.range between m_from and m_to
group by r.range, f.range, v.range;

set variable classes = [
    'none', 'general_winback', 'important_winback', 'general_keep', 'important_keep',
    'general_develop', 'important_develop', 'general_value', 'important_value'
];
create temp macro class_of(orders, r_upper, f_upper, v_upper) as
    case
        when orders > 0 then 1
            + case when r_upper then 4 else 0 end + case when f_upper then 2 else 0 end
            + case when v_upper then 1 else 0 end
        else 0
    end;
create temp macro dollars(cents) as cast(cents * 0.01 as decimal(18, 2));

-- Of active values only: r recency, f frequency, v monetary value, a order value, u full price,
-- g referrals.
create temp table scored as
with cut as (
    select
        panel.*,
        case when orders > 0 then 6 - score(recency, r_cut_2, r_cut_3, r_cut_4, r_cut_5) else 0
        end::tinyint as r,
        case when orders > 0 then score(orders, f_cut_2, f_cut_3, f_cut_4, f_cut_5) else 0 end as f,
        case when orders > 0 then score(net, v_cut_2, v_cut_3, v_cut_4, v_cut_5) else 0 end as v,
        case when orders > 0 then score(order_value, a_cut_2, a_cut_3, a_cut_4, a_cut_5) else 0
        end as a,
        case when full_price > 0 then score(full_price, u_cut_2, u_cut_3, u_cut_4, u_cut_5) else 0
        end as u,
        case when referrals > 0 then score(referrals, g_cut_2, g_cut_3, g_cut_4, g_cut_5) else 0
        end as g,
        coalesce(orders > 0 and orders >= f_half, false) as is_f_upper,
        coalesce(orders > 0 and net >= v_half, false) as is_v_upper,
        coalesce(orders > 0 and order_value >= a_half, false) as is_a_upper,
        coalesce(orders > 0 and recency <= r_half, false) as is_r_upper
    from panel
    left join wide_cuts on wide_cuts.p = 0 and panel.s = wide_cuts.s
)
select
    * exclude (is_r_upper),
    (f + 2 * g)::tinyint as loyalty,
    class_of(orders, is_r_upper, is_f_upper, is_v_upper)::tinyint as class
from cut;

drop table panel;

create temp table loyalty_histogram as
select 0::tinyint as p, s, 'l' as measure, loyalty as value, count(*) as members
from scored
where is_enrolled and loyalty > 0
group by s, loyalty;

create temp table loyalty_cuts as from cut_points('loyalty_histogram');

create temp macro quadrant_of(is_v_upper, is_loyal) as
    case
        when is_v_upper then case when is_loyal then 1 else 2 end
        else case when is_loyal then 3 else 4 end
    end;

create table fct_rfm_scores as
select
    d as snapshot_date, 'all' as score_partition, member_id,
    recency as recency_days, orders as frequency, dollars(net) as monetary_amount,
    dollars(order_value) as average_order_value, full_price as full_price_frequency,
    r::integer as r_score, f::integer as f_score, v::integer as m_score,
    rfm_cell, getvariable('classes')[class + 1] as rfm_value_class, rfm_segment
from scored
inner join people using (m)
inner join cells using (r, f, v)
where is_enrolled
union all
select
    d, partition_name, member_id,
    recency, orders, dollars(net), dollars(order_value), full_price,
    r, f, v, rfm_cell, getvariable('classes')[class + 1], rfm_segment
from (
    select
        panel.*,
        'platform=' || platform as partition_name,
        case when orders > 0 then 6 - score(recency, r_cut_2, r_cut_3, r_cut_4, r_cut_5) else 0
        end::tinyint as r,
        case when orders > 0 then score(orders, f_cut_2, f_cut_3, f_cut_4, f_cut_5) else 0 end as f,
        case when orders > 0 then score(net, v_cut_2, v_cut_3, v_cut_4, v_cut_5) else 0 end as v,
        class_of(orders, recency <= r_half, orders >= f_half, net >= v_half) as class
    from platform_panel as panel
    inner join platforms on panel.p = platforms.p
    left join wide_cuts on panel.p = wide_cuts.p and panel.s = wide_cuts.s
) as platform_scored
inner join people using (m)
inner join cells using (r, f, v);

drop table platform_panel;

create table fct_loyalty_scores as
select
    d as snapshot_date, member_id,
    f::integer as frequency_score, g::integer as referral_score,
    a::integer as average_order_value_score,
    u::integer as full_price_score, referrals as referral_count,
    cast(loyalty as decimal(18, 4)) as loyalty_score,
    case when loyalty > 0 then score(loyalty, cut_2, cut_3, cut_4, cut_5) else 0
    end::integer as loyalty_tile
from scored
inner join people using (m)
left join loyalty_cuts using (s)
where is_enrolled;

create table fct_member_quadrants as
select
    d as snapshot_date, member_id,
    dollars(net) as contribution_amount, is_v_upper::integer as contribution_half,
    cast(loyalty as decimal(18, 4)) as loyalty_score,
    coalesce(loyalty > 0 and loyalty >= half, false)::integer as loyalty_half,
    ['A', 'B', 'C', 'D'][quadrant_of(is_v_upper, coalesce(loyalty > 0 and loyalty >= half, false))]
        as quadrant
from scored
inner join people using (m)
left join loyalty_cuts using (s)
where is_enrolled;

create table agg_rfm_cells as
select
    snapshot_date, score_partition, r_score, f_score, m_score, count(*) as members,
    sum(frequency)::bigint as orders, sum(monetary_amount)::decimal(18, 2) as net_revenue
from fct_rfm_scores
group by all;

create table agg_score_bounds as
with bounds as (
    select snapshot_date, score_partition, 'recency' as measure, r_score as score,
        min(recency_days) as low, max(recency_days) as high, count(*) as members
    from fct_rfm_scores group by all
    union all
    select snapshot_date, score_partition, 'frequency', f_score, min(frequency), max(frequency),
        count(*)
    from fct_rfm_scores group by all
    union all
    select snapshot_date, score_partition, 'monetary', m_score, min(monetary_amount),
        max(monetary_amount), count(*)
    from fct_rfm_scores group by all
    union all
    select d, 'all', 'average_order_value', a, dollars(min(order_value)), dollars(max(order_value)),
        count(*)
    from scored where is_enrolled group by d, a
    union all
    select d, 'all', 'full_price', u, min(full_price), max(full_price), count(*)
    from scored where is_enrolled group by d, u
    union all
    select d, 'all', 'referral', g, min(referrals), max(referrals), count(*)
    from scored where is_enrolled group by d, g
    union all
    select snapshot_date, 'all', 'loyalty', loyalty_tile, min(loyalty_score), max(loyalty_score),
        count(*)
    from fct_loyalty_scores group by all
)
select
    snapshot_date, score_partition, measure, score,
    low::decimal(18, 4) as lower_value, high::decimal(18, 4) as upper_value,
    members, 'quantile' as method
from bounds;

-------------------------------------------------------------------------------- stages (spec §4)

-- A purchase ends a dormant run, so a member's snapshots fall into stretches that begin with one
-- (q = 0: before the first). A run starts where it can first; at q only if no run ends there.
create temp table runs as
with recursive starts as (
    select
        m,
        coalesce(bought_s, 0) as q,
        bool_or(s = bought_s) as can_start_at_once,
        min(s) filter (where s > coalesce(bought_s, 0)) as later_s
    from scored
    where is_enrolled and r <= 1 and d > joined_on + 90 and (recency is null or recency > 0)
    group by m, coalesce(bought_s, 0)
),

links as (
    select starts.m, starts.q, starts.later_s, coalesce(scored.bought_s, 0) as before_q
    from starts
    left join scored on starts.m = scored.m and scored.s = starts.q - 1
    where can_start_at_once
),

-- Back through stretches that can start at once only: each turns round whether it ends in a run.
walks as (
    select m, q, before_q as at_q, 0 as turns from links
    union all
    select walks.m, walks.q, links.before_q, turns + 1
    from walks
    inner join links on walks.m = links.m and walks.at_q = links.q and links.later_s is null
),

arrivals as (
    select walks.m, walks.q,
        (arg_max(starts.later_s is not null, turns)::integer + max(turns)) % 2 = 1 as ends_run
    from walks
    left join starts on walks.m = starts.m and walks.at_q = starts.q
    group by walks.m, walks.q
)
select
    starts.m,
    starts.q,
    case when can_start_at_once and not ends_run then starts.q else later_s end::smallint as since_s
from starts
left join arrivals on starts.m = arrivals.m and starts.q = arrivals.q;

set variable stages = ['latent', 'development', 'growth', 'stable', 'dormant', 'churned'];
set variable aipl = ['awareness', 'interest', 'purchase', 'loyalty'];

set variable segments = (select list(distinct rfm_segment order by rfm_segment) from cells);

-- One row a known member and snapshot: its five segments, packed in one number to compare it.
create temp table states as
with judged as (
    select
        scored.m,
        scored.s,
        net,
        case when since_s <= scored.s then since_s end as since_s,
        case
            when not is_enrolled then 1
            when since_s <= scored.s and scored.d - since.d >= 180 then 6
            when since_s <= scored.s then 5
            when last_on > joined_on and is_f_upper and is_a_upper then 4
            when last_on > joined_on then 3
            else 2
        end as stage,
        case
            when code is null then case when is_interested then 2 else 1 end
            when 999999 - code % 1000000 < 999999
                and (999999 - code % 1000000) * cycles.gaps <= cycles.days
                and recency * cycles.gaps <= cycles.days then 4
            else 3
        end as aipl,
        case when is_enrolled then class + 1 else 0 end::integer as class,
        case when is_enrolled then list_position(getvariable('segments'), rfm_segment)
            else 0 end as segment,
        case
            when is_enrolled
                then quadrant_of(is_v_upper, coalesce(loyalty > 0 and loyalty >= half, false))
            else 0
        end as quadrant
    from scored
    inner join cells using (r, f, v)
    inner join cycles on scored.s = cycles.s
    left join loyalty_cuts on scored.s = loyalty_cuts.s
    left join runs on scored.m = runs.m and coalesce(scored.bought_s, 0) = runs.q
    left join snapshots as since on runs.since_s = since.s
)
select
    m, s,
    case when class > 0 then net else 0 end as net,
    since_s, stage::tinyint as stage, aipl::tinyint as aipl,
    (((class * 32 + segment) * 8 + quadrant) * 8 + stage) * 8 + aipl as pack
from judged;

create table fct_aipl_stages as
with visitors as (
    select
        v, unnest(range(known.s, getvariable('last_s') + 1))::integer as s,
        interest.s as interest_s
    from touches
    left join calendar as known on since_first(first_on) = known.day
    left join calendar as interest on since_first(interest_on) = interest.day
    where v is not null
)
select
    d as snapshot_date, 'member:' || member_id as person_id, member_id,
    getvariable('aipl')[aipl] as aipl_stage, cycle_days
from states
inner join people using (m)
inner join cycles using (s)
union all
select
    d, 'visitor:' || v, null,
    case when visitors.s >= interest_s then 'interest' else 'awareness' end, cycle_days
from visitors
inner join cycles on visitors.s = cycles.s;

-- Each state beside the one before; 0 = not known then.
create temp table moves as
select
    m, s, stage, since_s,
    lag(stage) over history as stage_before,
    pack, net,
    coalesce(lag(pack) over history, 0) as pack_before,
    coalesce(lag(net) over history, 0) as net_before,
    lead(s) over history is null as is_last
from states
window history as (partition by m order by s);

create table fct_lifecycle_snapshots as
with entries as (
    select
        m, s, stage, stage_before, since_s,
        lead(s) over (partition by m order by s) as next_s
    from moves
    where stage is distinct from stage_before
),

expanded as (
    select
        entries.*,
        unnest(range(entries.s, coalesce(next_s, last_s + 1)))::smallint as at_s
    from entries
    left join spans using (m)
)
select
    shown.d as snapshot_date,
    member_id,
    getvariable('stages')[stage] as lifecycle_stage,
    entered.d as stage_entered_on,
    cast(shown.d - entered.d as integer) as days_in_stage,
    getvariable('stages')[stage_before] as previous_stage,
    since.d as dormant_since,
    coalesce(at_s = expanded.s and stage_before in (5, 6) and stage in (2, 3, 4), false)
        as is_reactivation
from expanded
inner join people using (m)
inner join snapshots as shown on at_s = shown.s
inner join snapshots as entered on expanded.s = entered.s
left join snapshots as since on since_s = since.s;

create temp table packed_moves as
select s, pack_before, pack, count(*) as members, sum(net_before) as net_before, sum(net) as net
from moves
where s > 1
group by s, pack_before, pack
union all
select s + 1, pack, 0, count(*), sum(net), 0
from moves
where is_last and s < getvariable('last_s')
group by s, pack;

create temp macro moves_of(family, divisor, size, labels) as table
    select
        family as segment_family, s,
        coalesce(labels[pack_before // divisor % size], '(none)') as from_segment,
        coalesce(labels[pack // divisor % size], '(none)') as to_segment,
        sum(members) as members, sum(net_before) as net_before, sum(net) as net
    from packed_moves
    where pack_before // divisor % size > 0 or pack // divisor % size > 0
    group by all;

create table agg_segment_transitions as
with united as (
    from moves_of('aipl', 1, 8, getvariable('aipl'))
    union all
    from moves_of('lifecycle', 8, 8, getvariable('stages'))
    union all
    from moves_of('quadrant', 64, 8, ['A', 'B', 'C', 'D'])
    union all
    from moves_of('rfm_segment', 512, 32, getvariable('segments'))
    union all
    from moves_of('rfm_value_class', 16384, 16, getvariable('classes'))
),

totalled as (
    select *, sum(members) over (partition by segment_family, s, from_segment) as from_members
    from united
)
select
    segment_family,
    before.d as from_date,
    later.d as to_date,
    from_segment,
    to_segment,
    members::bigint as members,
    dollars(net_before) as revenue_before,
    dollars(net) as revenue_after,
    cast(((2000000 * members + from_members) // (2 * from_members)) * 0.000001 as decimal(18, 6))
        as share_of_from
from totalled
inner join snapshots as later on totalled.s = later.s
inner join snapshots as before on totalled.s - 1 = before.s;

------------------------------------------------------------------------------------------ members

create table dim_members as
with bought as (
    select
        member_id, min(ordered_on) as first_order_on, max(ordered_on) as last_order_on,
        sum(orders)::bigint as valid_orders, sum(revenue) as net_revenue,
        count(*) - 1 as repeat_days,
        (100 * (sum(revenue) - arg_min(revenue, ordered_on)))::bigint as repeat_cents
    from (
        select member_id, ordered_on, count(*) as orders, sum(net_revenue) as revenue
        from fct_orders
        where is_valid
        group by member_id, ordered_on
    )
    group by member_id
),

referrers as (
    select referred_member_id as member_id, referrer_member_id
    from fct_referrals
    where status = 'accepted'
),

playbook as (
    from read_csv(getvariable('seeds') || '/segment_playbook.csv', header = true)
),

last_states as (
    select
        m, s, net,
        getvariable('classes')[pack // 16384] as rfm_value_class,
        getvariable('segments')[pack // 512 % 32] as rfm_segment,
        ['A', 'B', 'C', 'D'][pack // 64 % 8] as quadrant,
        getvariable('stages')[stage] as lifecycle_stage,
        getvariable('aipl')[aipl] as aipl_stage
    from states
    where s = getvariable('last_s')
),

actions as (
    select
        m,
        arg_min(strategy_en, priority) as next_action,
        arg_min(strategy_zh, priority) as next_action_zh
    from (
        select m, unnest([
            'rfm_value_class ' || rfm_value_class, 'rfm_segment ' || rfm_segment,
            'quadrant ' || quadrant, 'lifecycle ' || lifecycle_stage, 'aipl ' || aipl_stage
        ]) as name
        from last_states
    )
    inner join playbook on name = segment_family || ' ' || playbook.segment
    group by m
)
select
    member_id,
    is_inferred,
    registered_on,
    people.joined_on,
    closed_on,
    first_seen_on,
    acquisition_channel,
    coalesce(
        people.joined_on <= getvariable('as_of')
        and (closed_on is null or closed_on > getvariable('as_of')),
        false
    ) as is_enrolled,
    coalesce(closed_on <= getvariable('as_of'), false) as is_closed,
    referrer_member_id,
    first_order_on,
    last_order_on,
    coalesce(valid_orders, 0) as valid_orders,
    coalesce(bought.net_revenue, 0)::decimal(18, 2) as net_revenue,
    repeat_days::integer as btyd_frequency,
    (last_order_on - first_order_on)::integer as btyd_recency_days,
    (getvariable('as_of') - first_order_on)::integer as btyd_age_days,
    case when repeat_days = 0 then 0 else dollars((2 * repeat_cents + repeat_days)
        // (2 * repeat_days)) end::decimal(18, 2) as btyd_mean_value,
    (((200 * (last_order_on - first_order_on) + repeat_days) // nullif(2 * repeat_days, 0))
        * 0.01)::decimal(18, 2) as mean_gap_days,
    last_order_on + ((2 * (last_order_on - first_order_on) + repeat_days)
        // nullif(2 * repeat_days, 0))::integer as expected_next_order_on,
    case when last_states.m is not null then getvariable('as_of') end as snapshot_date,
    recency as recency_days,
    orders as frequency,
    dollars(scored.net) as monetary_amount,
    dollars(order_value) as average_order_value,
    r::integer as r_score,
    f::integer as f_score,
    v::integer as m_score,
    r::varchar || f || v as rfm_cell,
    rfm_value_class,
    rfm_segment,
    loyalty::decimal(18, 4) as loyalty_score,
    case when loyalty > 0 then score(loyalty, cut_2, cut_3, cut_4, cut_5) else loyalty
    end::integer as loyalty_tile,
    quadrant,
    lifecycle_stage,
    stage_entered_on,
    aipl_stage,
    next_action,
    next_action_zh
from people
inner join spans using (m)
left join bought using (member_id)
left join referrers using (member_id)
left join last_states using (m)
left join actions using (m)
left join (from scored where s = getvariable('last_s') and is_enrolled) as scored using (m)
left join (from loyalty_cuts where s = getvariable('last_s')) as loyalty_cuts on true
left join (
    select member_id, stage_entered_on
    from fct_lifecycle_snapshots
    where snapshot_date = getvariable('as_of')
) as entered using (member_id);

------------------------------------------------------------------------------------ growth (spec §5)

create temp macro period_of(grain, day) as
    case grain when 'day' then day else cast(date_trunc(grain, day) as date) end;

create temp table grains as
select unnest(['day', 'week', 'month']) as grain, unnest([1, 7, 31]) as longest;

create temp table profiles as
select
    m, member_id, registered_on, joined_on, closed_on,
    channel_name(acquisition_channel) as channel
from people;

create temp table spend as
select
    spent_on as day,
    channel_name(spend_channel) as channel,
    seen,
    clicked,
    in_dollars(cost, rate) as cost
from read_spend
left join day_rates on code = currency and spent_on = day_rates.day
where reason is null and spent_on <= getvariable('as_of');

-- All figures of a period and channel, one a row; summed at the end.
create temp table figures (
    grain varchar, period date, channel varchar, name varchar, amount decimal(18, 2)
);

-- Figures that add up over days and channels.
insert into figures
with daily as (
    select day, channel, 'page_views' as name, count(*) as amount
    from owned_events where type = 'page_view' group by all
    union all
    select day, channel, 'logins', count(*) from owned_events where type = 'login' group by all
    union all
    select day, channel, unnest(['impressions', 'clicks', 'spend']),
        unnest([sum(seen), sum(clicked), sum(cost)])
    from spend group by day, channel
    union all
    select registered_on, channel, 'registrations', count(*) from profiles group by all
    union all
    select joined_on, channel, 'new_members', count(*) from profiles group by all
    union all
    select
        ordered_on,
        coalesce(channel, 'unknown'),
        unnest(['orders', 'gross_revenue', 'discounts', 'member_orders', 'member_revenue']),
        unnest([
            count(*), sum(gross_amount), sum(discount_amount), count(*) filter (where is_valid),
            coalesce(sum(orders.net_revenue) filter (where is_valid), 0)
        ])
    from fct_orders as orders
    left join profiles using (member_id)
    where status = 'successful'
    group by ordered_on, coalesce(channel, 'unknown')
    union all
    select refunded_on, coalesce(channel, 'unknown'), 'refunds', sum(taken)
    from (
        select
            refunded_on, member_id,
            least(total, net_before_refund) - least(
                lag(total, 1, 0) over (partition by order_id order by total), net_before_refund
            ) as taken
        from (
            select order_id, refunded_on, max(total) as total from refunds group by all
        )
        inner join (
            from fct_orders
            where status = 'successful' and ordered_on <= getvariable('as_of')
        ) using (order_id)
    )
    left join profiles using (member_id)
    group by refunded_on, coalesce(channel, 'unknown')
    union all
    select
        invited_on, coalesce(channel, 'unknown'),
        unnest(['accepted_invites', 'activated_invites']),
        unnest([count(*) filter (where status = 'accepted'), count(activated_on)])
    from fct_referrals
    left join profiles on referrer_member_id = member_id
    group by invited_on, coalesce(channel, 'unknown')
)
select grain, period_of(grain, day), channel, name, sum(amount)
from daily, grains
where day <= getvariable('as_of')
group by all;

-- Purchase dates, and dates with activity, of members.
create temp table bought_days as
select m, channel, joined_on, ordered_on as day, count(*) as orders, sum(net_revenue) as revenue
from fct_orders inner join profiles using (member_id)
where is_valid
group by all;

create temp table active_days as
select m, any_value(channel) as channel, any_value(joined_on) as joined_on, day
from (
    select m, channel, joined_on, day from bought_days
    union all
    select m, profiles.channel, joined_on, day
    from owned_events inner join profiles using (m)
    where type <> 'impression' and day <= getvariable('as_of')
)
group by m, day;

create temp table bought_periods as
select grain, period_of(grain, day) as period, m, any_value(channel) as channel
from bought_days, grains
group by grain, period, m;

create temp table active_periods as
select grain, period_of(grain, day) as period, m, any_value(channel) as channel, count(*) as days
from active_days, grains
group by grain, period, m;

insert into figures
select grain, period, channel, unnest(['active_members', 'active_member_days']),
    unnest([count(*), sum(days)])
from active_periods
group by grain, period, channel
union all
select grain, period_of(grain, period + longest), channel, 'previous_active_members', count(*)
from active_periods inner join grains using (grain)
group by all
union all
select now.grain, now.period, now.channel, 'retained_members', count(*)
from active_periods as now
inner join active_periods as earlier
    on now.grain = earlier.grain and now.m = earlier.m
    and period_of(now.grain, now.period - 1) = earlier.period
group by all
union all
select grain, period, channel, 'buyers', count(*) from bought_periods group by all
union all
select grain, period_of(grain, first_on), channel, 'new_buyers', count(*)
from (select m, channel, min(day) as first_on from bought_days group by all), grains
group by all
union all
select grain, period_of(grain, joined_on), channel, 'activated_members', count(distinct m)
from bought_days, grains
where day between joined_on and joined_on + 30
group by all;

-- Invitations, visitors, clickers: distinct in each channel, and by themselves in all.
insert into figures
with channel_events as (
    select
        grain, period_of(grain, day) as period, channel, type, day,
        coalesce(m::varchar, 'v' || v) as person,
        registered_on
    from owned_events
    left join (select m, registered_on from profiles where registered_on <= getvariable('as_of'))
        using (m),
        grains
    where type in ('page_view', 'click') and (m is not null or v is not null)
        and day <= getvariable('as_of')
),

persons as (
    select
        grain, period, channel, grouping(channel) as is_all,
        count(distinct person) filter (where type = 'page_view') as unique_visitors,
        count(distinct person) filter (
            where type = 'page_view' and period_of(grain, registered_on) = period
        ) as registered_visitors,
        count(distinct person) filter (where type = 'click') as clickers,
        count(distinct person) filter (
            where type = 'click' and registered_on between day and day + 7
        ) as click_conversions
    from channel_events
    group by grouping sets ((grain, period, channel), (grain, period))
),

edges as (
    select
        grain, period_of(grain, invited_on) as period, coalesce(channel, 'unknown') as channel,
        count(distinct (referrer_member_id, coalesce(referred_member_id, 'open ' || referral_id)))
            as invites
    from fct_referrals
    left join profiles on referrer_member_id = member_id,
        grains
    where invited_on <= getvariable('as_of')
    group by grain, period, coalesce(channel, 'unknown')
)
select
    grain, period, if(is_all = 1, 'all', channel),
    unnest(['unique_visitors', 'registered_visitors', 'clickers', 'click_conversions']),
    unnest([unique_visitors, registered_visitors, clickers, click_conversions])
from persons
union all
select grain, period, channel, 'invites', invites from edges;

-- Every period; e = its last day so far.
create temp table periods as
select
    grain,
    period,
    least(period_of(grain, period + longest) - 1, getvariable('as_of')) as e,
    period_of(grain, period + longest) - 1 <= getvariable('as_of') as is_complete,
    (select max(d) from snapshots where d < period) as snapshot_before
from (select distinct grain, longest, period_of(grain, day) as period from calendar, grains);

-- Balances: what entered up to the last day less what left.
insert into figures
with followed as (
    select
        *,
        lag(day) over of_member as before,
        lead(day) over of_member as after
    from bought_days
    window of_member as (partition by m order by day)
),

changes as (
    select channel, joined_on as day, 'enrolled_members' as name, 1 as change
    from profiles
    union all
    select channel, closed_on, 'enrolled_members', -1 from profiles where joined_on is not null
    union all
    select channel, joined_on + unnest([0, 365]), 'ltv_members', unnest([1, -1]) from profiles
    union all
    select channel, unnest([day, least(day + 365, after)]), 'window_buyers', unnest([1, -1])
    from followed
    union all
    select channel, unnest([day, least(before + 365, after)]), 'window_repeat_buyers',
        unnest([1, -1])
    from followed where day < before + 365
    union all
    select channel, unnest([greatest(day, joined_on), joined_on + 365]), 'ltv_revenue',
        unnest([revenue, -revenue])
    from followed where day < joined_on + 365
),

daily as (
    select channel, name, since_first(day) as day, sum(change) as change
    from changes where day is not null
    group by all
),

running as (
    select channel, name, day, sum(change) over (partition by channel, name order by day) as amount
    from daily
)
select grain, period, running.channel, running.name, amount
from (select distinct channel, name from daily) as series
cross join periods
asof join running
    on series.channel = running.channel and series.name = running.name and e >= running.day;

insert into figures
with dormant as (
    select snapshot_date, m, channel
    from fct_lifecycle_snapshots inner join profiles using (member_id)
    where lifecycle_stage in ('dormant', 'churned')
)
select grain, period, channel, 'dormant_members', members
from periods
inner join (select snapshot_date, channel, count(*) as members from dormant group by all)
    on snapshot_before = snapshot_date
union all
select grain, period, bought_periods.channel, 'recalled_members', count(*)
from bought_periods
inner join periods using (grain, period)
inner join dormant on snapshot_before = snapshot_date and bought_periods.m = dormant.m
group by all;

insert into figures
select grain, period, 'all', name, sum(amount)
from figures
where name not in ('unique_visitors', 'registered_visitors', 'clickers', 'click_conversions')
group by all;

-- The columns have the types of the mart: bigint, decimal(18,2), decimal(28,6).
create temp macro figure(wanted, name, amount) as
    coalesce(sum(amount) filter (where name = wanted), 0);
create temp macro in_cents(amount) as cast(100 * amount as hugeint);
create temp macro ratio(numerator, denominator) as
    case
        when denominator <> 0 then cast(cast(
            sign(numerator) * (
                (2000000 * abs(in_cents(numerator)) + in_cents(denominator))
                // (2 * in_cents(denominator))
            ) as decimal(30, 0)
        ) * 0.000001 as decimal(28, 6))
    end;

create table agg_aarrr as
with channels as (
    select channel from owned_events where day <= getvariable('as_of')
    union
    select channel from spend
    union
    select channel from profiles
    union
    select unnest(['unknown', 'all'])
),

newest as (
    select grain, period_of(grain, joined_on) as period, channel, max(joined_on) as newest_on
    from (from profiles union all select * replace ('all' as channel) from profiles), grains
    where joined_on <= getvariable('as_of')
    group by all
),

wide as (
    select
        periods.grain as period_grain,
        periods.period as period_start,
        channels.channel,
        is_complete,
        e - periods.period + 1 as days,
        any_value(newest_on) as newest_on,
        figure('page_views', name, amount)::bigint as page_views,
        figure('unique_visitors', name, amount)::bigint as unique_visitors,
        figure('impressions', name, amount)::bigint as impressions,
        figure('clicks', name, amount)::bigint as clicks,
        figure('spend', name, amount)::decimal(18, 2) as spend,
        figure('clickers', name, amount)::bigint as clickers,
        figure('click_conversions', name, amount)::bigint as click_conversions,
        figure('registrations', name, amount)::bigint as registrations,
        figure('registered_visitors', name, amount)::bigint as registered_visitors,
        figure('new_members', name, amount)::bigint as new_members,
        figure('new_buyers', name, amount)::bigint as new_buyers,
        figure('logins', name, amount)::bigint as logins,
        figure('active_members', name, amount)::bigint as active_members,
        figure('activated_members', name, amount)::bigint as activated_members,
        figure('active_member_days', name, amount)::bigint as active_member_days,
        figure('retained_members', name, amount)::bigint as retained_members,
        figure('previous_active_members', name, amount)::bigint as previous_active_members,
        figure('buyers', name, amount)::bigint as buyers,
        figure('window_repeat_buyers', name, amount)::bigint as window_repeat_buyers,
        figure('window_buyers', name, amount)::bigint as window_buyers,
        figure('member_orders', name, amount)::bigint as member_orders,
        figure('dormant_members', name, amount)::bigint as dormant_members,
        figure('recalled_members', name, amount)::bigint as recalled_members,
        figure('orders', name, amount)::bigint as orders,
        figure('gross_revenue', name, amount)::decimal(18, 2) as gross_revenue,
        figure('discounts', name, amount)::decimal(18, 2) as discounts,
        figure('refunds', name, amount)::decimal(18, 2) as refunds,
        figure('ltv_members', name, amount)::bigint as ltv_members,
        figure('ltv_revenue', name, amount)::decimal(18, 2) as ltv_revenue,
        figure('member_revenue', name, amount)::decimal(18, 2) as member_revenue,
        figure('invites', name, amount)::bigint as invites,
        figure('accepted_invites', name, amount)::bigint as accepted_invites,
        figure('activated_invites', name, amount)::bigint as activated_invites,
        figure('enrolled_members', name, amount)::bigint as enrolled_members
    from periods
    cross join channels
    left join figures
        on periods.grain = figures.grain and periods.period = figures.period
        and channels.channel = figures.channel
    left join newest
        on periods.grain = newest.grain and periods.period = newest.period
        and channels.channel = newest.channel
    group by periods.grain, periods.period, channels.channel, is_complete, e
),

netted as (
    select *, (gross_revenue - discounts - refunds)::decimal(18, 2) as net_sales from wide
)
select
    period_grain, period_start, channel, is_complete,
    page_views, unique_visitors, impressions, clicks, spend, ratio(spend, clicks) as cpc,
    clickers, click_conversions, ratio(click_conversions, clickers) as click_conversion_rate,
    registrations, registered_visitors,
    ratio(registered_visitors, unique_visitors) as registration_rate,
    new_members, new_buyers, ratio(spend, new_buyers) as cac,
    logins, active_members, activated_members,
    case when newest_on + 30 <= getvariable('as_of') then ratio(activated_members, new_members) end
        as activation_rate,
    active_member_days, ratio(active_member_days, days) as mean_daily_active_members,
    case when period_grain = 'month' then ratio(active_member_days, days * active_members) end
        as stickiness,
    retained_members, previous_active_members,
    ratio(retained_members, previous_active_members) as retention_rate,
    buyers, window_repeat_buyers, window_buyers,
    ratio(window_repeat_buyers, window_buyers) as repurchase_rate,
    member_orders, ratio(member_orders, buyers) as orders_per_buyer,
    dormant_members, recalled_members, ratio(recalled_members, dormant_members) as recall_rate,
    orders, gross_revenue, discounts, refunds, net_sales,
    ratio(net_sales, orders) as average_order_value, ratio(net_sales, active_members) as arpu,
    ltv_members, ltv_revenue, ratio(ltv_revenue, ltv_members) as ltv,
    case when new_buyers > 0 then ratio(ltv_revenue * new_buyers, ltv_members * spend) end
        as ltv_to_cac,
    member_revenue, ratio(member_revenue - spend, spend) as marketing_roi,
    invites, accepted_invites, activated_invites,
    ratio(accepted_invites, invites) as invite_acceptance_rate,
    ratio(activated_invites, invites) as invite_activation_rate,
    enrolled_members, ratio(invites, enrolled_members) as invites_per_member,
    ratio(accepted_invites, enrolled_members) as viral_coefficient
from netted;

create table agg_cohort_retention as
with cohorts as (
    select date_trunc('month', joined_on)::date as cohort_month, channel, count(*) as members
    from (from profiles union all select * replace ('all' as channel) from profiles)
    where joined_on <= getvariable('as_of')
    group by all
),

months as (
    select
        *,
        (cohort_month + to_months(months_since))::date as month
    from (
        select
            *,
            unnest(range(date_diff('month', cohort_month, getvariable('as_of')) + 1))::integer
                as months_since
        from cohorts
    )
),

active as (
    select
        date_trunc('month', joined_on)::date as cohort_month,
        channel,
        date_trunc('month', day)::date as month,
        count(distinct m) as members
    from (from active_days union all select * replace ('all' as channel) from active_days)
    where joined_on <= getvariable('as_of')
    group by all
),

sales as (
    select
        date_trunc('month', joined_on)::date as cohort_month,
        channel,
        date_trunc('month', day)::date as month,
        count(distinct m) as buyers,
        sum(orders) as orders,
        sum(revenue) as revenue
    from (from bought_days union all select * replace ('all' as channel) from bought_days)
    where joined_on <= getvariable('as_of')
    group by all
)
select
    cohort_month,
    channel,
    months_since,
    months.members,
    coalesce(active.members, 0) as active_members,
    coalesce(buyers, 0) as buyers,
    coalesce(orders, 0)::bigint as orders,
    coalesce(revenue, 0)::decimal(18, 2) as net_revenue,
    ratio(
        sum(coalesce(revenue, 0)) over (
            partition by cohort_month, channel order by months_since
        ),
        months.members
    ) as cumulative_revenue_per_member,
    last_day(month) <= getvariable('as_of') as is_complete
from months
left join active using (cohort_month, channel, month)
left join sales using (cohort_month, channel, month);
