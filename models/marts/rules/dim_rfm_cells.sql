-- depends_on: {{ ref('int_restatement_plan') }}
select
    rfm_cell,
    r_score,
    f_score,
    m_score,
    rfm_segment,
    priority,
    r_from,
    r_to,
    f_from,
    f_to,
    m_from,
    m_to
from {{ ref('int_rfm_cells') }}
