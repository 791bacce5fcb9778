{{ config(severity='warn') }}
-- Warns where the mix of scores or segments at the last snapshot has moved away from the one before
-- by more than vars alarm_stability_index or alarm_mean_shift. One row per score or segment family.
with last_steps as (
    select stability.*
    from {{ ref('agg_population_stability') }} as stability
    inner join {{ ref('int_as_of_date') }} as as_of_date
        on stability.to_date = as_of_date.as_of_date
)

select
    subject,
    from_date,
    to_date,
    stability_index,
    mean_shift,
    concat(
        subject, ': from ', from_date, ' to ', to_date, ' the stability index is ', stability_index,
        ', the mean score moved by ', coalesce(cast(mean_shift as {{ dbt.type_string() }}), 'none')
    ) as problem
from last_steps
where
    stability_index >= {{ var('alarm_stability_index') }}
    or abs(mean_shift) >= {{ var('alarm_mean_shift') }}
