{% macro until_closed(last_number, closed_number) -%}
    {#- The last snapshot of a span of a member's history: its own, or the one before the member has
        closed; null while neither has come. Args: last_number; closed_number - snapshot
        numbers. -#}
    case
        when {{ last_number }} >= {{ closed_number }} then {{ closed_number }} - 1
        else coalesce({{ last_number }}, {{ closed_number }} - 1)
    end
{%- endmacro %}


{% macro at_due_snapshots(spans, due_snapshots) -%}
    {#- A query: each span once for each due snapshot in it, with that `snapshot_number` and the
        `first_due_number` of all. Args: spans - relation with first_number and last_number (null =
        goes on); due_snapshots - relation with the snapshot_number of each due one. -#}
    select
        spans.*,
        due.first_due_number,
        {{ member_loyalty.unnest_integers(
            'greatest(spans.first_number, due.first_due_number)',
            'least(coalesce(spans.last_number, due.last_due_number), due.last_due_number)'
        ) }} as snapshot_number
    from {{ spans }} as spans
    inner join (
        select
            min(snapshot_number) as first_due_number,
            max(snapshot_number) as last_due_number
        from {{ due_snapshots }}
    ) as due
        on spans.first_number <= due.last_due_number
        and due.first_due_number <= coalesce(spans.last_number, due.last_due_number)
{%- endmacro %}
