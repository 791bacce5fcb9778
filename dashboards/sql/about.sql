-- What the published file holds: the day that it tells of, and when it was built and published.
select
    max(as_of_date) as as_of_date,
    max(published_at) as published_at,
    (select max(started_at) from fct_build_log) as built_at
from publication
