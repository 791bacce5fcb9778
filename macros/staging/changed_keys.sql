{% macro rows_of_changed_keys(table) -%}
    {#- CTE `due_source_rows`: the raw rows, as they stand, of the changed keys. The other cells are
        looked at only after this: trimming those of all rows took four times as long. What follows
        reads these rows three times, and would scan the raw table as often. -#}
    due_source_rows as {{ member_loyalty.kept() }} (
        select source_rows.*
        from {{ member_loyalty.raw_input(table) }} as source_rows
        inner join changed_keys
            on {{ member_loyalty.key_hash(table) }} = changed_keys.key_hash
    )
{%- endmacro %}


{% macro raw_row_hash(table, early_columns, context) -%}
    {#- The hash of a row of `keyed` with all that its judgement depends on, so that a row with the
        hash it had is judged as it was. Args: as base_rows. -#}
    {%- set looked_up = [] -%}
    {%- for column in early_columns -%}
        {%- do looked_up.append(column.split('.')[-1]) -%}
    {%- endfor -%}
    {%- set version = member_loyalty.code_version() ~ ' '
        ~ local_md5(member_loyalty.raw_contract(table) | string
            ~ member_loyalty.raw_file_columns(table) | string) -%}
    {{ member_loyalty.row_hash(
        ['cells_hash', 'is_erased'] + looked_up + context + ["'" ~ version ~ "'"]
    ) }}
{%- endmacro %}


{% macro changed_keys(table, early_columns, context) -%}
    {#- CTE `changed_keys`: the key_hash of each key of which a row is in the raw table and not in
        this model as it stands, or the reverse. What the model holds is all that is needed to know
        that. Sums over buckets are compared first: one pass over either side, a fifth of the time
        of comparing all rows. Args: as base_rows. -#}
    hashed as {{ member_loyalty.kept() }} (
        select
            key_hash,
            {{ member_loyalty.raw_row_hash(table, early_columns, context) }} as row_hash
        from any_keyed
    ),

    {% for side, rows in [('raw', 'hashed'), ('held', this)] -%}
    {{ side }}_buckets as (
        select
            mod(row_hash, 262144) as bucket,
            count(*) as bucket_rows,
            {{ member_loyalty.fingerprint('row_hash') }} as bucket_fingerprint
        from {{ rows }}
        group by mod(row_hash, 262144)
    ),

    {% endfor -%}
    changed_buckets as (
        select coalesce(raw_buckets.bucket, held_buckets.bucket) as bucket
        from raw_buckets
        full join held_buckets on raw_buckets.bucket = held_buckets.bucket
        where (
            raw_buckets.bucket_rows = held_buckets.bucket_rows
            and raw_buckets.bucket_fingerprint = held_buckets.bucket_fingerprint
        ) is not true
    ),

    {{ member_loyalty.keys_in_changed_buckets() }}
{%- endmacro %}


{% macro keys_in_changed_buckets() -%}
    {#- CTEs that end in `changed_keys`: of the rows in `changed_buckets` those that are not on both
        sides, `hashed` and this model, equally often. -#}
    {% for side, rows in [('arrived', 'hashed'), ('held', this)] -%}
    {{ side }}_rows as (
        select
            rows_of.key_hash,
            rows_of.row_hash,
            {{ loop.cycle(1, -1) }} as side
        from {{ rows }} as rows_of
        inner join changed_buckets on mod(rows_of.row_hash, 262144) = changed_buckets.bucket
    ),

    {% endfor -%}
    changed_rows as (
        select
            key_hash,
            row_hash
        from (
            select * from arrived_rows
            union all
            select * from held_rows
        ) as candidate_rows
        group by key_hash, row_hash
        having sum(side) <> 0
    ),

    changed_keys as (
        select key_hash
        from changed_rows
        group by key_hash
    )
{%- endmacro %}


{% macro judged_or_gone(table) -%}
    {#- What a base model selects from: `judged`; in an incremental run every changed key, with
        nulls where no raw row has it any more (strategy `changed_keys` takes those out). -#}
    {%- if is_incremental() -%}
    changed_keys
    left join judged on changed_keys.key_hash = judged.key_hash
    {%- else -%}
    judged
    {%- endif -%}
{%- endmacro %}


{% macro get_incremental_changed_keys_sql(arg_dict) %}
    {#- Incremental strategy of base models: all rows of the changed keys are taken out, and those
        of keys that are still in the raw table put in, in one transaction. Args: arg_dict - what
        dbt hands to a strategy. -#}
    {{ member_loyalty.replace_keys(arg_dict, 'key_hash', 'row_hash') }}
{% endmacro %}
